"""The life of a queue from one desk to the next: renamed, regrouped, closed once it has been
emptied; never deleted.
"""

from collections.abc import Mapping, Sequence

from shared.contracts.desk import Desk
from shared.core.errors import SportelloError


class QueuesStillNeeded(SportelloError):
    """A desk cannot follow the one in force: `sentences` says of each queue why not."""

    def __init__(self, sentences: Sequence[str]) -> None:
        super().__init__(sentences)
        self.sentences = tuple(sentences)

    def __str__(self) -> str:
        return "\n".join(self.sentences)


def queues_given_up(before: Desk, after: Desk) -> list[str]:
    """Return the queues of both desks whose tickets could be worked under `before` and would be
    stuck under `after`.

    They are closed now, or nobody may work them any more.
    """
    kept = [name for name in before.queues if name in after.queues]
    return [
        name
        for name in kept
        if _is_closed_now(before, after, name)
        or (_is_worked(before, name) and not _is_worked(after, name))
    ]


def require_queues_kept(before: Desk, after: Desk, *, not_ended: Mapping[str, int]) -> None:
    """Refuse an `after` that loses queues of `before`, or gives up queues in which there are
    tickets that have not ended.

    `not_ended` is how many there are, by queue. Raises QueuesStillNeeded.
    """
    sentences = [
        f'the queue "{name}" is in force and missing from the new desk; a queue cannot be '
        f"deleted, for tickets and their histories "
        "name it: put it back, with closed: true if nothing may come in"
        for name in before.queues
        if name not in after.queues
    ]
    for name in queues_given_up(before, after):
        tickets = _tickets(not_ended.get(name, 0))
        if not_ended.get(name, 0) and _is_closed_now(before, after, name):
            sentences.append(
                f'the queue "{name}" cannot be closed: {tickets} not ended in it; expected '
                f"them "
                f"to be moved or closed before"
            )
        elif not_ended.get(name, 0):
            group = after.queues[name].group
            sentences.append(
                f'nobody could work the queue "{name}" any more: {tickets} not ended in it; '
                f'expected an operator with rw in group "{group}"'
            )
    if sentences:
        raise QueuesStillNeeded(sentences)


def _is_closed_now(before: Desk, after: Desk, queue: str) -> bool:
    return after.queues[queue].closed and not before.queues[queue].closed


def _is_worked(desk: Desk, queue: str) -> bool:
    return any("rw" in desk.rights(identity, queue) for identity in desk.operators)


def _tickets(count: int) -> str:
    return "1 ticket has" if count == 1 else f"{count} tickets have"
