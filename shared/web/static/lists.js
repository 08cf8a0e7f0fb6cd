// Lists: they stay calm while tickets come and go, and tickets are picked for one action on all of them. Nothing here is needed to use the
// pages.
"use strict";

(() => {
  const find = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  const isRefresh = (event) => event.detail.ctx?.sourceElement?.id === "live-refresh";
  const rowsIn = (region) => all("[data-row]", region);

  // ---- A calm list: nothing moves by itself. Rows that have come wait behind a button; a row that has gone stays, greyed, and says why.

  let isShowing = false;
  let waiting = [];

  // The page names the tickets that it shows, so that the answer tells what has become of those that are no longer listed.
  document.addEventListener("htmx:before:request", (event) => {
    const numbers = all("[data-calm] [data-number]").map((row) => row.dataset.number);
    if (!isRefresh(event) || isShowing || !numbers.length) return;
    const { request } = event.detail.ctx;
    request.action += `${request.action.includes("?") ? "&" : "?"}shown=${[...new Set(numbers)].join(",")}`;
  });

  const isOccupied = (region) => region.matches(":hover") || region.contains(document.activeElement);

  // A list that nobody is at may move, unless it never does; one without rows has nothing to move. What stands above lists moves them all.
  function mayMove(region) {
    if (region.dataset.calm === "idle") return isShowing || !isOccupied(find("#main"));
    return isShowing || !rowsIn(region).length || (region.dataset.calm === "occupied" && !isOccupied(region));
  }

  function markGone(row, word) {
    row.classList.add("sp-gone");
    const place = find(".sp-cell-holder", row);
    const sign = document.createElement("span");
    sign.className = "sp-gone-word";
    sign.textContent = word;
    if (place) place.replaceChildren(sign);
    else find(".sp-meta", row)?.append(sign);
  }

  // What stands in the place of a row: the same ticket as it is now, or the row as it was.
  function successorOf(row, next, word) {
    const same = find(`#${CSS.escape(row.id)}`, next);
    const known = same ?? (row.dataset.number && find(`[data-number="${row.dataset.number}"]`, next));
    const now = (known || row).cloneNode(true);
    now.id = row.id;
    now.setAttribute("data-row", "");
    const isStill = same || known?.dataset.stillIn?.split(" ").includes(row.closest("table").id);
    const wasTaken = row.dataset.owner === "none" || row.classList.contains("sp-gone");
    if (known?.dataset.taken && wasTaken) markGone(now, known.dataset.taken);
    else if (!isStill && !(row === known && row.classList.contains("sp-gone"))) markGone(now, word);
    return now;
  }

  // Returns the rows that have come, and leaves in `task` the list as it is shown, each row as it is now.
  function keepCalm(task) {
    const next = task.fragment.firstElementChild;
    const region = next?.id && document.getElementById(next.id);
    if (!region?.matches?.("[data-calm]")) return [];
    if (mayMove(region)) return [];
    const shown = region.cloneNode(true);
    const known = new Set(rowsIn(region).map((row) => row.id));
    for (const row of rowsIn(shown)) {
      if (!row.classList.contains("sp-gone") || find(`[data-number="${row.dataset.number}"]`, next)) {
        row.replaceWith(successorOf(row, next, region.dataset.gone));
      }
    }
    const came = rowsIn(next).filter((row) => !known.has(row.id));
    next.replaceWith(shown);
    return came;
  }

  function tellWaiting() {
    const button = find("#news");
    if (!button) return;
    button.hidden = !waiting.length;
    button.textContent = waiting.length === 1 ? button.dataset.one : button.dataset.many.replace("#", waiting.length);
  }

  document.addEventListener("click", (event) => {
    if (event.target.id !== "news") return;
    isShowing = true;
    find("#live-refresh").dispatchEvent(new CustomEvent("show"));
  });

  let knownRows = new Set();

  document.addEventListener("htmx:before:swap", (event) => {
    if (!isRefresh(event) || event.defaultPrevented) return;
    knownRows = new Set(rowsIn(document).map((row) => row.id));
    waiting = event.detail.tasks.flatMap(keepCalm);
    if (waiting.length) document.dispatchEvent(new CustomEvent("sportello:came", { detail: waiting }));
  });

  document.addEventListener("htmx:after:swap", (event) => {
    tellPicked();
    if (!isRefresh(event)) {
      waiting = [];
      return;
    }
    const fresh = rowsIn(document).filter((row) => !knownRows.has(row.id));
    for (const row of fresh) row.classList.add("sp-fresh");
    tellWaiting();
    if (!isShowing) return;
    isShowing = false;
    (find(".sp-row-link", fresh[0]) ?? find("[data-calm] .sp-row-link"))?.focus();
  });

  // ---- Tickets picked for one action on all of them.

  const boxesOf = (table) => all("tbody .sp-pick input", table);

  function tellPicked() {
    for (const table of all(".sp-table")) {
      const head = find(".sp-pick-all input", table);
      const picked = boxesOf(table).filter((box) => box.checked).length;
      if (!head) continue;
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

  document.addEventListener(
    "toggle",
    (event) => {
      if (event.target.closest?.("#bulk-bar")) tellPicked();
    },
    true,
  );

  document.addEventListener("change", (event) => {
    const pick = event.target.closest?.(".sp-pick");
    if (pick?.matches(".sp-pick-all")) for (const box of boxesOf(pick.closest("table"))) box.checked = event.target.checked;
    if (pick || event.target.id === "all-matching") tellPicked();
  });

  // A deferred script runs when the page is there.
  tellPicked();
})();
