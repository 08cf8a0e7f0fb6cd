"""The rules of the publiccode.yml standard, version 0.5, as far as our file uses it.

Its keys: https://yml.publiccode.tools/schema.core.html. The schema is closed: a key that it does
not name is a fault, so that a misspelt key is found. `dependsOn` and `intendedAudience/countries`
are left out on purpose: the standard and its JSON Schema disagree about their form.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

TEXT = {"type": "string", "minLength": 1}
TEXTS = {"type": "array", "items": TEXT, "minItems": 1}
LANGUAGE = "^[a-z]{2,3}(-[A-Za-z0-9]+)*$"
SCOPES = {"education", "local-authorities", "research", "science-and-technology", "society"}
CATEGORIES = {
    "communications", "customer-service-and-support", "digital-citizenship", "help-desk",
    "it-service-management",
    "service-desk", "task-management", "workflow-management",
}  # fmt: skip


def closed(required: str, further: str = "", /, **properties: Any) -> dict[str, Any]:
    """Return the schema of an object that has no other keys; a key without a rule is a text."""
    names = [*required.split(), *further.split()]
    return {
        "type": "object",
        "required": required.split(),
        "properties": {name: properties.get(name, TEXT) for name in names},
        "additionalProperties": False,
    }


DESCRIPTION = closed(
    "shortDescription longDescription features",
    "localisedName documentation apiDocumentation screenshots videos awards",
    shortDescription={"type": "string", "minLength": 1, "maxLength": 150},
    longDescription={"type": "string", "minLength": 150, "maxLength": 10_000},
    **dict.fromkeys(("features", "screenshots", "videos", "awards"), TEXTS),
)
CONTACT = closed("name", "email phone affiliation")
RULES = closed(
    (
        "publiccodeYmlVersion name url platforms categories developmentStatus softwareType "
        "description legal maintenance localisation"
    ),
    "softwareVersion releaseDate landingURL logo roadmap usedBy intendedAudience",
    publiccodeYmlVersion={"enum": ["0.5", "0.5.0"]},
    url={"type": "string", "pattern": "^https://"},
    releaseDate={"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"},
    platforms=TEXTS,
    usedBy=TEXTS,
    categories={"type": "array", "items": {"enum": sorted(CATEGORIES)}, "minItems": 1},
    developmentStatus={"enum": ["concept", "development", "beta", "stable", "obsolete"]},
    softwareType={"enum": ["standalone/web", "standalone/backend", "standalone/other"]},
    intendedAudience=closed("scope", scope={"type": "array", "items": {"enum": sorted(SCOPES)}}),
    description={
        "type": "object",
        "minProperties": 1,
        "propertyNames": {"pattern": LANGUAGE},
        "additionalProperties": DESCRIPTION,
    },
    legal=closed("license", "mainCopyrightOwner repoOwner"),
    maintenance=closed(
        "type contacts",
        type={"enum": ["internal", "community"]},
        contacts={"type": "array", "items": CONTACT, "minItems": 1},
    ),
    localisation=closed(
        "localisationReady availableLanguages",
        localisationReady={"type": "boolean"},
        availableLanguages={"type": "array", "items": {"pattern": LANGUAGE}, "minItems": 1},
    ),
)


def check_publiccode(root: Path) -> list[str]:
    """Return what the standard forbids in publiccode.yml, and which of its files are missing."""
    found = yaml.safe_load((root / "publiccode.yml").read_text(encoding="utf-8"))
    errors = Draft202012Validator(RULES).iter_errors(found)
    complaints = [
        f"publiccode.yml: {'/'.join(map(str, e.absolute_path))}: {e.message}" for e in errors
    ]
    pictures = [
        picture
        for text in found.get("description", {}).values()
        for picture in text.get("screenshots", [])
    ]
    return complaints + [
        f"publiccode.yml: {picture} is missing"
        for picture in pictures
        if not (root / picture).is_file()
    ]
