// What has come by itself is said to those who cannot see it: what it is, not how many there are.
"use strict";

(() => {
  const MOST_SAID = 3;
  const said = new Set();
  let before = new Map();

  // Whatever says what it is: once, when it comes (a row, an article), or each time that it is something else.
  const speakers = () => [...document.querySelectorAll("[data-said][id], [data-said-once][id]")];

  function note() {
    before = new Map(speakers().map((each) => [each.id, each.dataset.said]));
  }

  function news() {
    return speakers().flatMap(({ id, dataset }) => {
      const isKnown = before.has(id) || said.has(id);
      if (isKnown && (dataset.said === undefined || before.get(id) === dataset.said)) return [];
      said.add(id);
      return [dataset.saidOnce ?? dataset.said];
    });
  }

  function say(sentences) {
    if (!sentences.length) return;
    const { more, moreOne } = document.getElementById("live-refresh").dataset;
    const rest = sentences.length - MOST_SAID;
    const others = rest === 1 ? moreOne : more.replace("#", rest);
    const spoken = sentences.slice(0, MOST_SAID);
    document.getElementById("said").textContent = [...spoken, ...(rest > 0 ? [others] : [])].join(". ");
  }

  const isRefresh = (event) => event.detail.ctx?.sourceElement?.id === "live-refresh";

  // ---- A page that is still the same is not sent again. What is kept back on this one (a form somebody writes in, rows that wait)
  // is not the same any more, nor is what an action has changed.

  let tag = document.body.dataset.tag;
  const isKeptBack = () =>
    document.querySelector(":is(#act, #side-actions, #shared, #bulk-bar)[hx-morph-skip], #news:not([hidden])") !== null;

  document.addEventListener("htmx:config:request", (event) => {
    if (isRefresh(event) && tag && !isKeptBack()) event.detail.ctx.request.headers["If-None-Match"] = `W/"${tag}"`;
  });

  document.addEventListener("htmx:before:response", (event) => {
    if (isRefresh(event) && event.detail.ctx.response.status === 304) event.preventDefault();
  });

  document.addEventListener("htmx:after:swap", (event) => {
    const news = isRefresh(event) && !isKeptBack() ? event.detail.ctx.response?.headers.get("ETag") : null;
    tag = news?.slice(3, -1);
  });

  document.addEventListener("htmx:before:swap", (event) => {
    if (isRefresh(event)) note();
  });

  document.addEventListener("htmx:after:swap", (event) => {
    if (isRefresh(event)) say(news());
  });

  // Rows that a calm list keeps back are said all the same, and not again when they are shown.
  document.addEventListener("sportello:came", (event) => {
    const unsaid = event.detail.filter((row) => !said.has(row.id));
    for (const row of unsaid) said.add(row.id);
    say(unsaid.map((row) => row.dataset.saidOnce ?? row.dataset.said));
  });
})();
