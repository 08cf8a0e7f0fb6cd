"""Sentences for people: marked where they are written, translated where they are shown."""


def N_(sentence: str) -> str:
    """Mark an English sentence for translation and return it unchanged."""
    return sentence
