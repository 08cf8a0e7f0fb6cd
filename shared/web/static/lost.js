// Drafts whose form is not on the page: each says for what it was written and leads there, to be copied or thrown away.
"use strict";

(() => {
  const { DRAFT, person, place, read, remove, idsIn } = window.sportelloKept;
  const words = document.body.dataset;
  const mine = `${DRAFT}|${person ?? ""}|`;
  const addressOf = (id) => id.slice(mine.length).split("|")[0];

  function made(kind, className, ...content) {
    const element = document.createElement(kind);
    element.className = className;
    element.append(...content);
    return element;
  }

  function lost(shown) {
    const known = document.querySelector("[data-draft-of]")?.dataset.draftOf;
    return idsIn(place, mine).sort().filter((id) => {
      const address = addressOf(id);
      return address.startsWith(`${location.pathname}/`) && !address.endsWith("/children") && !shown.includes(id) && address !== known;
    });
  }

  // What the draft was for: an action on a ticket, whose page is one step above, or a form of its own.
  function purposeOf(address) {
    const [, page, number, action] = address.match(/^(.*\/(\d+))\/([a-z-]+)$/) ?? [];
    if (!page) {
      const link = made("a", "", document.querySelector(`#main a[href="${CSS.escape(address)}"]`)?.textContent.trim() || address);
      link.href = address;
      return [link];
    }
    const names = JSON.parse(words.actions || "{}");
    const name = names[page.startsWith("/my/") ? `my-${action}` : action] ?? "";
    const ticket = made("a", "", `${words.ticket} `, made("span", "sp-number", number));
    ticket.href = page;
    return [...(name ? [`${name} · `] : []), ticket];
  }

  function areaOf(value, label) {
    const area = made("textarea", "form-control");
    area.readOnly = true;
    area.dir = "auto";
    area.dataset.noDraft = "";
    area.rows = Math.min(12, value.split("\n").length + 1);
    area.value = value;
    area.setAttribute("aria-label", label);
    return area;
  }

  function draftBox(id) {
    const purpose = made("p", "sp-lost-purpose", ...purposeOf(addressOf(id)));
    const texts = read(place, id).fields.map(([, , value]) => value).filter((value) => typeof value === "string" && value);
    return made("div", "sp-lost", purpose, ...texts.map((value) => areaOf(value, purpose.textContent)), discardButton(id, purpose.textContent));
  }

  function discardButton(id, purpose) {
    const button = made("button", "btn btn-outline-primary btn-sm", words.discard, made("span", "visually-hidden", ` (${purpose})`));
    button.type = "button";
    button.addEventListener("click", () => {
      remove(place, id);
      const box = document.getElementById("lost-drafts");
      button.closest(".sp-lost").remove();
      const next = box.querySelector("button");
      if (!next) box.remove();
      (next ?? document.getElementById("main")).focus();
    });
    return button;
  }

  document.addEventListener("sportello:drafts", ({ detail }) => {
    document.getElementById("lost-drafts")?.remove();
    const ids = lost(detail);
    const main = document.getElementById("main");
    if (!ids.length || !main) return;
    const title = made("h2", "", words.notSent);
    title.id = "lost-drafts-title";
    const box = made("section", "sp-not-sent", title, ...ids.map(draftBox));
    box.id = "lost-drafts";
    box.setAttribute("aria-labelledby", title.id);
    main.append(box);
  });
})();
