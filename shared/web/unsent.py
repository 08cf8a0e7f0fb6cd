"""What somebody typed into a form that was refused: the page that says so gives it back, with and
without scripts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from starlette.requests import Request

from shared.text.cleaning import clean_text
from shared.text.sentences import N_
from shared.web.auth import comes_from_elsewhere
from shared.web.input import form_of
from shared.web.language import Translator
from shared.web.made_for import FIELD, said_by
from shared.web.state import parts_of
from shared.web.without_scripts import FIELD as WITHOUT_SCRIPTS
from shared.web.without_scripts import is_without_scripts

LABELS: dict[str, str] = {
    "answer": N_("Final answer"),
    "body": N_("Text"),
    "description": N_("Description"),
    "email": N_("Email address"),
    "extra-value": N_("Another piece of data"),
    "name": N_("Name and surname"),
    "reason": N_("Reason"),
    "subject": N_("Subject"),
    "to": N_("Email address"),
}
"""What the texts in the forms of all pages are called; a question of the desk's own is called as
the page's context says, or as it is.
"""
# fmt: off
_NO_TEXTS = frozenset({
    "action", "all", "back", "command_id", "confirmed", "consent", "decision", "delivery",
    "expected_version", "fields", "id", "idempotency-key", "identity", "ids", "into", "kind",
    "language-of-mails", "next", "number", "numbers", "on-behalf", "operator", "origin",
    "outcome", "owner", "page", "priority", "queue", "reference", "request_type", "rhythm",
    "send_anyway", "show-in", "sort", "state", "step", "to", "until", "version",
})
# fmt: on
"""Fields that hold choices and what the page itself puts there."""
_NO_TEXT_PREFIXES = ("pass-", "ticket-", "extra-name")
_WORTH_REPEATING = frozenset({401, 429, 500, 503})
MOST_IN_A_FLOOD = 256 * 1024
"""Characters of a form that is given back to somebody who sends too many requests: those answers
have to cost little.
"""


@dataclass(frozen=True, slots=True)
class TextSent:
    """A text field of the form: its name, what it is called, what was typed."""

    name: str
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Unsent:
    """What a refused form held.

    `others` are its other fields, `action` is where it was sent; `may_repeat` where sending it
    again can help.
    """

    texts: tuple[TextSent, ...]
    others: tuple[tuple[str, str], ...]
    action: str
    may_repeat: bool


def unsent_in(
    request: Request,
    translate: Translator,
    *,
    status: int,
    labels: Mapping[str, str],
    may_repeat: bool = False,
) -> Unsent | None:
    """Return what was typed into the form that `request` sends, None where no text was, or where
    another site's page may have sent it.

    Sent again unchanged, it is still for whom its page was made; `may_repeat` where the page that
    says so asks for whom it is now.
    """
    fields = form_of(request.scope)
    if status == 429 and sum(map(len, fields.values())) > MOST_IN_A_FLOOD:
        return None
    if comes_from_elsewhere(request.headers, parts_of(request).options.public_origins):
        return None
    texts = texts_in(fields, translate, labels)
    if not texts:
        return None
    others = tuple((name, value) for name, value in fields.items() if not _is_text(name, value))
    said = said_by(request.scope)
    if said is not None and not may_repeat:
        others = (*others, (FIELD, said))
    if is_without_scripts(request):
        others = (*others, (WITHOUT_SCRIPTS, "yes"))
    return Unsent(
        texts, others, request.url.path, may_repeat=may_repeat or status in _WORTH_REPEATING
    )


def texts_in(
    fields: Mapping[str, str],
    translate: Translator,
    labels: Mapping[str, str] = MappingProxyType({}),
) -> tuple[TextSent, ...]:
    """Return the texts among the `fields` of a form; `labels` says what those of the page's own are
    called.
    """
    return tuple(
        TextSent(name, _label(name, labels, translate), text)
        for name, text in fields.items()
        if _is_text(name, text)
    )


def _is_text(name: str, value: str) -> bool:
    known = name.removesuffix("-of-request")
    is_address = known == "to" and "@" in value
    return (
        (known not in _NO_TEXTS or is_address)
        and not name.startswith(_NO_TEXT_PREFIXES)
        and value not in ("true", "on")
        and clean_text(value) != ""
    )


def _label(name: str, labels: Mapping[str, str], translate: Translator) -> str:
    if name in labels:
        return labels[name]
    known = name.removesuffix("-of-request")
    if known in LABELS:
        return translate(LABELS[known])
    return known.removeprefix("answer-").replace("_", " ").replace("-", " ").capitalize()
