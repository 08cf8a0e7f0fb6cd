"""Every sentence that people may read, in code and in templates, has its Italian."""

import re
from functools import lru_cache
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[3]
SHARED = ("shared/web", "shared/policy")
"""Their sentences are shown by every service."""
PACKAGES = (
    *SHARED,
    *(f"services/{name}" for name in ("intake", "tickets", "routing", "notify", "portal")),
)
KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2)}
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2.ext:babel_extract")]
OPTIONS = {
    "**/templates/**.html": {
        "trimmed": "false",
        "silent": "false",
        "trim_blocks": "true",
        "lstrip_blocks": "true",
    }
}
PLACEHOLDER = re.compile(r"%\((\w+)\)s")


@lru_cache
def sentences_in(package: str) -> dict[str, str]:
    """Return each sentence of the package and where it stands; of plural forms the singular."""
    found = extract_from_dir(ROOT / package, METHODS, OPTIONS, KEYWORDS)
    return {
        message if isinstance(message, str) else message[0]: f"{package}/{path}:{line}"
        for path, line, message, _, _ in found
    }


@lru_cache
def catalogue_of(package: str) -> dict[str, tuple[str, ...]]:
    """Return the Italian of each sentence; of a fuzzy one nothing."""
    path = ROOT / package / "locale" / "it.po"
    if not path.exists():
        return {}
    known: dict[str, tuple[str, ...]] = {}
    for message in read_po(BytesIO(path.read_bytes()), locale="it"):
        if not message.id:
            continue
        singular = message.id if isinstance(message.id, str) else message.id[0]
        given = (
            (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
        )
        known[singular] = () if message.fuzzy else tuple(form for form in given if form)
    return known


@pytest.mark.parametrize("package", PACKAGES)
def test_every_sentence_is_translated(package: str) -> None:
    known = {
        sentence: forms
        for each in (*SHARED, package)
        for sentence, forms in catalogue_of(each).items()
    }

    missing = {
        sentence: place
        for sentence, place in sentences_in(package).items()
        if not known.get(sentence)
    }

    assert missing == {}


@pytest.mark.parametrize("package", PACKAGES)
def test_every_translation_fills_the_same_placeholders(package: str) -> None:
    catalogue = catalogue_of(package)

    different = {
        sentence: form
        for sentence, forms in catalogue.items()
        for form in forms
        if set(PLACEHOLDER.findall(form)) - set(PLACEHOLDER.findall(sentence))
        or (len(forms) == 1 and set(PLACEHOLDER.findall(sentence)) - set(PLACEHOLDER.findall(form)))
    }

    assert different == {}


@pytest.mark.parametrize("package", PACKAGES)
def test_no_translation_is_left_over(package: str) -> None:
    used = set().union(*(sentences_in(each) for each in (*SHARED, package)))

    assert catalogue_of(package).keys() - used == set()


def test_a_sentence_without_translation_would_be_found() -> None:
    assert "You must sign in to do this." in sentences_in("shared/web")
    assert "Skip to the content" in sentences_in("shared/web")
