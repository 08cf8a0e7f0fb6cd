// How much of a text has room. Nothing typed is cut: what is too long is said here, and refused by the server with the same count.
"use strict";

(() => {
  const PAUSE_MS = 1000;
  const words = document.body.dataset;
  const number = new Intl.NumberFormat(document.documentElement.lang);
  let pause = 0;

  // ---- The length of a text as the server keeps it. shared/text/cleaning.py tells why each of these is
  // taken out, and a test holds the two together.

  const LONGEST_CLEANED = 40_000;
  const NEVER_SEEN =
    /[\0-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u180e\u200b\u202a-\u202e\u2060-\u206f\ufeff\ufff0-\ufffc\p{NChar}]/gu;
  const TAGS = /(\u{1f3f4}[\u{e0030}-\u{e0039}\u{e0061}-\u{e007a}]{3,6}\u{e007f})|[\u{e0000}-\u{e00ff}]/gu;
  const BREAKS = /\r\n|[\n\v\f\r\x1c-\x1e\x85\u2028\u2029]/gu;
  const BLANKS = /[\x1f\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]/gu;
  const MARKS = /[\u061c\u200e\u200f]/gu;
  const MANY_ACCENTS = /(\p{M}{30})\p{M}+/gu;
  const VISIBLE = /(?![\u115f\u1160\u2800\u3164\uffa0\u{1d159}])[\p{L}\p{N}\p{P}\p{S}\p{Cn}]/u;

  const inLine = (text) => text.replace(/[\t\n]/gu, " ").replace(MARKS, "");
  const inText = (text) =>
    text.replace(/^[ \t]+/gmu, (indent) => indent.replaceAll("\t", "    ")).replaceAll("\t", " ");

  function lengthOf({ value, type }) {
    const length = [...value].length;
    if (length > LONGEST_CLEANED) return length;
    const seen = value.replace(NEVER_SEEN, "").replace(TAGS, "$1").replace(BREAKS, "\n").replace(BLANKS, " ");
    const lines = type === "textarea" ? inText(seen) : inLine(seen);
    const kept = lines.replace(MANY_ACCENTS, "$1").normalize("NFC").replace(MANY_ACCENTS, "$1").trim();
    return VISIBLE.test(kept) ? [...kept].length : 0;
  }

  function told(field) {
    const limit = Number(field.dataset.limit);
    const length = lengthOf(field);
    const isOver = length > limit;
    if (length <= limit - Math.max(limit / 10, Math.min(10, limit / 2))) return { sentence: "", isOver };
    const facts = { length, limit, over: length - limit };
    const tooLong = facts.over === 1 ? words.tooLongOne : words.tooLong;
    const room = limit === 1 ? words.roomOne : words.room;
    const sentence = (isOver ? tooLong : room).replace(/\{(\w+)\}/g, (_, name) => number.format(facts[name]));
    return { sentence, isOver };
  }

  function boxOf(field) {
    const id = `${field.id}-count`;
    const known = document.getElementById(id);
    if (known) return known;
    const box = document.createElement("p");
    box.id = id;
    box.className = "sp-help sp-count-left";
    field.after(box);
    field.setAttribute("aria-describedby", `${field.getAttribute("aria-describedby") ?? ""} ${id}`.trim());
    return box;
  }

  function count(field) {
    const { sentence, isOver } = told(field);
    if (!sentence && !document.getElementById(`${field.id}-count`)) return;
    const box = boxOf(field);
    const wasOver = box.classList.contains("sp-error");
    const wasNear = box.textContent !== "";
    box.textContent = sentence;
    box.classList.toggle("sp-error", isOver);
    // Aloud only when it becomes near, too long, or fits again, and not between two letters.
    if (isOver === wasOver && (sentence !== "") === wasNear) return;
    clearTimeout(pause);
    pause = setTimeout(() => {
      document.getElementById("said").textContent = box.textContent;
    }, PAUSE_MS);
  }

  document.addEventListener("input", (event) => {
    if (event.target.matches?.("[data-limit]")) count(event.target);
  });

  const countAll = () => {
    for (const field of document.querySelectorAll("[data-limit]")) if (field.value) count(field);
  };
  document.addEventListener("htmx:after:swap", countAll);
  countAll();
})();
