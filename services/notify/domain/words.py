"""Text that came from outside, made fit for a database, a header, a log line."""


def storable(text: str) -> str:
    """Return `text` without what no database and no mail can hold (NUL, halves of surrogate pairs); lines end with a line feed."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n")


def one_line(text: str) -> str:
    """Return `text` as one line of printable characters: everything else, and each run of blanks, becomes one blank."""
    if text.isprintable():
        return " ".join(text.split())
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def shortened(text: str, longest: int) -> str:
    """Return `text` with at most `longest` characters; an ellipsis shows that it was cut."""
    return text if len(text) <= longest else text[: longest - 1] + "…"
