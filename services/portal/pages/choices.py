"""What the forms on a ticket's page let somebody choose from: operators, queues, request types."""

from collections.abc import Iterable, Sequence

from services.portal.domain.viewer import Viewer
from services.portal.pages.labels import LINK_KINDS, PRIORITIES
from shared.contracts.desk import Right
from shared.policy.permissions import rights_on
from shared.text.sentences import N_
from shared.web.language import Translator

Choices = list[tuple[str, str]]
"""(value, words)."""

QUEUE, REQUEST_TYPE = "queue:", "type:"
"""What a child is opened by, before the slug: one list offers both."""


BULK_RIGHTS: dict[str, Right] = {
    "take": "rw",
    "release": "owner",
    "resume": "rw",
    "watch": "ro",
    "unwatch": "ro",
    "assign": "owner",
    "responsible": "owner",
    "move": "rw",
    "priority": "priority",
    "postpone": "rw",
    "note": "note",
    "close": "rw",
}
"""The right without which each action on many tickets is refused for all of them."""


def operators_with(
    right: Right, viewer: Viewer, queue: str | None, but: str | None, translate: Translator
) -> Choices:
    """Return the operators who have `right` on `queue`, without `but`; the viewer first."""
    desk = viewer.desk
    able = [
        identity
        for identity in desk.operators
        if identity != but and right in rights_on(desk, identity, queue)
    ]
    return _named(able, viewer, translate)


def operators_with_right_in(
    viewer: Viewer, queues: Sequence[str], translate: Translator, *, right: Right = "rw"
) -> Choices:
    """Return the operators who have `right` on any of `queues`; the viewer first."""
    desk = viewer.desk
    able = [
        identity
        for identity in desk.operators
        if any(right in desk.rights(identity, queue) for queue in queues)
    ]
    return _named(able, viewer, translate)


def queues_to_move_to(viewer: Viewer, but: str | None, translate: Translator) -> Choices:
    """Return the open queues into which the viewer may send tickets, without `but`."""
    return [
        pair
        for pair in _open_queues(viewer, but, translate)
        if "move_into" in rights_on(viewer.desk, viewer.identity, pair[0])
    ]


def child_targets(
    viewer: Viewer, but: str | None, translate: Translator
) -> list[tuple[str, Choices]]:
    """Return where a child may be opened, in groups: the open queues without `but`, specialists
    first, then the request types.
    """
    queues = _open_queues(viewer, but, translate)
    desk = viewer.desk
    forms = [
        (f"{REQUEST_TYPE}{slug}", form.title.in_language(translate.language))
        for slug, form in desk.forms.items()
    ]
    return [
        (
            translate(N_("Second level")),
            [(f"{QUEUE}{slug}", title) for slug, title in queues if desk.queues[slug].level > 1],
        ),
        (
            translate(N_("First level")),
            [(f"{QUEUE}{slug}", title) for slug, title in queues if desk.queues[slug].level == 1],
        ),
        (translate(N_("By request type")), forms),
    ]


def priority_choices(translate: Translator) -> Choices:
    """Return the priorities."""
    return [(str(priority), translate(name)) for priority, name in PRIORITIES.items()]


def link_kinds(translate: Translator) -> Choices:
    """Return what a ticket can have to do with another."""
    return [(kind, translate(name)) for kind, name in LINK_KINDS.items()]


def _open_queues(viewer: Viewer, but: str | None, translate: Translator) -> Choices:
    desk = viewer.desk
    return [
        (slug, desk.queue_title(slug, translate.language))
        for slug, queue in desk.queues.items()
        if slug != but and not queue.closed
    ]


def _named(operators: Iterable[str], viewer: Viewer, translate: Translator) -> Choices:
    """Return the operators with their names, the viewer first."""
    you = f" {translate(N_('(you)'))}"
    ordered = sorted(operators, key=lambda identity: identity != viewer.identity)
    return [
        (identity, viewer.desk.person_name(identity) + (you if identity == viewer.identity else ""))
        for identity in ordered
    ]
