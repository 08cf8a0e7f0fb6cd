"""The bytes of a desk description: one YAML file, or all YAML files of a folder in the order of
their names.
"""

from dataclasses import dataclass
from pathlib import Path

from services.routing.desk_file.mistakes import Mistake, Place, make_mistake

MAX_BYTES = 1024 * 1024
"""A description is at most so large, all its files together.

(The event that carries it is limited anyway, to a quarter of this.)
"""

SUFFIXES = frozenset({".yaml", ".yml"})


@dataclass(frozen=True, slots=True)
class Source:
    """A file's name as it was given, and what is in it."""

    name: str
    content: bytes


def read_sources(path: Path) -> tuple[list[Source], list[Mistake]]:
    """Return the files that `path` stands for, and what could not be read."""
    sources: list[Source] = []
    mistakes: list[Mistake] = []
    left = MAX_BYTES
    try:
        files = _files(path)
    except (OSError, ValueError) as error:
        return [], [_unreadable(path, error)]
    if not files:
        expected = "at least one file whose name ends in .yaml or .yml"
        return [], [
            make_mistake(
                Place(str(path)), (), found="a folder without YAML files", expected=expected
            )
        ]
    for file in files:
        try:
            if not file.is_file():
                raise OSError(2, "no such file" if not file.exists() else "not a file")
            with file.open("rb") as opened:
                content = opened.read(left + 1)
        except (OSError, ValueError) as error:
            mistakes.append(_unreadable(file, error))
            continue
        left -= len(content)
        if left < 0:
            found = (
                "more than 1 MiB"
                if len(files) == 1
                else "more than 1 MiB in all files up to this one"
            )
            mistakes.append(
                make_mistake(
                    Place(str(file)), (), found=found, expected="a description of at most 1 MiB"
                )
            )
            break
        sources.append(Source(str(file), content))
    return sources, mistakes


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    return sorted(
        file
        for file in path.iterdir()
        if file.suffix.lower() in SUFFIXES and not file.name.startswith(".")
    )


def _unreadable(path: Path, error: OSError | ValueError) -> Mistake:
    why = (error.strerror if isinstance(error, OSError) else None) or str(error)
    place = Place(str(path).encode("utf-8", "replace").decode().replace("\0", "\\0"))
    return make_mistake(
        place,
        (),
        found=f"nothing that can be read ({why.lower()})",
        expected="a YAML file, or a folder of YAML files",
    )
