"""Whatever stands in a file, reading it ends in a desk or in mistakes with their lines."""

import re
import string
from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.unit.routing.desk_file.small_desk import SMALL_DESK, read_text

SNIPPETS = st.one_of(
    st.sampled_from(
        [
            "",
            "\n",
            "\t",
            "  ",
            ":",
            "-",
            "[",
            "]",
            "{",
            "}",
            "&a ",
            "*a",
            "!x ",
            "<<: ",
            '"',
            "'",
            "#",
            "|",
            "null",
            "[]",
            "{}",
        ]
    ),
    st.sampled_from(
        [
            "1",
            "-1",
            "1.5",
            "true",
            "studenti",
            "ict",
            "tasse",
            "x y",
            "0" * 5000,
            "é",
            "\x00",
            "\ud7ff",
            "? ",
        ]
    ),
    st.text(string.printable, max_size=8),
)
YAML_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
LINES = SMALL_DESK.splitlines(keepends=True)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    cuts=st.lists(
        st.tuples(st.integers(0, len(SMALL_DESK) - 1), st.integers(0, 30), SNIPPETS),
        min_size=1,
        max_size=4,
    ),
    dropped=st.sets(st.integers(0, len(LINES) - 1), max_size=3),
)
@example(cuts=[(1834, 0, "0\r")], dropped={0})
def test_a_mangled_desk_is_told_in_sentences(
    cuts: list[tuple[int, int, str]], dropped: set[int], tmp_path: Path
) -> None:
    text = "".join(line for number, line in enumerate(LINES) if number not in dropped)
    for at, length, snippet in cuts:
        text = text[:at] + snippet + text[at + length :]

    reading = read_text(text.encode(), tmp_path)

    assert (reading.desk is None) == bool(reading.mistakes)
    last_line = len(YAML_BREAK.findall(text)) + 1
    assert all(
        m.file == "desk.yaml" and 1 <= m.line <= last_line and m.column >= 1
        for m in reading.mistakes
    )


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(content=st.binary(max_size=200))
def test_any_bytes_are_told_in_sentences(content: bytes, tmp_path: Path) -> None:
    reading = read_text(content, tmp_path)

    assert reading.desk is None
    assert reading.mistakes != ()
