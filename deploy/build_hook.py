"""A step of the build of a wheel: make the pages' static files, as the launcher `sportello` does.

hatchling runs it (see pyproject.toml). It needs node and npm, and an npm registry; static files
that the launcher has made from the same sources are taken as they are.
"""

import tempfile
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NO_NODE = (
    "the wheel contains the pages' static files, and making them needs node {} or newer with npm;"
    " install both, or run ./sportello --help once in this folder: it makes them without"
)


class StaticFiles(BuildHookInterface[Any]):
    """Make the static files unless they are there and made from the sources as they are."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Raise RuntimeError, with a sentence, if they cannot be made."""
        launcher = load_launcher(Path(self.root))
        if launcher.are_assets_built():
            return
        if launcher.find_node() is None:
            raise RuntimeError(NO_NODE.format(launcher.OLDEST_NODE))
        # The launcher keeps its log in its virtual environment, which a wheel does not need.
        vars(launcher)["INSTALL_LOG"] = Path(tempfile.mkdtemp(prefix="sportello-")) / "build.log"
        try:
            with launcher.alone():
                launcher.build_assets()
        except launcher.CannotPrepare as error:
            raise RuntimeError(str(error)) from None


def load_launcher(root: Path) -> ModuleType:
    """Return the launcher as a module, not started."""
    loader = SourceFileLoader("sportello_launcher", str(root / "sportello"))
    spec = spec_from_loader(loader.name, loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module
