"""Numbers as people write and read them: one reading for every form, one way of showing them in
each language.

Italian writes `1.250,50` and English `1,250.50`, and people paste either into either page. So a
text is read without regard to the page's language, and one that could be two numbers (`1.250`) is
no number: the form asks again.
"""

import re
from decimal import Decimal

from babel.numbers import format_decimal

MOST_DECIMALS = 6
_SHOWN = "#,##0." + "#" * MOST_DECIMALS
_SHOWN_AMOUNT = "#,##0.00" + "#" * (MOST_DECIMALS - 2)
_CURRENCY = re.compile(r"(?i)€|\beuros?\b|\beur\b")
_APOSTROPHES = str.maketrans("’−", "'-")
_PLAIN = re.compile(r"-?[0-9]{1,16}(?:[.,][0-9]{1,6})?")
_GROUPED = re.compile(
    r"(-?[0-9]{1,3})((?:([., '])[0-9]{3})(?:\3[0-9]{3}){0,4})(?:([.,])([0-9]{1,6}))?"
)
_COULD_BE_TWO = re.compile(r"-?[1-9][0-9]{0,2}[.,][0-9]{3}")


def read_number(text: str) -> int | float | None:
    """Return the number that a clean line stands for; None for what is no number, or could be two.

    Thousands may be apart by points, commas, blanks or apostrophes, decimals follow a point or a
    comma, and a currency sign may stand at either end. Digits that a float does not keep are
    refused too: no number becomes another one.
    """
    text = _without_currency(text).translate(_APOSTROPHES).removeprefix("+")
    if text.startswith("- "):
        text = f"-{text[2:]}"
    if _COULD_BE_TWO.fullmatch(text):
        return None
    if not _PLAIN.fullmatch(text):
        grouped = _GROUPED.fullmatch(text)
        if grouped is None or grouped[3] == grouped[4]:
            return None
        whole = (grouped[1] + grouped[2]).replace(grouped[3], "")
        text = f"{whole}.{grouped[5]}" if grouped[5] else whole
    return _exact(text.replace(",", "."))


def typed_number(number: float, language: str) -> str:
    """Return `number` as somebody would type it into a form of that language; `read_number` reads
    it back.
    """
    if isinstance(number, int):
        return str(number)
    text = f"{Decimal(repr(number)):f}"
    if _COULD_BE_TWO.fullmatch(text):
        text = f"{text}0"
    return text.replace(".", ",") if language == "it" else text


def shown_number(number: float, language: str) -> str:
    """Return `number` as people who read `language` write it, with at most six decimals."""
    return format_decimal(number, format=_SHOWN, locale=language)


def shown_answer(number: float, label: str, language: str) -> str:
    """Return the answer to the question `label` as people read it: an amount in euros with its
    cents, unless it has none.
    """
    if isinstance(number, int) or number.is_integer() or _CURRENCY.search(label) is None:
        return shown_number(number, language)
    return format_decimal(number, format=_SHOWN_AMOUNT, locale=language)


def _without_currency(text: str) -> str:
    text = text.strip()
    found = _CURRENCY.search(text)
    if found is None or (found.start() != 0 and found.end() != len(text)):
        return text
    return (text[: found.start()] + text[found.end() :]).strip()


def _exact(text: str) -> int | float | None:
    if "." not in text:
        return int(text)
    number = float(text)
    return number if Decimal(repr(number)) == Decimal(text) else None
