"""Static files under names with a piece of their hash, which browsers keep for good: `app.css` is
`app.0123456789ab.css`.
"""

import re
from functools import cache
from hashlib import sha256
from importlib.resources import files
from os import PathLike, stat_result
from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from shared.web.language import SHARED_PACKAGE

_HASHED = re.compile(r"(?P<stem>.+)\.[0-9a-f]{12}(?P<ending>\.[a-z0-9]+)")
_FOR_GOOD = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"


def static_folder() -> Path:
    """Return the folder whose files are served under /static."""
    return Path(str(files(SHARED_PACKAGE) / "static"))


@cache
def static_url(path: str) -> str:
    """Return the address of a static file: while the file stays the same it does, and after a
    change it is a new one.
    """
    return f"/static/{_hashed_names().get(path, path)}"


class HashedFiles(StaticFiles):
    """Serves a file under its hashed name, which may be kept for good, and under its plain name,
    which is asked for again.

    A name with another hash comes from a page of another version of the program: it gets the file
    as it is here, and asks again.
    """

    def __init__(self) -> None:
        super().__init__(directory=static_folder())
        self._kept = frozenset(_hashed_names().values())

    def lookup_path(self, path: str) -> tuple[str, stat_result | None]:
        if asked := _HASHED.fullmatch(path):
            return super().lookup_path(asked["stem"] + asked["ending"])
        return super().lookup_path(path)

    def file_response(
        self,
        full_path: str | PathLike[str],
        stat_result: stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        answer = super().file_response(full_path, stat_result, scope, status_code)
        is_kept = self.get_path(scope) in self._kept
        answer.headers["Cache-Control"] = _FOR_GOOD if is_kept else _ASK_AGAIN
        return answer


@cache
def _hashed_names() -> dict[str, str]:
    folder = static_folder()
    return {
        path.relative_to(folder).as_posix(): path.relative_to(folder)
        .with_suffix(f".{_hash(path)}{path.suffix}")
        .as_posix()
        for path in folder.rglob("*")
        if path.is_file() and path.suffix
    }


def _hash(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()[:12]
