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

  // ---- Troubles that no page can tell: the connection is gone, or the server had no page to answer with.

  function show(title, detail = "", way = null) {
    const box = find("#trouble");
    if (!box) return null;
    find(".sp-alert-title", box).textContent = title;
    find("p:last-child", box).replaceChildren(detail, ...(way ? [" ", way] : []));
    box.hidden = false;
    return box;
  }

  const trouble = (kind, detail, way) => show(find("#trouble")?.dataset[kind], detail, way)?.focus();

  // For whom the page was made: nothing that it asks for is done by somebody else, or mixed with what is somebody else's.
  document.addEventListener("htmx:config:request", (event) => {
    event.detail.ctx.request.headers["Sportello-Made-For"] = encodeURIComponent(document.body.dataset.person ?? "");
  });

  const pageIn = (text) => new DOMParser().parseFromString(text, "text/html");
  const sentenceOf = (page) => find("[data-error-page] .lead", page)?.textContent ?? "";

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
      // Nobody asked for this: the focus stays where it is.
      if (status === 409) show(sentenceOf(pageIn(ctx.text)));
      if (status >= 400) event.preventDefault();
      return;
    }
    if (status < 400 || !ctx?.text?.includes("data-error-page")) return;
    event.preventDefault();
    const page = pageIn(ctx.text);
    trouble("failed", sentenceOf(page), find("#not-sent a[href^='/login']", page));
  });

  // ---- Live updates: what is being written stays.

  // What somebody typed stands in a form that came back refused as if the page had brought it: there all of it counts as written.
  const isWritten = (place) =>
    find("[data-refused]", place) !== null ||
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

  document.addEventListener("input", (event) => {
    if (event.target.closest?.("#act, #side-actions, #shared")) guardDraft();
  });

  document.addEventListener("htmx:after:swap", (event) => {
    if (isRefresh(event.detail.ctx?.sourceElement)) guardDraft();
    else setUp();
  });

  function setUp() {
    forgetDone();
    guardDraft();
  }

  // A deferred script runs when the page is there.
  setUp();
})();
