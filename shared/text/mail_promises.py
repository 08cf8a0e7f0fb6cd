"""Finds texts that promise that an answer to a mail is read."""

import re

_MAIL_IT = (
    r"(?:quest[ao]|presente|nostr[ao]|seguente)?\s*"
    r"(?:mail|e-mail|email|messaggio|posta|comunicazione)"
)
_PROMISES = {
    "it": re.compile(
        r"rispond\w*\s+(?:direttamente\s+|semplicemente\s+|pure\s+)*"
        r"(?:a\s+|alla\s+|al\s+|all'\s*|all’\s*|via\s+|per\s+|con\s+una?\s+)"
        rf"{_MAIL_IT}\b",
        re.IGNORECASE,
    ),
    "en": re.compile(
        r"(?:reply|replying|respond|responding|answer|answering|write "
        r"back)\s+(?:directly\s+|simply\s+|back\s+)*"
        r"(?:(?:to|by|via|with)\s+)?(?:(?:this|the|our|an|a)\s+)?(?:mail|e-mail|email|message)\b",
        re.IGNORECASE,
    ),
}
_DENIED = {
    "it": re.compile(
        r"\b(?:non|né|nessuno|senza|impossibile|inutile|vietato)\b[^.:;!?\n]*$", re.IGNORECASE
    ),
    "en": re.compile(
        r"(?:\b(?:not|never|nobody|cannot|no one|without)\b|n't\b|n’t\b)[^.:;!?\n]*$", re.IGNORECASE
    ),
}


def promised_answer(text: str, language: str) -> str | None:
    """Return the words of `text` that invite to answer the mail itself, or None.

    Known ways of saying it are found, and what the same sentence denies before is none: "do not
    reply to this mail".
    """
    for found in _PROMISES[language].finditer(text):
        if not _DENIED[language].search(text[: found.start()]):
            return " ".join(found[0].split())
    return None
