"""The state folder of an installation, and the files that are shipped with the program.

Only the user who runs the installation can read the databases, the mails and the secret.
"""

import stat
from pathlib import Path

from filelock import FileLock, Timeout

from services.cli.reporting import refuse

_MADE_HERE = ("*.db", "*.db-*", "lock", "secret*", "mail/*", "security.log*")


def make_state_folder(data: Path) -> None:
    """Make the folder `data` if it is missing, and close it to other users.

    Ends the command on failure.
    """
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        mode = data.stat().st_mode
    except OSError as error:
        refuse(
            f"the state folder {data.absolute()} cannot be made: {error.strerror}; give "
            f"another "
            f"one with --data"
        )
    if mode & stat.S_ISVTX:
        refuse(f"the folder {data.absolute()} is everybody's; give one of its own with --data")
    try:
        _close_to_others(data, mode)
    except OSError as error:
        refuse(
            f"the state folder {data.absolute()} is open to others and cannot be closed: "
            f"{error.strerror}; give another one with --data"
        )


def lock_state_folder(data: Path) -> FileLock:
    """Lock `data` for this process and return the lock.

    Ends the command if another process has it.
    """
    make_state_folder(data)
    lock = FileLock(data / "lock", mode=0o600)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        refuse(
            f"another Sportello is running on {data.absolute()}; stop it first, or give "
            f"another "
            f"folder with --data"
        )
    return lock


def _close_to_others(data: Path, mode: int) -> None:
    if not stat.S_IMODE(mode) & 0o077:
        return
    # The files are closed first, because another user may already have opened the folder.
    # A closed folder is not searched again: it may hold very many files.
    for pattern in _MADE_HERE:
        for path in data.glob(pattern):
            if path.is_file() and not path.is_symlink():
                path.chmod(0o600)
    if (data / "mail").is_dir():
        (data / "mail").chmod(0o700)
    data.chmod(0o700)


_CLONE = Path(__file__).resolve().parents[2]
_IN_THE_WHEEL = Path(__file__).resolve().parents[1] / "packaged"


def find_shipped(name: str) -> Path:
    """Return the file or folder `name`, a path within the repository, of a clone or of a wheel."""
    return (_IN_THE_WHEEL if _IN_THE_WHEEL.is_dir() else _CLONE) / name
