// How much of a text has room. Nothing typed is cut: what is too long is said here, and refused by the server with the same count.
"use strict";

(() => {
  const PAUSE_MS = 1000;
  const words = document.body.dataset;
  const number = new Intl.NumberFormat(document.documentElement.lang);
  let pause = 0;

  // As the server counts: without blanks around, a line break as one, letters with their accents as one.
  const lengthOf = (text) => [...text.normalize("NFC").trim()].length;

  function told(field) {
    const limit = Number(field.dataset.limit);
    const length = lengthOf(field.value);
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
