"""The counter under a field counts what the server keeps, tried in a real browser without a
server.
"""

from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page

from shared.text.cleaning import clean_line, clean_text

SCRIPT = Path(__file__).resolve().parents[2] / "shared/web/static/counting.js"
PAGE = """<html lang="en"><body data-room="{length}"
  data-room-one="{length}" data-too-long="{length}"
  data-too-long-one="{length}"><div id="said"></div>FIELD</body></html>"""
COUNT = """(texts) => texts.map((text) => {
  const field = document.getElementById("field");
  field.value = text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  return document.getElementById("field-count")?.textContent || "0";
})"""
Kind = Literal["input", "textarea"]
CLEANED = {"input": clean_line, "textarea": clean_text}
AT_ONCE = 512
FLAG = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
TEXTS = [
    "x" * 195 + "\u200b" * 10,
    "\u200b\u00ad",
    "\u2800\u3164",
    "  a  ",
    "\u00a0a\u2003",
    "una\u061c\u200e\u200fdue",
    "\tdue\n\t tre\tquattro\n",
    "a\n\n\tb",
    "a\u0085b\u2028c\u2029\td\u000b\te\u001c\tf",
    "e\u0301 \u1100\u1161 \u212b",
    "a" + "\u0301" * 100,
    "a" + "\u0344" * 40,
    "\u0301",
    f"{FLAG} a\U000e0061\U000e0062",
    "👩\u200d💻 می\u200cخواهم",
    "x" * 39_990 + "\u200b" * 5,
    "x" * 39_990 + "\u200b" * 50,
    "😀" * 20_001,
]


def open_field(browser: Browser, kind: Kind) -> Page:
    page = browser.new_page()
    page.set_content(PAGE.replace("FIELD", f'<{kind} id="field" data-limit="1"></{kind}>'))
    page.add_script_tag(content=SCRIPT.read_text(encoding="utf-8"))
    return page


def counts(page: Page, texts: list[str]) -> list[int]:
    said: list[str] = page.evaluate(COUNT, texts)
    return [int(one.replace(",", "")) for one in said]


@pytest.mark.parametrize("kind", ["input", "textarea"])
def test_each_character_counts_as_the_server_counts_it(
    kind: Kind, chromium_browser: Browser
) -> None:
    # A browser lets no line break into a line, and sends no half of a character.
    never_sent = {0x0A, 0x0D} if kind == "input" else set()
    codes = [
        code for code in range(0x110000) if not 0xD800 <= code < 0xE000 and code not in never_sent
    ]
    texts = [
        "".join(f"a{chr(code)}" for code in codes[start : start + AT_ONCE]) + "a"
        for start in range(0, len(codes), AT_ONCE)
    ]
    page = open_field(chromium_browser, kind)

    counted = counts(page, texts)

    wrong = [
        (ascii(text[1]), n)
        for text, n in zip(texts, counted, strict=True)
        if n != len(CLEANED[kind](text))
    ]
    assert wrong == []
    page.close()


@pytest.mark.parametrize("kind", ["input", "textarea"])
def test_texts_count_as_the_server_counts_them(kind: Kind, chromium_browser: Browser) -> None:
    # A browser lets no line break into a line.
    texts = [text.replace("\n", "") if kind == "input" else text for text in TEXTS]
    page = open_field(chromium_browser, kind)

    assert counts(page, texts) == [len(CLEANED[kind](text)) for text in texts]
    page.close()
