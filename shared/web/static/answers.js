// What comes back from the server. Nothing here is needed to use the pages.
"use strict";

window.sportelloAnswers = (() => {
  // A page asks for news by itself; only what somebody sends is posted.
  const isByItself = (ctx) => ctx?.request?.method !== "POST";

  const pages = new WeakMap();

  function pageOf(ctx) {
    const known = pages.get(ctx) ?? new DOMParser().parseFromString(ctx.text ?? "", "text/html");
    pages.set(ctx, known);
    return known;
  }

  // A proxy on the way may answer in our place. Its page has nothing to show here.
  const isOurs = (ctx) => pageOf(ctx).querySelector("main[data-sportello]") !== null;

  return { isByItself, isOurs, pageOf };
})();
