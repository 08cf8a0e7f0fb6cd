// What the pages do beyond plain HTML. Nothing here is needed to use them.
"use strict";

(() => {
  const find = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  // ---- Where the reader is. After an action in a row of a list one goes on from that row, and the message is only said; else the
  // message gets the focus, so that a screen reader begins there.

  let lastRow = "";

  document.addEventListener("htmx:before:request", (event) => {
    const source = event.detail.ctx?.sourceElement;
    if (source instanceof HTMLFormElement) lastRow = source.closest("[data-row]")?.id ?? "";
  });

  function bringToMessage() {
    const message = find("[data-focus]");
    if (!message) return;
    const link = lastRow && find(`#${CSS.escape(lastRow)} .sp-row-link`);
    lastRow = "";
    if (link && message.getAttribute("role") === "status") {
      link.focus({ preventScroll: true });
      find("#said").textContent = message.textContent;
    } else {
      message.focus();
    }
  }

  // The message of an action is said once: a reload should not say it again.
  function forgetDone() {
    const here = new URL(location.href);
    if (!here.searchParams.has("done")) return;
    here.searchParams.delete("done");
    here.searchParams.delete("undo");
    history.replaceState(history.state, "", here);
  }

  // ---- Troubles that no page can tell: the connection is gone, or the server had no page to answer with.

  function trouble(kind, detail = "") {
    const box = find("#trouble");
    if (!box) return;
    find(".sp-alert-title", box).textContent = box.dataset[kind];
    find("p:last-child", box).textContent = detail;
    box.hidden = false;
    box.focus();
  }

  const isRefresh = (element) => element?.id === "live-refresh";

  document.addEventListener("htmx:error", (event) => {
    if (event.detail?.ctx && !isRefresh(event.detail.ctx.sourceElement)) trouble("offline");
  });

  // An error page would take the place of the form and of what was typed: it is shown as a message instead.
  document.addEventListener("htmx:before:swap", (event) => {
    const { ctx } = event.detail;
    const status = ctx?.response?.status ?? 200;
    if (isRefresh(ctx?.sourceElement)) {
      if (status === 404) trouble("gone");
      else if (status < 400) noteRows();
      if (status >= 400) event.preventDefault();
      return;
    }
    if (status < 400 || !ctx?.text?.includes("data-error-page")) return;
    event.preventDefault();
    const page = new DOMParser().parseFromString(ctx.text, "text/html");
    trouble("failed", find("[data-error-page] .lead", page)?.textContent ?? "");
  });

  // ---- Live updates: what has come is shown for a moment, what is being written stays.

  let knownRows = new Set();

  function noteRows() {
    knownRows = new Set(all("[data-row]").map((row) => row.id));
  }

  function markFreshRows() {
    for (const row of all("[data-row]")) if (!knownRows.has(row.id)) row.classList.add("sp-fresh");
  }

  // A form somebody writes in is left alone by updates; a line tells when the ticket has changed meanwhile.
  function guardDraft() {
    const forms = find("#act");
    if (!forms) return;
    const isWriting = all("textarea", forms).some((area) => area.value.trim() !== "");
    forms.toggleAttribute("hx-morph-skip", isWriting);
    const version = find("#articles")?.dataset.version;
    const notice = find("#draft-notice");
    if (notice) notice.hidden = !(isWriting && version !== undefined && version !== forms.dataset.version);
  }

  document.addEventListener("input", (event) => {
    if (event.target.closest?.("#act")) guardDraft();
  });

  document.addEventListener("htmx:after:swap", (event) => {
    if (isRefresh(event.detail.ctx?.sourceElement)) {
      markFreshRows();
      guardDraft();
      tellPicked();
      return;
    }
    setUp();
  });

  // ---- Keys for who clears a queue without the mouse. They can be switched off, and never work inside a field.

  const SWITCH = "sportello.shortcuts";

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

  function moveAlongRows(step) {
    const rows = all(".sp-row-link");
    if (!rows.length) return;
    const here = rows.findIndex((link) => link.closest("[data-row]").contains(document.activeElement));
    const next = here < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(Math.max(here + step, 0), rows.length - 1);
    rows[next].focus();
  }

  function openWay(action) {
    const way = find(`#way-${action}`);
    if (!way) return;
    way.open = true;
    (find("textarea, select, input:not([type=hidden])", way) ?? find("summary", way)).focus();
  }

  function take() {
    const row = document.activeElement?.closest?.("[data-row]");
    const button = find("[data-shortcut=take]", row ?? document);
    if (button && (row || !find(".sp-row-link"))) button.click();
  }

  // ---- Tickets picked for one action on all of them.

  function pick() {
    const row = document.activeElement?.closest?.("[data-row]");
    if (row) find(".sp-pick input", row)?.click();
  }

  function tellPicked() {
    const count = find("#bulk-count");
    if (!count) return;
    const picked = all(".sp-pick input:checked").length;
    count.textContent = picked === 0 ? "" : picked === 1 ? count.dataset.one : count.dataset.many.replace("#", picked);
    find("#bulk-bar").classList.toggle("sp-bulk-stays", picked > 0);
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
    "/": () => find("[data-shortcut=search]")?.focus(),
    "?": () => find("#keys")?.showModal(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || !find("#keys") || find("dialog[open]")) return;
    if (event.target.closest?.("input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]")) return;
    const run = Object.hasOwn(KEYS, event.key) ? KEYS[event.key] : undefined;
    if (!run || (!shortcutsAreOn() && event.key !== "?")) return;
    event.preventDefault();
    run();
  });

  document.addEventListener("click", (event) => {
    const opener = event.target.closest?.("[data-opens]");
    if (opener) find(`#${opener.dataset.opens}`)?.showModal();
  });

  document.addEventListener("change", (event) => {
    if (event.target.id === "keys-on") keepShortcuts(event.target.checked);
    if (event.target.closest?.(".sp-pick")) tellPicked();
  });

  function setUp() {
    for (const opener of all(".sp-keys-opener")) opener.hidden = false;
    const keysSwitch = find("#keys-on");
    if (keysSwitch) keysSwitch.checked = shortcutsAreOn();
    forgetDone();
    bringToMessage();
    guardDraft();
    tellPicked();
  }

  // A deferred script runs when the page is there.
  setUp();
})();
