// Tries the calls of an API out, in the page that describes it. Swagger UI is heavy, so it comes only when it is asked for.
"use strict";

(() => {
  const room = document.getElementById("try-it");
  const button = room?.querySelector("button");
  if (!button) return;
  const { document: about, script, sheet } = room.dataset;

  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const followScreen = () => document.documentElement.classList.toggle("dark-mode", dark.matches);

  function begin() {
    button.remove();
    followScreen();
    dark.addEventListener("change", followScreen);
    window.SwaggerUIBundle({
      url: about,
      domNode: room.appendChild(document.createElement("div")),
      layout: "BaseLayout",
      tryItOutEnabled: true,
      defaultModelsExpandDepth: -1,
      docExpansion: "list",
      // Nothing is asked of other machines.
      validatorUrl: null,
    });
  }

  button.hidden = false;
  button.addEventListener("click", () => {
    button.disabled = true;
    const style = Object.assign(document.createElement("link"), { rel: "stylesheet", href: sheet });
    const program = Object.assign(document.createElement("script"), { src: script });
    program.addEventListener("load", begin);
    program.addEventListener("error", () => {
      button.disabled = false;
    });
    document.head.append(style, program);
  });
})();
