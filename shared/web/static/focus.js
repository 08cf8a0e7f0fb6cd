// Where the reader is: after an action or a live change the focus is on what was acted on, or on the neighbour of what vanished, and
// never under a bar. Nothing here is needed to use the pages.
"use strict";

(() => {
  const find = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  const REACHED = "a[href], button:not([disabled]), input:not([type=hidden], [disabled]), select:not([disabled]), textarea:not([disabled]), summary";

  // ---- The place of the focus, with its neighbours, before what is around it changes.

  let place = null;

  function rememberPlace(at = document.activeElement) {
    const main = find("#main");
    place = at && at !== main && main?.contains(at) ? placeOf(at, main) : null;
  }

  function placeOf(at, main) {
    const row = at.closest("[data-row]");
    const section = at.closest("[aria-labelledby]");
    const title = section?.getAttribute("aria-labelledby") ?? "";
    if (row) return { title, rowId: row.id, number: row.dataset.number, ...aroundIn(all("[data-row]").map((each) => each.id), row.id) };
    const near = all(REACHED, section ?? main).filter((each) => each === at || each.checkVisibility());
    return { title, at, ...aroundIn(near, at) };
  }

  // What follows first, nearest first; then what is before.
  function aroundIn(sequence, one) {
    const here = sequence.indexOf(one);
    return { neighbours: here < 0 ? [] : [...sequence.slice(here + 1), ...sequence.slice(0, here).reverse()] };
  }

  const isThere = (element) => Boolean(element?.isConnected && element.checkVisibility() && !element.disabled);
  const linkOf = (rowId) => find(`#${CSS.escape(rowId)} .sp-row-link`);

  function headingOf(title) {
    const named = title && document.getElementById(title);
    const heading = isThere(named) ? named : find("#main h1");
    if (heading && !heading.hasAttribute("tabindex")) heading.tabIndex = -1;
    return heading;
  }

  // A row that has gone may stand in another list of the page.
  const sameTicket = (number) => (number ? all(`[data-row][data-number="${CSS.escape(number)}"] .sp-row-link`) : []);

  // Where a part of the page was taken out and put in anew, the same thing is another element.
  function successorOf(at) {
    if (at.id) return document.getElementById(at.id);
    if (at.matches("[data-focus]")) return find("[data-focus]");
    return at.matches("a[href]") ? find(`#main a[href="${CSS.escape(at.getAttribute("href"))}"]`) : null;
  }

  function nearestTo({ title, rowId, number, at, neighbours }) {
    const candidates = rowId
      ? [linkOf(rowId), ...sameTicket(number), ...neighbours.map(linkOf)]
      : [at, successorOf(at), ...neighbours];
    return candidates.find(isThere) ?? headingOf(title);
  }

  function returnToPlace() {
    if (!place || (document.activeElement !== document.body && isThere(document.activeElement))) return;
    nearestTo(place)?.focus({ preventScroll: true });
  }

  // ---- After an action in a row of a list one goes on from that row, and the message is only said; else the message gets the focus, so
  // that a screen reader begins there.

  function bringToMessage() {
    const message = find("[data-focus]");
    const row = place?.rowId ? place : null;
    if (!message) returnToPlace();
    else if (row && message.getAttribute("role") === "status") {
      goOnFrom(row, message.textContent);
    } else message.focus();
    place = null;
  }

  // Where the ticket has left the page, Enter may still be meant for it: it opens its neighbour only after that has been noticed.
  const NOTICED_MS = 1500;
  let strange = null;

  function goOnFrom(row, message) {
    const next = nearestTo(row);
    next?.focus({ preventScroll: true });
    next?.scrollIntoView({ block: "nearest" });
    const now = next?.closest("[data-row]");
    strange = now && now.dataset.number !== row.number ? { link: next, until: performance.now() + NOTICED_MS } : null;
    const where = strange ? ` ${document.body.dataset.nowAt.replace("{subject}", next.textContent.trim())}` : "";
    find("#said").textContent = `${message}${where}`;
  }

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !strange || document.activeElement !== strange.link) strange = null;
    else if (performance.now() < strange.until) event.preventDefault();
  });

  // A button that sends is switched off at once, which takes the focus from it.
  document.addEventListener("submit", (event) => rememberPlace(event.submitter ?? event.target), true);

  const { isByItself } = window.sportelloAnswers;

  document.addEventListener("htmx:before:swap", (event) => {
    if (isByItself(event.detail.ctx)) rememberPlace();
  });

  document.addEventListener("htmx:after:swap", (event) => {
    if (isByItself(event.detail.ctx)) returnToPlace();
    else setUp();
  });

  // ---- What has the focus is scrolled above the bar that stays at the bottom of the window.

  const measure = new ResizeObserver(() => {
    const bar = find(".sp-bulk-stays");
    document.documentElement.style.setProperty("--sp-bar", bar && getComputedStyle(bar).position === "sticky" ? `${bar.offsetHeight}px` : "0px");
    // A bar that has grown may lie over what has the focus.
    const focused = document.activeElement;
    if (bar && find("#main")?.contains(focused) && !bar.contains(focused)) focused.scrollIntoView({ block: "nearest" });
  });

  function setUp() {
    bringToMessage();
    const bar = find("#bulk-bar");
    measure.disconnect();
    if (bar) measure.observe(bar);
  }

  // A deferred script runs when the page is there.
  setUp();
})();
