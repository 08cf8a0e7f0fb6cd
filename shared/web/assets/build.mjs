// Makes what the pages use of our packages into a folder of static files:
//
//   node build.mjs TARGET      (TARGET must not exist yet; default: ../static/vendor)
//
//   TARGET/bootstrap-italia/bootstrap-italia.css      the rules that our pages use, and the web fonts
//   TARGET/bootstrap-italia/sprites.svg               the icons that our pages use: <use href=".../sprites.svg#it-user">
//   TARGET/bootstrap-italia/fonts/                    the web fonts, served by ourselves
//   TARGET/bootstrap-italia/words.txt                 every word of the package's selectors and every icon (for a test)
//   TARGET/htmx/htmx.min.js, htmx/hx-sse.min.js       parts of pages over HTTP and over event streams
//   TARGET/swagger-ui/                                tries the calls of an API out, in the page that describes it
//
// What the pages use stands in used.txt: a test compares it with the pages and writes it anew (tests/unit/web/used_words.py).
import { createHash } from "node:crypto";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { PurgeCSS } from "purgecss";
import subsetFont from "subset-font";

const here = dirname(fileURLToPath(import.meta.url));
const target = process.argv[2] ?? join(here, "..", "static", "vendor");
const modules = join(here, "node_modules");
const italia = join(modules, "bootstrap-italia", "dist");

const copied = {
  "bootstrap-italia/LICENSE": "bootstrap-italia/LICENSE",
  "bootstrap-italia/dist/fonts/Titillium_Web/OFL.txt": "bootstrap-italia/fonts/titillium-web-OFL.txt",
  "bootstrap-italia/dist/fonts/Roboto_Mono/LICENSE.txt": "bootstrap-italia/fonts/roboto-mono-LICENSE.txt",
  "htmx.org/dist/htmx.min.js": "htmx/htmx.min.js",
  "htmx.org/dist/ext/hx-sse.min.js": "htmx/hx-sse.min.js",
  "htmx.org/LICENSE": "htmx/LICENSE",
  "swagger-ui-dist/swagger-ui.css": "swagger-ui/swagger-ui.css",
  "swagger-ui-dist/swagger-ui-bundle.js": "swagger-ui/swagger-ui-bundle.js",
  "swagger-ui-dist/swagger-ui-bundle.js.LICENSE.txt": "swagger-ui/swagger-ui-bundle-LICENSE.txt",
  "swagger-ui-dist/LICENSE": "swagger-ui/LICENSE",
};

const fonts = [
  { family: "Titillium Web", weight: 300, file: "Titillium_Web/titillium-web-v10-latin-ext_latin-300.woff2" },
  { family: "Titillium Web", weight: 400, file: "Titillium_Web/titillium-web-v10-latin-ext_latin-regular.woff2" },
  { family: "Titillium Web", weight: 600, file: "Titillium_Web/titillium-web-v10-latin-ext_latin-600.woff2" },
  { family: "Titillium Web", weight: 700, file: "Titillium_Web/titillium-web-v10-latin-ext_latin-700.woff2" },
  { family: "Roboto Mono", weight: 400, file: "Roboto_Mono/roboto-mono-v13-latin-ext_latin-regular.woff2" },
];
// Italian and English need the first part only; the second has the other European names, and is asked for by pages that have such letters.
const parts = {
  "": [[0x20, 0x7e], [0xa0, 0xff], [0x2010, 0x2026], [0x2030, 0x203a], [0x20ac, 0x20ac], [0x2122, 0x2122], [0x2190, 0x2193], [0x2212, 0x2212]],
  "-more": [[0x100, 0x24f], [0x1e00, 0x1eff], [0x20a0, 0x20ab], [0x20ad, 0x20bf]],
};
const lettersOf = (ranges) =>
  ranges.map(([first, last]) => String.fromCodePoint(...Array.from({ length: last - first + 1 }, (_, n) => first + n))).join("");
const unicodeRange = (ranges) => ranges.map(([first, last]) => `U+${first.toString(16)}-${last.toString(16)}`).join(", ");

// Until the web font is there, Arial takes the same room: its width over a sentence in both, and the font's own height.
const fallback = `@font-face {
  font-family: "Titillium Web Fallback";
  src: local("Arial"), local("Liberation Sans"), local("Helvetica"), local("Roboto");
  size-adjust: 93.5%;
  ascent-override: 121.1%;
  descent-override: 41.5%;
  line-gap-override: 0%;
}
`;

async function write(destination, content) {
  const path = join(target, destination);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}

async function copy(source, destination) {
  const path = join(target, destination);
  await mkdir(dirname(path), { recursive: true });
  await copyFile(join(modules, source), path);
}

// The program serves each file also under a name with a piece of its hash, which browsers keep for good.
async function writeFont({ family, weight, file }) {
  const whole = await readFile(join(italia, "fonts", file));
  const faces = [];
  for (const [part, ranges] of Object.entries(parts)) {
    const font = await subsetFont(whole, lettersOf(ranges), { targetFormat: "woff2" });
    const name = `${family.toLowerCase().replace(" ", "-")}-${weight}${part}`;
    await write(`bootstrap-italia/fonts/${name}.woff2`, font);
    const piece = createHash("sha256").update(font).digest("hex").slice(0, 12);
    faces.push(`@font-face {
  font-family: "${family}";
  font-weight: ${weight};
  font-display: swap;
  src: url("fonts/${name}.${piece}.woff2") format("woff2");
  unicode-range: ${unicodeRange(ranges)};
}
`);
  }
  return faces.join("");
}

function wordsOfSelectors(css) {
  const selectors = css.replace(/\/\*[^]*?\*\//g, "").match(/[^{};]+(?=\{)/g);
  return selectors.filter((each) => !each.trim().startsWith("@")).flatMap((each) => each.match(/[A-Za-z_][\w-]*/g) ?? []);
}

const whole = (await readFile(join(italia, "css", "bootstrap-italia.min.css"), "utf8")).replace(/^\ufeff/, "");
const sprites = await readFile(join(italia, "svg", "sprites.svg"), "utf8");
const symbols = new Map([...sprites.matchAll(/<symbol id="([^"]+)"[^]*?<\/symbol>/g)].map(([symbol, id]) => [id, symbol]));
const used = (await readFile(join(here, "used.txt"), "utf8")).split("\n").filter(Boolean);

const [{ css }] = await new PurgeCSS().purge({
  content: [{ raw: used.join(" "), extension: "html" }],
  css: [{ raw: whole }],
  keyframes: true,
});
const faces = [];
for (const font of fonts) faces.push(await writeFont(font));
const withFallback = css.replaceAll(/"Titillium Web", ?/g, '"Titillium Web","Titillium Web Fallback",');
await write("bootstrap-italia/bootstrap-italia.css", faces.join("") + fallback + withFallback);

const drawn = used.filter((word) => symbols.has(word)).map((word) => symbols.get(word));
await write("bootstrap-italia/sprites.svg", `<svg xmlns="http://www.w3.org/2000/svg">${drawn.join("")}</svg>\n`);
await write("bootstrap-italia/words.txt", `${[...new Set([...wordsOfSelectors(whole), ...symbols.keys()])].sort().join("\n")}\n`);
for (const [source, destination] of Object.entries(copied)) await copy(source, destination);
