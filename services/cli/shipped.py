"""Files that are shipped with the program and belong to no package."""

from pathlib import Path

_CLONE = Path(__file__).resolve().parents[2]
_IN_THE_WHEEL = Path(__file__).resolve().parents[1] / "packaged"


def find_shipped(name: str) -> Path:
    """Return the file or folder `name`, a path within the repository, of a clone or of a wheel."""
    return (_IN_THE_WHEEL if _IN_THE_WHEEL.is_dir() else _CLONE) / name
