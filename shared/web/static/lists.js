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

  function tellPicked() {
    const count = find("#bulk-count");
    if (!count) return;
    const picked = all(".sp-pick input:checked").length;
    count.textContent = picked === 0 ? "" : picked === 1 ? count.dataset.one : count.dataset.many.replace("#", picked);
    find("#bulk-bar").classList.toggle("sp-bulk-stays", picked > 0);
  }

  document.addEventListener("change", (event) => {
    if (event.target.closest?.(".sp-pick")) tellPicked();
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
