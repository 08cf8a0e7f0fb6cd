"""What somebody may read of a ticket's history."""

from collections.abc import Callable, Mapping

from pydantic import JsonValue

Changes = Mapping[str, tuple[JsonValue, JsonValue]]
"""Field -> (before, after)."""

_MERGING = frozenset({"merged_into", "absorbed"})
"""What tells, at either of two tickets, that one goes on with the other."""


def numbers_in_changes(changes: Changes) -> set[str]:
    """Return the numbers of the tickets that `changes` refers to: what links and mergings were and
    are.
    """
    values = [value for name in ("links", *_MERGING) for value in changes.get(name, ())]
    return {number for value in values for number in _numbers(value)}


OF_MAILS = frozenset({"to", "delivery"})
"""Keys of a mail's history entry that `replay tickets` needs. The public history leaves them out:
they are not facts of the ticket, and the articles already show the mail."""


def shown_changes(
    changes: Changes, *, is_shown: Callable[[str], bool]
) -> dict[str, tuple[JsonValue, JsonValue]]:
    """Return `changes` of the ticket, without the links to, and the merging with, tickets for which
    `is_shown` says no.
    """
    shown = {name: change for name, change in changes.items() if name not in OF_MAILS}
    if "links" in shown:
        before, after = shown["links"]
        shown["links"] = _links(before, is_shown), _links(after, is_shown)
    for name in _MERGING & shown.keys():
        before, after = shown[name]
        shown[name] = _number(before, is_shown), _number(after, is_shown)
    return shown


def _links(value: JsonValue, is_shown: Callable[[str], bool]) -> JsonValue:
    return (
        [link for link in value if all(is_shown(number) for number in _numbers(link))]
        if isinstance(value, list)
        else value
    )


def _number(value: JsonValue, is_shown: Callable[[str], bool]) -> JsonValue:
    return value if isinstance(value, str) and is_shown(value) else None


def _numbers(value: JsonValue) -> set[str]:
    match value:
        case str():
            return {value}
        case {"to": str() as number}:
            return {number}
        case list():
            return {number for each in value for number in _numbers(each)}
    return set()
