"""What an operator is notified of, in words: what happened, to whom."""

from services.portal.domain.notices import NoticeView
from services.portal.pages.labels import NOTICES, REASONS
from shared.contracts.desk import Desk
from shared.policy.actions.registry import ACTIONS
from shared.policy.happenings import Key, key_of, what_happened
from shared.text.cleaning import apart
from shared.text.sentences import N_
from shared.web.language import Translator

_SYSTEM = N_("The system")

HAPPENINGS: dict[Key, str] = {
    **{
        key_of(action.event): action.in_notice
        for action in ACTIONS
        if action.event is not None and action.in_notice
    },
    "created": N_("New ticket in “%(queue)s”"),
    "taken": N_("%(actor)s took this ticket"),
    "taken_over": N_("%(actor)s took this ticket over from %(other)s"),
    "taken_over_from_you": N_("%(actor)s took this ticket over from you"),
    "given": N_("%(actor)s gave this ticket to %(other)s"),
    "given_to_you": N_("%(actor)s gave you this ticket"),
    "released": N_("%(actor)s gave this ticket back to its queue"),
    "released_from_you": N_("%(actor)s gave your ticket back to its queue"),
    "responsible": N_("%(actor)s made %(other)s responsible for this ticket"),
    "responsible_you": N_("%(actor)s made you responsible for this ticket"),
    "responsible_not_you": N_("%(actor)s made %(other)s responsible for this ticket in your place"),
    "responsible_nobody": N_("%(actor)s removed the person responsible for this ticket"),
    "move_undone": N_("%(actor)s took back the move: this ticket is in “%(queue)s” again"),
    "escalated": N_("This ticket went to the next level: “%(queue)s”"),
    "child_news": N_("There is news from a child ticket"),
    "expired": N_("This ticket was closed because the requester did not answer"),
    "due": N_("The postponement is over: this ticket is open again"),
    "absorbed": N_("%(actor)s merged another ticket into this one"),
    "merge_undone": N_("%(actor)s took back the merge of this ticket"),
    "undelivered": N_("An email of this ticket was not delivered"),
    "changed": N_("%(actor)s changed this ticket"),
}
"""One sentence, without its full stop, for each happening; a reason is added where one was
given.
"""


def notice_sentence(notice: NoticeView, operator: str, desk: Desk, translate: Translator) -> str:
    """Return what `notice` says to `operator`, its reader; in fewer words while the change itself
    is not known here.
    """
    if notice.event is None:
        return translate(NOTICES[notice.kind])
    happening = what_happened(
        notice.event,
        notice.changes,
        operator=operator,
        actor=(notice.actor.identity, notice.actor.name),
        queue=notice.queue,
        reason=notice.reason,
        kind=notice.kind,
    )
    sentence = translate(
        HAPPENINGS[happening.key],
        actor=apart(happening.actor) or translate(_SYSTEM),
        other=desk.person_name(happening.other),
        queue=desk.queue_title(happening.queue, translate.language),
    )
    return f"{sentence}: {_reason(happening.reason, translate)}" if happening.reason else sentence


def _reason(reason: str, translate: Translator) -> str:
    return translate(REASONS[reason]) if reason in REASONS else apart(reason)
