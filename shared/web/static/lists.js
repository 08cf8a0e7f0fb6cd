// Lists: rows that have come are shown for a moment, and tickets are picked for one action on all of them. Nothing here is needed to use
// the pages.
"use strict";

(() => {
  const find = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  let knownRows = new Set();

  function noteRows() {
    knownRows = new Set(all("[data-row]").map((row) => row.id));
  }

  function markFreshRows() {
    for (const row of all("[data-row]")) if (!knownRows.has(row.id)) row.classList.add("sp-fresh");
  }

  // ---- Tickets picked for one action on all of them.

  const boxesOf = (table) => all("tbody .sp-pick input", table);

  function tellPicked() {
    for (const table of all(".sp-table")) {
      const head = find(".sp-pick-all input", table);
      const picked = boxesOf(table).filter((box) => box.checked).length;
      head.checked = picked > 0 && picked === boxesOf(table).length;
      head.indeterminate = picked > 0 && !head.checked;
      // The box stands for the rows that are ticked with it: their own boxes say which.
      head.removeAttribute("name");
    }
    const count = find("#bulk-count");
    if (!count) return;
    const picked = boxesOf(document).filter((box) => box.checked).length;
    const isAll = Boolean(find("#all-matching")?.checked);
    const many = picked === 1 ? count.dataset.one : count.dataset.many.replace("#", picked);
    count.textContent = isAll ? count.dataset.all : picked ? many : "";
    find("#bulk-bar").classList.toggle("sp-bulk-stays", picked > 0 || isAll);
    guardBar(picked > 0 || isAll);
  }

  // What the bar offers follows the rows, but not while somebody uses it.
  function guardBar(isPicking) {
    const bar = find("#bulk-bar");
    const isFilling = find("details[open]", bar) !== null || all("textarea", bar).some((area) => area.value.trim() !== "");
    bar.toggleAttribute("hx-morph-skip", isPicking || isFilling);
  }

  document.addEventListener("toggle", (event) => { if (event.target.closest?.("#bulk-bar")) tellPicked(); }, true);

  document.addEventListener("change", (event) => {
    const pick = event.target.closest?.(".sp-pick");
    if (pick?.matches(".sp-pick-all")) for (const box of boxesOf(pick.closest("table"))) box.checked = event.target.checked;
    if (pick || event.target.id === "all-matching") tellPicked();
  });

  const isRefresh = (event) => event.detail.ctx?.sourceElement?.id === "live-refresh";

  document.addEventListener("htmx:before:swap", (event) => {
    if (isRefresh(event)) noteRows();
  });

  document.addEventListener("htmx:after:swap", (event) => {
    if (isRefresh(event)) markFreshRows();
    tellPicked();
  });

  // A deferred script runs when the page is there.
  tellPicked();
})();
