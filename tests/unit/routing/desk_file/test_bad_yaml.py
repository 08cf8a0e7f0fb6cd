"""What is not even YAML, or YAML that nobody means, is told at its line and harms nothing."""

from pathlib import Path

import pytest

from tests.unit.routing.desk_file.small_desk import SMALL_DESK, broken, read_text

BAD: dict[str, tuple[str | bytes, list[str]]] = {
    "empty": ("", ["desk.yaml:1:1: found an empty file; expected a desk description"]),
    "only a comment": (
        "# later\n",
        ["desk.yaml:1:1: found an empty file; expected a desk description"],
    ),
    "a list": (
        "- a\n",
        [
            (
                "desk.yaml:1:1: found a list; expected a mapping with keys such as name, queues, "
                "forms and rules"
            )
        ],
    ),
    "a word": (
        "ciao",
        [
            (
                'desk.yaml:1:1: found the word "ciao"; expected a mapping with keys such as name, '
                "queues, forms and rules"
            )
        ],
    ),
    "not UTF-8": (
        "name:\n  it: Università".encode() + b"\xe0\n",
        [
            (
                "desk.yaml:2:17: found the byte 0xe0, which is not UTF-8; expected text in UTF-8 "
                "(save the file with that encoding)"
            )
        ],
    ),
    "UTF-16": (
        "a: 1".encode("utf-16"),
        [
            (
                "desk.yaml:1:1: found the byte 0xff, which is not UTF-8; expected text in UTF-8 "
                "(save "
                "the file with that encoding)"
            )
        ],
    ),
    "NUL bytes": (
        b"name: \0\n\0\n",
        [
            "desk.yaml:1:7: found a NUL byte; expected printable text",
            "desk.yaml:2:1: found a NUL byte; expected printable text",
        ],
    ),
    "a control character": (
        "name: \x07\n",
        ["desk.yaml:1:7: found the control character U+0007; expected printable text"],
    ),
    "an open list": (
        "name: [a\n",
        [
            "desk.yaml:2:1: found bad YAML while parsing a flow sequence that began in line 1: "
            "expected ',' or ']', but got '<stream end>'; expected valid YAML"
        ],
    ),
    "an unknown alias": (
        "name: *nobody\n",
        ["desk.yaml:1:7: found bad YAML: found undefined alias 'nobody'; expected valid YAML"],
    ),
    "two documents": (
        "a: 1\n---\nb: 1\n",
        ["desk.yaml:2:1: found a second document (---); expected one document in a file"],
    ),
    "deeply nested": (
        "[" * 100_000,
        ["desk.yaml:1:21: found more than 20 levels of nesting; expected less"],
    ),
    "larger than 1 MiB": (
        b"a" * (1024 * 1024 + 1),
        ["desk.yaml: found more than 1 MiB; expected a description of at most 1 MiB"],
    ),
    "endless": (
        "a: [" + "x, " * 60_000,
        ["desk.yaml:1:179996: found more than 60000 keys and values; expected less"],
    ),
    "an alias bomb": (
        "a: &a [x, x, x, x, x, x, x, x, x]\n"
        + "".join(
            f"{c}: &{c} [{', '.join([f'*{b}'] * 9)}]\n"
            for b, c in zip("abcdefgh", "bcdefghi", strict=True)
        ),
        [
            (
                "desk.yaml: found more than 30000 values; expected at most 30000, each use of an "
                "alias counted"
            )
        ],
    ),
}

IN_PLACE: dict[str, tuple[tuple[str, str], str]] = {
    "a tab": (
        ("    level: 1", "\tlevel: 1"),
        (
            "desk.yaml:13:1: found a tab; expected spaces (YAML does not allow tabs in front of "
            "keys "
            "and values)"
        ),
    ),
    "a wrong indent": (
        ("    level: 1", "   level: 1"),
        "desk.yaml:13:4: found bad YAML while parsing a block mapping that began in line 11: "
        "expected <block end>, but found '<block mapping start>'; expected valid YAML",
    ),
    "a NUL character written as an escape": (
        ("Ateneo", r'"Ate\0neo"'),
        "desk.yaml:1:13: name.it: found the character U+0000; expected printable text",
    ),
    "half a character written as an escape": (
        ("Ateneo", r'"\ud800"'),
        "desk.yaml:1:13: name.it: found the character U+D800; expected printable text",
    ),
    "a blank text": (
        ("Ateneo", '" "'),
        "desk.yaml:1:13: name.it: found an empty text; expected some words",
    ),
    "a number beyond all numbers": (
        ("level: 1", "level: 1e999"),
        (
            "desk.yaml:13:12: queues.studenti.level: found a number with 5 characters; expected a "
            "number of at most 15 digits"
        ),
    ),
    "a tag": (
        ("level: 1", "level: !!python/object/apply:os.getcwd []"),
        (
            "desk.yaml:13:12: queues.studenti.level: found the tag "
            "!!python/object/apply:os.getcwd; "
            "expected plain values without tags"
        ),
    ),
    "an alias of itself": (
        ("needs: [matricola]", "needs: &needs [*needs]"),
        (
            "desk.yaml:19:12: queues.studenti/tasse.needs[1]: found an alias inside the very "
            "value it "
            "stands for; expected a value that ends"
        ),
    ),
    "a key twice": (
        ("    level: 2", "    level: 2\n    level: 3"),
        (
            'desk.yaml:18:5: queues.studenti/tasse.level: found the key "level" again (first at '
            "desk.yaml:17:5); expected each key once"
        ),
    ),
    "a part twice": (
        ("mail_texts:", "default_queue: studenti\nmail_texts:"),
        (
            'desk.yaml:60:1: default_queue: found the key "default_queue" again (first at '
            "desk.yaml:3:1); expected each key once"
        ),
    ),
    "a merge key": (
        ("    level: 2", "    level: 2\n    <<: {}"),
        "desk.yaml:18:5: queues.studenti/tasse: found the merge key <<; "
        "expected keys written out (an alias may stand for a whole value, but cannot be merged "
        "into another)",
    ),
    "a list as a key": (
        ("    level: 2", "    level: 2\n    ? [a]\n    : b"),
        "desk.yaml:18:7: queues.studenti/tasse: found a list as a key; expected a word as a key",
    ),
}


@pytest.mark.parametrize(("content", "sentences"), BAD.values(), ids=BAD.keys())
def test_a_file_that_is_no_desk_is_told_in_a_sentence(
    content: str | bytes, sentences: list[str], tmp_path: Path
) -> None:
    reading = read_text(content, tmp_path)

    assert [str(mistake) for mistake in reading.mistakes] == sentences
    assert reading.desk is None


@pytest.mark.parametrize(("change", "sentence"), IN_PLACE.values(), ids=IN_PLACE.keys())
def test_a_bad_place_in_a_good_file_is_told_in_one_sentence(
    change: tuple[str, str], sentence: str, tmp_path: Path
) -> None:
    reading = read_text(broken(change), tmp_path)

    assert [str(mistake) for mistake in reading.mistakes] == [sentence]
    assert reading.desk is None


def test_words_are_what_they_look_like(tmp_path: Path) -> None:
    """YAML 1.1 would read a boolean, a number in base 60, an octal number and a date."""
    text = broken(
        ("Ateneo", "no"),
        ("en: University", "en: 12:30"),
        ("    consent:", "    opens_at: 2026-09-01\n    consent:"),
        ("minimum: 0, maximum: 9", "minimum: 010, maximum: 12.5"),
    )

    desk = read_text(text, tmp_path).desk

    assert desk is not None
    assert (desk.name.it, desk.name.en, desk.forms["tasse"].opens_at) == (
        "no",
        "12:30",
        "2026-09-01",
    )
    assert (desk.forms["tasse"].fields[4].minimum, desk.forms["tasse"].fields[4].maximum) == (
        10.0,
        12.5,
    )


def test_an_alias_stands_for_a_whole_value(tmp_path: Path) -> None:
    text = broken(("rights: { urp: [rw], ict: [rw] }", "rights: { urp: &all [rw], ict: *all }"))

    desk = read_text(text, tmp_path).desk

    assert desk is not None
    assert desk.operators["anna.ferri"].rights == {"urp": ("rw",), "ict": ("rw",)}


def test_a_chain_of_aliases_is_cut(tmp_path: Path) -> None:
    chain = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 200))

    reading = read_text(SMALL_DESK + chain, tmp_path)

    assert "aliases within aliases" in {mistake.found for mistake in reading.mistakes}
    assert reading.desk is None


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    reading = read_text(SMALL_DESK.encode("utf-8-sig"), tmp_path)

    assert reading.mistakes == ()
