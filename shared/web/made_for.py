"""For whom a page was made: what its forms send is done by that person or not at all.

A page stays open while in another window its reader signs out or somebody else signs in. Each form
of a page (`made_for()`) and each request of its scripts says for whom the page was made; clients
that say nothing are not pages of ours.
"""

from contextvars import ContextVar
from urllib.parse import quote, unquote

from markupsafe import Markup
from starlette.requests import HTTPConnection
from starlette.types import Scope

from shared.text.sentences import N_
from shared.web.auth import caller_of
from shared.web.errors import NotSignedIn, WebError
from shared.web.whereabouts import GUESTS
from shared.web.without_scripts import mark

FIELD = "made-for"
HEADER = "sportello-made-for"
_STATE = "made_for"
_FOR_ANYBODY = ("/login", "/logout", GUESTS)
"""Whoever signs in or out may be another person by that, and a guest's link says by itself who
acts.
"""

reader: ContextVar[str] = ContextVar(
    "identity for whom the page being rendered is made", default=""
)


class SessionEnded(NotSignedIn):
    """The page was made for somebody whose session has ended."""

    sentence = N_("Your session has ended. Nothing was sent: sign in again.")


class MadeForAnother(WebError):
    """The page was made for another person than the one who is signed in now."""

    status = 409
    kind = "made-for-another"
    sentence = N_(
        "You are now signed in as %(name)s, but this page was opened by somebody else. Nothing "
        "was sent."
    )

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.facts = {"name": name}


class MadeForGuest(MadeForAnother):
    """The page was made for somebody who was not signed in."""

    sentence = N_(
        "You are now signed in as %(name)s, but this page was opened before that. Nothing was sent."
    )


def made_for() -> Markup:
    """Return the fields of a form that say for whom the page is made, and whether scripts look
    after it.
    """
    field = Markup('<input type="hidden" name="{}" value="{}">').format(
        FIELD, quote(reader.get(), safe="")
    )
    return field + mark()


def note_field(scope: Scope, form: dict[str, str]) -> None:
    """Take the field out of a `form`, so that it is no answer to any question, and remember it."""
    if FIELD in form:
        scope.setdefault("state", {})[_STATE] = form.pop(FIELD)


def said_by(scope: Scope) -> str | None:
    """Return for whom the page was made that sent a form, as its field says it; None where none
    does.
    """
    said: str | None = scope.get("state", {}).get(_STATE)
    return said


def check_made_for(scope: Scope) -> None:
    """Raise SessionEnded or MadeForAnother where a page made for one person would act for
    another.
    """
    connection = HTTPConnection(scope)
    said = {each for each in (said_by(scope), connection.headers.get(HEADER)) if each is not None}
    if not said or scope["path"].startswith(_FOR_ANYBODY):
        return
    caller = caller_of(connection)
    others = {unquote(each) for each in said} - {caller.identity if caller else ""}
    if not others:
        return
    if caller is None:
        raise SessionEnded
    raise MadeForGuest(caller.name) if others == {""} else MadeForAnother(caller.name)
