"""What was typed for an action that a page no longer offers, and which other actions could carry
it.
"""

from collections.abc import Collection, Mapping, Sequence

from services.portal.pages.labels import ACTION_NAMES
from services.portal.pages.submit import Attempt
from shared.policy.actions.registry import ACTIONS
from shared.text.sentences import N_
from shared.web.language import Translator
from shared.web.unsent import TextSent, texts_in

_TO_THE_REQUESTER = frozenset(action.key for action in ACTIONS if action.writes_to == "requester")
"""Whose texts may be read by the requester.

A note or a reason may not: it is never offered to be sent to them.
"""
_REPLIES = ("reply", N_("Send it as a reply"))
_NOTE = ("note", N_("Keep it as an internal note"))


def texts_left(
    tried: Attempt, offered: Collection[str], translate: Translator
) -> tuple[TextSent, ...]:
    """Return the texts of an attempt whose form is not among the `offered` actions, which a page
    shows with what was typed.
    """
    if not tried.action or tried.action in offered:
        return ()
    return texts_in(tried.typed, translate)


def forms_on_page(
    actions: Mapping[str, object] | Collection[str], empty: Collection[str] = ()
) -> set[str]:
    """Return the actions whose forms a ticket's page shows; `empty` are those for which there is
    nothing to choose from.
    """
    shown = set(actions) - set(empty)
    return shown | {"reply"} if "requester_replies" in shown else shown


def other_ways(
    tried: Attempt, offered: Collection[str], translate: Translator
) -> Sequence[tuple[str, str]]:
    """Return the offered actions by which the text of a refused attempt could still go, with the
    words on their buttons.
    """
    ways = [_REPLIES] if tried.action in _TO_THE_REQUESTER else []
    return [
        (action, translate(label))
        for action, label in [*ways, _NOTE]
        if action in offered and action != tried.action
    ]


def action_names(translate: Translator, *, is_operator: bool) -> dict[str, str]:
    """Return what the forms are called that somebody meets, for the drafts that their browser still
    has of them.
    """
    return {
        action: translate(name)
        for action, name in ACTION_NAMES.items()
        if is_operator or action.startswith("my-")
    }
