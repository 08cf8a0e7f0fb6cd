"""Text that came from outside, made fit for a database, a header, a log line."""

_CONTROLS = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 127))


def storable(text: str) -> str:
    """Return `text` without what no database, mail or reader can hold (control characters, halves of surrogate pairs).

    Lines end with a line feed.
    """
    whole = text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
    return whole.translate(_CONTROLS).replace("\r\n", "\n").replace("\r", "\n")


def one_line(text: str) -> str:
    """Return `text` as one line of printable characters: everything else, and each run of blanks, becomes one blank."""
    if text.isprintable():
        return " ".join(text.split())
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def shortened(text: str, longest: int) -> str:
    """Return `text` with at most `longest` characters; an ellipsis shows that it was cut."""
    return text if len(text) <= longest else text[: longest - 1] + "…"
