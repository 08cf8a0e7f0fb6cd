// Copies what the pages use from node_modules into a folder of static files:
//
//   node build.mjs TARGET      (TARGET must not exist yet; default: ../static/vendor)
//
//   TARGET/bootstrap-italia/bootstrap-italia.min.css         the style sheet, without web fonts
//   TARGET/bootstrap-italia/sprites.svg                      the icons: <use href=".../sprites.svg#it-user">
//   TARGET/bootstrap-italia/fonts.css, fonts/                the web fonts, served by ourselves
//   TARGET/htmx/htmx.min.js, htmx/hx-sse.min.js              parts of pages over HTTP and over event streams
import { copyFile, mkdir, readdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const target = process.argv[2] ?? join(here, "..", "static", "vendor");
const modules = join(here, "node_modules");

const files = {
  "bootstrap-italia/dist/css/bootstrap-italia.min.css": "bootstrap-italia/bootstrap-italia.min.css",
  "bootstrap-italia/dist/svg/sprites.svg": "bootstrap-italia/sprites.svg",
  "bootstrap-italia/LICENSE": "bootstrap-italia/LICENSE",
  "htmx.org/dist/htmx.min.js": "htmx/htmx.min.js",
  "htmx.org/dist/ext/hx-sse.min.js": "htmx/hx-sse.min.js",
  "htmx.org/LICENSE": "htmx/LICENSE",
};

// The package loads its fonts with a script; a style sheet of our own shows them without JavaScript too.
const families = { Titillium_Web: "Titillium Web", Lora: "Lora", Roboto_Mono: "Roboto Mono" };

async function copy(source, destination) {
  const path = join(target, destination);
  await mkdir(dirname(path), { recursive: true });
  await copyFile(join(modules, source), path);
}

function fontFace(family, folder, file) {
  const [, weight, italic] = /-(\d+|regular)?(italic)?\.woff2$/.exec(file);
  return `@font-face {
  font-family: "${family}";
  font-style: ${italic ? "italic" : "normal"};
  font-weight: ${weight && weight !== "regular" ? weight : 400};
  font-display: swap;
  src: url("fonts/${folder}/${file}") format("woff2");
}
`;
}

async function copyFonts() {
  const rules = [];
  for (const [folder, family] of Object.entries(families)) {
    const source = `bootstrap-italia/dist/fonts/${folder}`;
    for (const file of (await readdir(join(modules, source))).sort()) {
      if (file.endsWith(".txt")) await copy(`${source}/${file}`, `bootstrap-italia/fonts/${folder}/${file}`);
      if (!file.endsWith(".woff2")) continue;
      await copy(`${source}/${file}`, `bootstrap-italia/fonts/${folder}/${file}`);
      rules.push(fontFace(family, folder, file));
    }
  }
  await writeFile(join(target, "bootstrap-italia", "fonts.css"), rules.join("\n"));
}

for (const [source, destination] of Object.entries(files)) await copy(source, destination);
await copyFonts();
