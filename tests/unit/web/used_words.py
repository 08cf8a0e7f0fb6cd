"""The words of Bootstrap Italia that our pages use: the build keeps the rules and icons that they
name, and no others.

`python -m tests.unit.web.used_words` writes shared/web/assets/used.txt anew (the static files must
have been built once).
"""

import re
from collections.abc import Iterator
from pathlib import Path

USED = Path("shared/web/assets/used.txt")
KNOWN = Path("shared/web/static/vendor/bootstrap-italia/words.txt")
_WORD = re.compile(r"[A-Za-z_][\w-]*")
_ICON = re.compile(r"[\"'](it-[a-z0-9-]+)[\"']")
_MADE_BY_TEMPLATES = ("alert-", "btn-")
"""Beginnings of classes whose end is a parameter of a macro."""
_ALWAYS = frozenset({"html", "body", "root", "not", "where", "is", "before", "after"})


def used_words(root: Path) -> list[str]:
    """Return the words that occur in our templates, scripts and (icons only) programs and in
    Bootstrap Italia.

    A word too many keeps a rule that nobody needs; a word too few would take one away from a page.
    """
    known = frozenset((root / KNOWN).read_text(encoding="utf-8").split())
    met = set(_ALWAYS)
    for path in _pages(root):
        met |= set(_WORD.findall(path.read_text(encoding="utf-8")))
    made = {beginning + word for beginning in _MADE_BY_TEMPLATES for word in met}
    for folder in ("services", "shared"):
        for path in (root / folder).rglob("*.py"):
            met |= set(_ICON.findall(path.read_text(encoding="utf-8")))
    return sorted((met | made) & known)


def _pages(root: Path) -> Iterator[Path]:
    yield from (root / "services").rglob("templates/**/*.html")
    yield from (root / "shared/web/templates").rglob("*.html")
    yield from (root / "shared/web/static").glob("*.js")


if __name__ == "__main__":
    USED.write_text("\n".join(used_words(Path())) + "\n", encoding="utf-8")
