"""Forms sent by browsers without scripts.

Scripts keep the key of a filled form, so Back and send again is the same request. Without them the
browser fetches the page again, because no page with personal data may be stored, and that page has
a new key. Such a form says that no script looks after it, and is then known by its content: the
same content from the same person within an hour is the same request.
"""

from datetime import timedelta

from markupsafe import Markup
from starlette.requests import Request
from starlette.types import Scope

FIELD = "without-scripts"
SAME_WITHIN = timedelta(hours=1)
"""The same content within this time is the same request."""
_STATE = "without_scripts"


def mark() -> Markup:
    """Return the field of a form that only a browser without scripts sends."""
    return Markup('<noscript><input type="hidden" name="{}" value="yes"></noscript>').format(FIELD)


def note_mark(scope: Scope, form: dict[str, str]) -> None:
    """Take the mark out of a `form`, so that it is no answer to any question, and remember it."""
    if form.pop(FIELD, ""):
        scope.setdefault("state", {})[_STATE] = True


def is_without_scripts(request: Request) -> bool:
    """Return whether the form that `request` sends comes from a browser without scripts.

    What a script puts into a page is read as if there were none, so a form that a script sends may
    carry the mark.
    """
    return bool(request.scope.get("state", {}).get(_STATE)) and "hx-request" not in request.headers
