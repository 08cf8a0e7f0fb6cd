// Keys for operators who clear a queue without the mouse, and for everybody who writes: Ctrl+Enter sends, Escape leaves.
// Nothing here is needed to use the pages. Single-letter keys can be switched off.
"use strict";

(() => {
  const find = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  const SWITCH = "sportello.shortcuts";
  // Somebody who types a sentence although no field has the focus means none of the keys that follow so soon.
  const SENTENCE_MS = 1000;
  let sentenceUntil = 0;

  function shortcutsAreOn() {
    try {
      return localStorage.getItem(SWITCH) !== "off";
    } catch {
      return true; // No storage here: the choice cannot be kept.
    }
  }

  function keepShortcuts(on) {
    try {
      localStorage.setItem(SWITCH, on ? "on" : "off");
    } catch {
      // No storage here: the choice lasts as long as the page.
    }
  }

  // ---- Single-letter keys. Each returns false where it has nothing to do here.

  function moveAlongRows(step) {
    const rows = all(".sp-row-link");
    if (!rows.length) return;
    const here = rows.findIndex((link) => link.closest("[data-row]").contains(document.activeElement));
    const next = here < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(Math.max(here + step, 0), rows.length - 1);
    rows[next].focus();
  }

  // A form is opened to write in it: its text gets the focus, whatever else it asks.
  function openWay(action) {
    const way = find(`#way-${action}`);
    if (!way) return false;
    way.open = true;
    (find("textarea", way) ?? find("input:not([type=hidden], [type=radio], [type=checkbox]), select", way) ?? find("summary", way)).focus();
    return true;
  }

  function take() {
    const row = document.activeElement?.closest?.("[data-row]");
    const button = find("[data-shortcut=take]", row ?? document);
    if (button && (row || !find(".sp-row-link"))) button.click();
  }

  function pick() {
    const row = document.activeElement?.closest?.("[data-row]");
    if (row) find(".sp-pick input", row)?.click();
  }

  // A page without a search of its own leads to the one that has it.
  function search() {
    const field = find("[data-shortcut=search]");
    if (field) field.focus();
    else location.assign("/manage/tickets#search");
  }

  const KEYS = {
    j: () => moveAlongRows(1),
    k: () => moveAlongRows(-1),
    t: take,
    x: pick,
    b: () => find("#bulk-bar button:not([disabled])")?.focus(),
    r: () => openWay("reply"),
    a: () => openWay("ask"),
    n: () => openWay("note"),
    c: () => openWay("close"),
    "/": search,
    "?": () => find("#keys")?.showModal(),
  };
  const MAY_REPEAT = new Set(["j", "k"]);
  const FIELDS = "input, textarea, select, option, [contenteditable]:not([contenteditable=false]), [role=textbox], [role=combobox], [role=listbox]";

  const isInField = (element) => Boolean(element?.closest?.(FIELDS));

  function pressLetter(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || isInField(event.target)) return;
    if (!find("#keys") || find("dialog[open]") || event.key.length !== 1) return;
    const inSentence = event.timeStamp < sentenceUntil;
    if (inSentence) sentenceUntil = event.timeStamp + SENTENCE_MS;
    const run = Object.hasOwn(KEYS, event.key) ? KEYS[event.key] : undefined;
    if (inSentence || (!shortcutsAreOn() && event.key !== "?") || (event.repeat && !MAY_REPEAT.has(event.key))) return;
    if (run) event.preventDefault();
    if (event.key !== " " && (!run || run() === false)) sentenceUntil = event.timeStamp + SENTENCE_MS;
  }

  // ---- Ctrl+Enter sends the form in which the focus is, with the nearest of its buttons.

  function send(event) {
    const field = event.target;
    const form = field.form ?? field.closest?.("form");
    if (!form || form.method === "dialog") return;
    for (let around = field.parentElement; around && form.contains(around); around = around.parentElement) {
      const button = all("button", around).find((each) => each.type === "submit" && each.form === form && !each.disabled);
      if (!button) continue;
      event.preventDefault();
      form.requestSubmit(button);
      return;
    }
  }

  // ---- Escape leaves: a form that was unfolded is folded with all that was typed, and the focus goes to what unfolds it again.

  function leave(event) {
    const field = event.target;
    const way = field.closest?.("details.sp-way[open]");
    if (way) {
      way.open = false;
      find("summary", way).focus();
    } else if (isInField(field)) {
      const row = field.closest("[data-row]") ?? (field.closest("[role=search]") && find("[data-row]"));
      if (!row) return;
      find(".sp-row-link", row)?.focus();
    } else {
      return;
    }
    event.preventDefault();
  }

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) send(event);
    else if (event.key === "Escape" && !find("dialog[open]")) leave(event);
    else pressLetter(event);
  });

  document.addEventListener("click", (event) => {
    const opener = event.target.closest?.("[data-opens]");
    if (opener) find(`#${opener.dataset.opens}`)?.showModal();
  });

  document.addEventListener("change", (event) => {
    if (event.target.id === "keys-on") keepShortcuts(event.target.checked);
  });

  function setUp() {
    for (const opener of all(".sp-keys-opener")) opener.hidden = false;
    const keysSwitch = find("#keys-on");
    if (keysSwitch) keysSwitch.checked = shortcutsAreOn();
  }

  document.addEventListener("htmx:after:swap", (event) => {
    if (event.detail.ctx?.sourceElement?.id !== "live-refresh") setUp();
  });

  // A deferred script runs when the page is there.
  setUp();
})();
