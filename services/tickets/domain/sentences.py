"""The sentences that tickets itself writes into an article.

The language of the reader is not known, so each sentence stands there in both.
"""

from collections.abc import Sequence

from shared.contracts.desk import Desk, Text

_NEEDS = Text(
    it="{title} ({queue}) ha bisogno di: {names}",
    en="{title} ({queue}) needs: {names}",
)
_IS_ABOVE = Text(
    it="{title} ({queue}) è l'ufficio che chiede, o ne sta sopra: il ticket aspetterebbe se stesso",
    en="{title} ({queue}) is the office that asks, or above it: the ticket would wait for itself",
)


def needs_sentence(desk: Desk, queue: str, missing: Sequence[str]) -> str:
    """Return that a child in `queue` lacks the answers `missing`, by their names."""
    return _in_both(_NEEDS, desk, queue, names=", ".join(missing))


def above_sentence(desk: Desk, queue: str) -> str:
    """Return that a child cannot be in `queue`, where a ticket above it is."""
    return _in_both(_IS_ABOVE, desk, queue)


def _in_both(text: Text, desk: Desk, queue: str, **facts: str) -> str:
    said = (
        text.in_language(language).format(
            title=desk.queue_title(queue, language), queue=queue, **facts
        )
        for language in ("it", "en")
    )
    return " / ".join(said)
