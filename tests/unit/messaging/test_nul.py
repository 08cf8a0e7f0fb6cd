"""Where a message holds NUL is found in its bytes."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.messaging.nul import holds_nul

TEXTS = st.text(alphabet='\\u0"\x00a', max_size=12)


@given(st.lists(TEXTS, max_size=3), st.dictionaries(TEXTS, TEXTS, max_size=3))
def test_nul_is_found_exactly_where_a_text_holds_it(
    texts: list[str], fields: dict[str, str]
) -> None:
    body = json.dumps([texts, fields]).encode()

    assert holds_nul(body) == any("\0" in text for text in (*texts, *fields, *fields.values()))


@pytest.mark.parametrize(
    ("body", "held"),
    [(rb'"\u0000"', True), (rb'"\\u0000"', False), (rb'"\\\u0000"', True), (b"", False)],
)
def test_a_backslash_before_it_makes_it_six_characters(body: bytes, held: bool) -> None:
    assert holds_nul(body) is held
