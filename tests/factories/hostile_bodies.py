"""Bodies that cost more to refuse than to send, each of about `size` bytes, and plain ones of the
same size beside them.
"""

from collections.abc import Callable, Mapping


def plain_json(size: int) -> bytes:
    """Return a body with one long text."""
    return b'{"fields": {"description": "' + b"x" * size + b'"}}'


def plain_form(size: int) -> bytes:
    """Return a form with one long text."""
    return b"description=" + b"x" * size


def _repeated(opening: bytes, piece: bytes, closing: bytes) -> Callable[[int], bytes]:
    return lambda size: (
        opening + piece * ((size - len(opening) - len(closing)) // len(piece)) + closing
    )


def _many_keys(size: int) -> bytes:
    pairs: list[bytes] = []
    length = 2
    while length < size:
        pairs.append(b'"k%x":1' % len(pairs))
        length += len(pairs[-1]) + 1
    return b"{" + b",".join(pairs) + b"}"


def _long_key(size: int) -> bytes:
    """Return one long key over many elements, the last of which cannot be: a path for each would be
    size times size.
    """
    return b'{"' + b"k" * (size // 2) + b'":[' + b'"a",' * (size // 8) + b'"\\u0000"]}'


def _person(*, name: str = "a", email: str = "a@example.edu") -> bytes:
    return (
        f'{{"requester":{{"name":"{name}","email":"{email}"}},'
        '"fields":{},"context":{"origin":"faq"}}'
    ).encode()


def _wide_and_deep(size: int) -> bytes:
    return (
        b'{"fields":{'
        + b",".join(b'"f%d":%s%s' % (n, b"[" * 30, b"]" * 30) for n in range(size // 70))
        + b"}}"
    )


HOSTILE_JSON: Mapping[str, Callable[[int], bytes]] = {
    "many unknown keys": _many_keys,
    "unknown keys of fields": lambda size: b'{"fields":' + _many_keys(size - 12) + b"}",
    "a long key over many elements": _long_key,
    "the same key again and again": _repeated(b'{"a":1', b',"a":1', b"}"),
    "a list of numbers": _repeated(b'{"numbers":["1"', b',"1"', b"]}"),
    "empty texts": _repeated(b'[""', b',""', b"]"),
    "whole numbers": _repeated(b'{"a":[1', b",1", b"]}"),
    "one number of many digits": _repeated(b'{"a":', b"1", b"}"),
    "one fraction of many digits": _repeated(b'{"a":0.', b"1", b"}"),
    "opened and never closed": _repeated(b"", b"[", b""),
    "objects within objects": _repeated(b"", b'{"a":', b"1"),
    "many deep values": _wide_and_deep,
    "quotation marks": _repeated(b'{"a":"', b'\\"', b'"}'),
    "backslashes": _repeated(b'{"a":"', b"\\\\", b'"}'),
    "commas in a text": _repeated(b'{"a":"', b",", b'"}'),
    "escaped letters": _repeated(b'{"a":"', b"\\u00e9", b'"}'),
    "NULs": _repeated(b'{"a":"', b"\\u0000", b'"}'),
    "lone surrogates": _repeated(b'{"a":"', b"\\ud800", b'"}'),
    "blanks": _repeated(b"", b" ", b"{}"),
    "accents over accents": lambda size: _person(name="a" + "\u0316\u0300" * (size // 4)),
    "a text of accents over accents": lambda size: (
        b'{"fields":{"description":"' + "\u0316\u0300".encode() * (size // 4) + b'"}}'
    ),
    "a text of unusual letters": lambda size: (
        b'{"fields":{"description":"' + "e\u0300".encode() * (size // 3) + b'"}}'
    ),
    "an encoded address": lambda size: _person(email="mailto:" + "%41" * (size // 3)),
    "a long domain": lambda size: _person(email="a@" + "a." * (size // 2)),
    "an address of brackets": lambda size: _person(email="<" * size),
    "no JSON": _repeated(b'{"a":"x"} ', b"x", b""),
}
"""By what they are made of."""

HOSTILE_FORMS: Mapping[str, Callable[[int], bytes]] = {
    "many fields": _repeated(b"a=1", b"&a=1", b""),
    "nothing but separators": _repeated(b"", b"&", b""),
    "encoded letters": _repeated(b"description=", b"%41", b""),
    "encoded accents": _repeated(b"description=", b"%C3%A8", b""),
    "encoded and plain letters": _repeated(b"description=", b"%41a", b""),
    "percent signs": _repeated(b"description=", b"%", b""),
    "blanks of a form": _repeated(b"description=", b"+", b""),
    "backslashes of a form": _repeated(b"description=", b"\\", b"%41"),
    "one long name": _repeated(b"", b"n", b"=1"),
}
"""The same for what a browser sends."""
