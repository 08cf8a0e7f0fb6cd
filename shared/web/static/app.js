// What the pages do beyond plain HTML. Nothing here is needed to use them.
"use strict";

(() => {
  const find = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  // The message of an action is said once: a reload should not say it again.
  function forgetDone() {
    const here = new URL(location.href);
    if (!here.searchParams.has("done")) return;
    here.searchParams.delete("done");
    here.searchParams.delete("undo");
    history.replaceState(history.state, "", here);
  }

  const { isByItself, isOurs, pageOf } = window.sportelloAnswers;
  const sentenceOf = (page) => find("[data-error-page] .lead", page)?.textContent ?? "";

  // ---- Troubles that no page can tell: the connection is gone, or the server had no page to answer with.

  function show(title, detail = "", way = null) {
    const box = find("#trouble");
    if (!box) return null;
    find(".sp-alert-title", box).textContent = title;
    find("p:last-child", box).replaceChildren(detail, ...(way ? [" ", way] : []));
    box.hidden = false;
    return box;
  }

  // Who has gone on writing since they sent something keeps the focus.
  let hasGoneOn = false;
  document.addEventListener("submit", () => { hasGoneOn = false; }, true);
  document.addEventListener("input", () => { hasGoneOn = true; }, true);

  function trouble(kind, detail, way) {
    found = "";
    const box = show(find("#trouble")?.dataset[kind], detail, way);
    if (!hasGoneOn) box?.focus();
  }

  // ---- What the page finds out by itself is said once, and no more when it is over. The focus stays
  // where it is: nobody asked for this, and whoever is typing goes on.

  let found = "";

  function tell(title, way = null) {
    if (title !== found) show(title, "", way);
    found = title;
  }

  function isOver() {
    const box = find("#trouble");
    if (found && box && !box.contains(document.activeElement)) box.hidden = true;
    found = "";
  }

  // To a window of its own, so that what is typed here stays.
  function wayToSignIn(login) {
    const address = new URL(login, location.href);
    address.searchParams.set("next", location.pathname + location.search);
    const way = document.createElement("a");
    way.href = address.pathname + address.search;
    way.target = "_blank";
    way.rel = "noopener";
    way.textContent = find("#trouble")?.dataset.signIn;
    return way;
  }

  // Only what somebody does leads to another page.
  document.addEventListener("htmx:before:response", (event) => {
    const { ctx } = event.detail;
    if (!isByItself(ctx)) return;
    if (ctx.response.status === 304) isOver();
    const login = ctx.response.headers.get("HX-Redirect");
    if (!login) return;
    event.preventDefault();
    tell(find("#trouble")?.dataset.ended, wayToSignIn(login));
  });

  // For whom the page was made: nothing that it asks for is done by somebody else, or mixed with what is somebody else's.
  document.addEventListener("htmx:config:request", (event) => {
    event.detail.ctx.request.headers["Sportello-Made-For"] = encodeURIComponent(document.body.dataset.person ?? "");
  });

  document.addEventListener("htmx:error", (event) => {
    if (event.detail?.ctx && !isByItself(event.detail.ctx)) trouble("offline");
  });

  // An error page would take the place of the form and of what was typed, and so would whatever a proxy
  // answers: it is shown as a message instead.
  document.addEventListener("htmx:before:swap", (event) => {
    const { ctx } = event.detail;
    const status = ctx?.response?.status ?? 200;
    const page = pageOf(ctx);
    if (isByItself(ctx)) {
      if (status >= 400 || !isOurs(ctx)) event.preventDefault();
      else isOver();
      if (status === 404 && isOurs(ctx)) tell(find("#trouble")?.dataset.gone);
      if (status === 409) tell(sentenceOf(page));
      return;
    }
    if (!isOurs(ctx)) {
      event.preventDefault();
      trouble("failed", find("#trouble")?.dataset.strange.replace("#", status));
    } else if (status >= 400 && find("[data-error-page]", page)) {
      event.preventDefault();
      trouble("failed", sentenceOf(page), find("#not-sent a[href^='/login']", page));
    }
  });

  // ---- Live updates: what is being written stays.

  // What somebody typed stands in a form that came back refused as if the page had brought it: there all of it counts as written.
  // So does a field that somebody is in: its form does not vanish under their hands.
  const isWritten = (place) =>
    find("[data-refused]", place) !== null ||
    (place.contains(document.activeElement) && document.activeElement.matches("input, select, textarea")) ||
    all("textarea", place).some((area) => area.value.trim() !== "") ||
    all("input:not([type=hidden], [type=radio], [type=checkbox])", place).some((line) => line.value.trim() !== line.defaultValue.trim());

  // A form somebody writes in is left alone by updates; a line tells when the ticket has changed meanwhile.
  function guardDraft() {
    for (const place of all("#act, #side-actions, #shared")) place.toggleAttribute("hx-morph-skip", isWritten(place));
    const forms = find("#act");
    if (!forms) return;
    const isWriting = isWritten(forms);
    const version = find("#articles")?.dataset.version;
    const notice = find("#draft-notice");
    if (notice) notice.hidden = !(isWriting && version !== undefined && version !== forms.dataset.version);
  }

  for (const kind of ["input", "focusin", "focusout"]) {
    document.addEventListener(kind, (event) => {
      if (event.target.closest?.("#act, #side-actions, #shared")) guardDraft();
    });
  }

  document.addEventListener("htmx:after:swap", (event) => {
    if (isByItself(event.detail.ctx)) {
      guardDraft();
      return;
    }
    found = "";
    setUp();
  });

  function setUp() {
    forgetDone();
    guardDraft();
  }

  // A deferred script runs when the page is there.
  setUp();
})();
