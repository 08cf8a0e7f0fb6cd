// Drafts: what is typed into a form is kept in this browser until it was sent, per person and form, and offered again after a reload, a
// crash or a sign-in. Signing out removes the drafts of that person; a guest's last as long as the tab.
"use strict";

(() => {
  const SOON_MS = 30 * 60 * 1000;
  const SENDING = "sportello.sending";
  const KEYS = "input[name=command_id], input[name=idempotency-key]";
  const { DRAFT, SENT, person, place, session, read, write, remove, idsIn, forgetOld } = window.sportelloKept;
  const words = document.body.dataset;

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

  // Forms whose place the answer takes: a field that goes with its form tells that it was changed, and has nothing new in it.
  const answered = new WeakSet();

  function keep(form) {
    if (!isKept(form) || answered.has(form)) return;
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

  // The keys that the page brought: that of a draft is used up when another window sends it.
  const ownKeys = new WeakMap();

  function offer(form, draft) {
    const key = keyOf(form)?.value;
    ownKeys.set(form, key);
    fill(form, draft);
    for (const one of texts(form).filter((each) => each.value.trim() !== "")) {
      const way = one.closest("details");
      if (way) way.open = true;
    }
    if (form.querySelector(".sp-draft-back")) return;
    const line = made("p", "sp-draft-back", `${words.draftBack} `);
    const discard = made("button", "btn btn-link btn-xs", words.discard);
    discard.type = "button";
    discard.addEventListener("click", () => {
      empty(form, key);
      texts(form)[0].focus();
    });
    line.append(discard);
    form.prepend(line);
  }

  function empty(form, key) {
    form.reset();
    if (key) keyOf(form).value = key;
    form.querySelector(".sp-draft-back")?.remove();
    remove(place, idOf(form));
    texts(form)[0].dispatchEvent(new Event("input", { bubbles: true }));
  }

  // A form that is folded away says that it holds a draft.
  function sign(form) {
    if (!isKept(form)) return;
    const isThere = read(place, idOf(form)) !== null;
    const ways = new Set(texts(form).map((one) => one.closest("details")).filter(Boolean));
    for (const way of ways) {
      const holds = isThere && texts(form).some((one) => way.contains(one) && one.value.trim() !== "");
      const summary = way.querySelector(":scope > summary");
      const known = summary.querySelector(".sp-draft-sign");
      if (holds && !known) summary.append(made("span", "sp-draft-sign", words.draft));
      else if (!holds) known?.remove();
    }
  }

  function made(kind, className, text) {
    const element = document.createElement(kind);
    element.className = className;
    element.textContent = text;
    return element;
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

  // A page that refuses is the answer to what was sent: going back or reloading would ask for that again, with the old values. So it
  // takes the address of its form, where the draft is found.
  function takeAddress(form) {
    const page = form.dataset.page;
    if (page && document.querySelector(".alert-danger[data-focus]") && read(place, idOf(form))) history.replaceState(history.state, "", page);
  }

  function restore(form, isFirst) {
    const draft = read(place, idOf(form)) ?? takeAlong(form);
    if (draft) {
      // A page that refuses shows what was typed by itself, with the key to send it again with.
      const isShown = document.querySelector(".alert-danger[data-focus]") && texts(form).some((one) => one.defaultValue.trim() !== "");
      if (isShown) write(place, idOf(form), { ...draft, key: keyOf(form)?.value });
      else offer(form, draft);
      takeAddress(form);
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
    document.dispatchEvent(new CustomEvent("sportello:drafts", { detail: [...document.forms].filter(isKept).map((form) => idOf(form)) }));
    if (document.querySelector(".sp-draft-back")) document.getElementById("said").textContent = words.draftBack;
  }

  // ---- What was sent needs no draft. "Back" still finds it, under the same key: sent again it is the same request.

  // The page that follows a form says whether it was sent: only its success ends the draft.
  function noteSent() {
    const id = read(session, SENDING)?.id;
    remove(session, SENDING);
    const draft = id && read(place, id);
    if (!draft || !document.querySelector(".alert-success[data-focus]")) return;
    write(session, id.replace(DRAFT, SENT), { ...draft, at: Date.now() });
    forget(id, draft.fields);
  }

  // The other windows of the same person have the draft in their forms, too.
  const windows = window.BroadcastChannel ? new BroadcastChannel("sportello.sent") : null;

  function forget(id, fields) {
    remove(place, id);
    if (person) windows?.postMessage({ id, fields: JSON.stringify(fields) });
  }

  windows?.addEventListener("message", ({ data }) => {
    for (const form of [...document.forms].filter((each) => isKept(each) && idOf(each) === data.id)) {
      const key = ownKeys.get(form);
      if (JSON.stringify(fieldsOf(form)) === data.fields) empty(form, key);
      else if (key) keyOf(form).value = key;
    }
  });

  // What was sent may have been added to while the answer was awaited: that stays, as another text.
  const sending = new WeakMap();

  function settle(form) {
    const id = idOf(form);
    const draft = read(place, id);
    answered.add(form);
    if (!draft || JSON.stringify(draft.fields) === sending.get(form)) forget(id, JSON.parse(sending.get(form) ?? "[]"));
    else write(place, id, { ...draft, key: "" });
  }

  for (const kind of ["input", "change"]) {
    document.addEventListener(kind, ({ target }) => {
      keep(target.form);
      sign(target.form);
    });
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.getAttribute("action") === "/logout") {
      for (const where of [place, session]) {
        for (const id of [...idsIn(where, DRAFT), ...idsIn(where, SENT)]) {
          if (where === session || id.startsWith(`${DRAFT}|${person}|`)) remove(where, id);
        }
      }
    } else if (form.getAttribute("method") === "post" && !event.submitter?.matches("[name=show-in]")) {
      write(session, SENDING, { id: idOf(form) });
      sending.set(form, JSON.stringify(fieldsOf(form)));
    }
  });

  document.addEventListener("htmx:after:request", (event) => {
    const form = event.detail.ctx?.sourceElement;
    const status = event.detail.ctx?.response?.status;
    if (!(form instanceof HTMLFormElement) || !status) return;
    remove(session, SENDING);
    // Whoever answered in our place does not know what became of it: sent again, it is the same request.
    if (!window.sportelloAnswers.isOurs(event.detail.ctx)) return;
    const left = form.closest("[data-draft-of]")?.dataset.draftOf;
    if (status < 400) {
      if (left) remove(place, `${DRAFT}|${person}|${left}`);
      else settle(form);
    } else if (![401, 429, 503].includes(status)) {
      // Refused for good: the same key would only bring the same refusal.
      const draft = isKept(form) && read(place, idOf(form));
      if (draft) write(place, idOf(form), { ...draft, key: "" });
    }
  });

  // Heard last: a swap that was prevented leaves the form where it is.
  window.addEventListener("htmx:before:swap", (event) => {
    const form = event.detail.ctx?.sourceElement;
    if (form instanceof HTMLFormElement && !event.defaultPrevented) answered.add(form);
  });

  document.addEventListener("htmx:after:swap", (event) => {
    if (!window.sportelloAnswers.isByItself(event.detail.ctx)) restoreAll(false);
    for (const form of document.forms) sign(form);
  });

  if (!place) return;
  forgetOld();
  noteSent();
  restoreAll(true);
  for (const form of document.forms) sign(form);
})();
