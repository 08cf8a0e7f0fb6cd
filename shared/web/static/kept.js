// Where drafts are kept in this browser. Without such a place, or when it is full, a draft lasts as long as the page.
"use strict";

window.sportelloKept = (() => {
  const KEPT_MS = 3 * 24 * 3600 * 1000;
  const LONGEST = 2 * 1024 * 1024;
  const DRAFT = "sportello.draft";
  const SENT = "sportello.sent";
  const { person } = document.body.dataset;

  function storage(name) {
    try {
      return window[name];
    } catch {
      return null;
    }
  }

  const session = storage("sessionStorage");
  const place = person ? storage("localStorage") : session;

  function read(where, id) {
    try {
      return JSON.parse(where.getItem(id));
    } catch {
      return null;
    }
  }

  function write(where, id, draft) {
    const text = JSON.stringify(draft);
    if (text.length > LONGEST) return;
    try {
      where.setItem(id, text);
    } catch {
      // Full, or not allowed.
    }
  }

  const remove = (where, id) => where?.removeItem(id);

  function idsIn(where, beginning) {
    return where ? Object.keys(where).filter((id) => id.startsWith(beginning)) : [];
  }

  function forgetOld() {
    for (const where of new Set([place, session])) {
      for (const id of idsIn(where, "sportello.")) {
        const at = id.startsWith(DRAFT) || id.startsWith(SENT) ? read(where, id)?.at : Date.now();
        if (!(Date.now() - at < KEPT_MS)) remove(where, id);
      }
    }
  }

  return { DRAFT, SENT, person, place, session, read, write, remove, idsIn, forgetOld };
})();
