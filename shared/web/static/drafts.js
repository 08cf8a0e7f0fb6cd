// Drafts: what is typed into a form is kept in this browser until it was sent, per person and form, and offered again after a reload, a
// crash or a sign-in. Signing out removes the drafts of that person; a guest's last as long as the tab.
"use strict";

(() => {
  const KEPT_MS = 3 * 24 * 3600 * 1000;
  const SOON_MS = 30 * 60 * 1000;
  const LONGEST = 2 * 1024 * 1024;
  const DRAFT = "sportello.draft";
  const SENT = "sportello.sent";
  const SENDING = "sportello.sending";
  const KEYS = "input[name=command_id], input[name=idempotency-key]";
  const words = document.body.dataset;
  const person = words.person;

  // ---- The places where drafts are kept. Without them, or when they are full, a draft lasts as long as the page.

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

  // ---- Forms: those with a text in them. Most have a key, which makes sending them twice harmless.

  const nameOf = (form) => form.getAttribute("action") + (form.elements["on-behalf"] ? "|on-behalf" : "");
  const idOf = (form, who = person ?? "") => `${DRAFT}|${who}|${nameOf(form)}`;
  const keyOf = (form) => form.querySelector(KEYS);
  const isText = (control) => control.matches("textarea, input:not([type=hidden], [type=radio], [type=checkbox], [type=submit])");

  function controls(form) {
    return [...form.elements].filter(
      (one) => one.name && !one.disabled && !one.matches("button, fieldset, [type=hidden], [type=submit], [data-no-draft], [name^=ticket-]"),
    );
  }

  const texts = (form) => controls(form).filter(isText);
  const isKept = (form) => form instanceof HTMLFormElement && form.getAttribute("method") === "post" && texts(form).length > 0;

  function fieldsOf(form) {
    return controls(form).map((one) => [one.name, one.matches("[type=radio], [type=checkbox]") ? one.value : "", valueOf(one)]);
  }

  const valueOf = (one) => (one.matches("[type=radio], [type=checkbox]") ? one.checked : one.value);

  function keep(form) {
    if (!isKept(form)) return;
    const hasText = texts(form).some((one) => one.value.trim() !== "" && one.value !== one.defaultValue);
    const known = read(place, idOf(form));
    if (!hasText && !known) return;
    if (hasText || texts(form).some((one) => one.value.trim() !== "")) {
      write(place, idOf(form), { at: Date.now(), key: keyOf(form)?.value, fields: fieldsOf(form) });
    } else remove(place, idOf(form));
  }

  function fill(form, draft) {
    for (const one of controls(form)) {
      const value = one.matches("[type=radio], [type=checkbox]") ? one.value : "";
      const kept = draft.fields.find(([name, choice]) => name === one.name && choice === value);
      if (!kept) continue;
      if (one.matches("[type=radio], [type=checkbox]")) one.checked = kept[2];
      else one.value = kept[2];
    }
    if (draft.key && keyOf(form)) keyOf(form).value = draft.key;
    texts(form)[0].dispatchEvent(new Event("input", { bubbles: true }));
  }

  // ---- Offering a draft again.

  function offer(form, draft) {
    const key = keyOf(form)?.value;
    fill(form, draft);
    for (const one of texts(form).filter((each) => each.value.trim() !== "")) {
      const way = one.closest("details");
      if (way) way.open = true;
    }
    if (form.querySelector(".sp-draft-back")) return;
    const line = document.createElement("p");
    line.className = "sp-draft-back";
    line.textContent = `${words.draftBack} `;
    const discard = document.createElement("button");
    discard.type = "button";
    discard.className = "btn btn-link btn-xs";
    discard.textContent = words.discard;
    discard.addEventListener("click", () => {
      form.reset();
      if (key) keyOf(form).value = key;
      line.remove();
      remove(place, idOf(form));
      const first = texts(form)[0];
      first.dispatchEvent(new Event("input", { bubbles: true }));
      first.focus();
    });
    line.append(discard);
    form.prepend(line);
  }

  // A guest who signs in to send what was written takes it along.
  function takeAlong(form) {
    if (!person) return null;
    const id = idOf(form, "");
    const draft = read(session, id);
    remove(session, id);
    return draft && Date.now() - draft.at < SOON_MS ? draft : null;
  }

  const cameBack = () => performance.getEntriesByType("navigation")[0]?.type === "back_forward";

  function restore(form, isFirst) {
    const draft = read(place, idOf(form)) ?? takeAlong(form);
    if (draft) {
      // A page that refuses shows what was typed by itself, with the key to send it again with.
      const isShown = document.querySelector(".alert-danger[data-focus]") && texts(form).some((one) => one.defaultValue.trim() !== "");
      if (isShown) write(place, idOf(form), { ...draft, key: keyOf(form)?.value });
      else offer(form, draft);
    } else if (isFirst && cameBack()) {
      const sent = read(session, `${SENT}|${person ?? ""}|${nameOf(form)}`);
      if (sent && Date.now() - sent.at < SOON_MS) fill(form, sent);
    }
  }

  function restoreAll(isFirst) {
    const forms = [...document.forms].filter(isKept);
    const at = (form) => read(place, idOf(form))?.at ?? 0;
    // Ways to act close each other: the last that was written in stays open.
    for (const form of forms.sort((one, other) => at(one) - at(other))) restore(form, isFirst);
    showLost();
    if (document.querySelector(".sp-draft-back")) document.getElementById("said").textContent = words.draftBack;
  }

  // ---- Drafts of a ticket whose form is no longer there: to copy, or to throw away.

  function lost() {
    const mine = `${DRAFT}|${person ?? ""}|`;
    const here = location.pathname;
    const shown = new Set([...document.forms].filter(isKept).map((form) => idOf(form)));
    const known = document.querySelector("[data-draft-of]")?.dataset.draftOf;
    return idsIn(place, mine).filter((id) => {
      const action = id.slice(mine.length);
      return action.startsWith(`${here}/`) && !action.endsWith("/children") && !shown.has(id) && action !== known;
    });
  }

  function showLost() {
    document.getElementById("lost-drafts")?.remove();
    const ids = lost();
    const main = document.getElementById("main");
    if (!ids.length || !main) return;
    const box = document.createElement("section");
    box.id = "lost-drafts";
    box.className = "sp-not-sent";
    const title = document.createElement("h2");
    title.id = "lost-drafts-title";
    title.textContent = words.notSent;
    box.setAttribute("aria-labelledby", title.id);
    const discard = document.createElement("button");
    discard.type = "button";
    discard.className = "btn btn-outline-primary btn-sm";
    discard.textContent = words.discard;
    discard.addEventListener("click", () => {
      for (const id of ids) remove(place, id);
      box.remove();
      main.focus();
    });
    box.append(title, ...ids.flatMap((id) => read(place, id).fields.filter(([, , value]) => typeof value === "string" && value).map(areaOf)), discard);
    main.append(box);
  }

  function areaOf([, , value]) {
    const area = document.createElement("textarea");
    area.className = "form-control";
    area.readOnly = true;
    area.dir = "auto";
    area.dataset.noDraft = "";
    area.rows = Math.min(12, value.split("\n").length + 1);
    area.value = value;
    area.setAttribute("aria-label", words.notSent);
    return area;
  }

  // ---- What was sent needs no draft. "Back" still finds it, under the same key: sent again it is the same request.

  // The page that follows a form says whether it was sent: only its success ends the draft.
  function noteSent() {
    const id = read(session, SENDING)?.id;
    remove(session, SENDING);
    const draft = id && read(place, id);
    if (!draft || !document.querySelector(".alert-success[data-focus]")) return;
    write(session, id.replace(DRAFT, SENT), { ...draft, at: Date.now() });
    remove(place, id);
  }

  document.addEventListener("input", (event) => keep(event.target.form));
  document.addEventListener("change", (event) => keep(event.target.form));

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.getAttribute("action") === "/logout") {
      for (const where of [place, session]) {
        for (const id of [...idsIn(where, DRAFT), ...idsIn(where, SENT)]) {
          if (where === session || id.startsWith(`${DRAFT}|${person}|`)) remove(where, id);
        }
      }
    } else if (form.getAttribute("method") === "post" && !event.submitter?.matches("[name=show-in]")) write(session, SENDING, { id: idOf(form) });
  });

  document.addEventListener("htmx:after:request", (event) => {
    const form = event.detail.ctx?.sourceElement;
    const status = event.detail.ctx?.response?.status;
    if (!(form instanceof HTMLFormElement) || !status) return;
    remove(session, SENDING);
    const left = form.closest("[data-draft-of]")?.dataset.draftOf;
    if (status < 400) {
      remove(place, left ? `${DRAFT}|${person}|${left}` : idOf(form));
    } else if (![401, 429, 503].includes(status)) {
      // Refused for good: the same key would only bring the same refusal.
      const draft = isKept(form) && read(place, idOf(form));
      if (draft) write(place, idOf(form), { ...draft, key: "" });
    }
  });

  document.addEventListener("htmx:after:swap", (event) => {
    if (event.detail.ctx?.sourceElement?.id !== "live-refresh") restoreAll(false);
  });

  if (!place) return;
  forgetOld();
  noteSent();
  restoreAll(true);
})();
