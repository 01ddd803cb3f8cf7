// Builds static/dist from the NL Design System packages and the sources in this folder.
// Only developers need this: the output is in git and bit-identical for the same package-lock.json.
//   node build.mjs        build and report
//   node build.mjs -v     also list the tokens that nothing gives a value
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { browserslistToTargets, transform } from "lightningcss";
import { contrastReport, ramps } from "./color.mjs";

const SOURCE = fileURLToPath(new URL("./", import.meta.url));
const PACKAGES = SOURCE + "node_modules/";
const OUTPUT = fileURLToPath(new URL("../dist/", import.meta.url));
const DEFAULT_THEME = "de-waarden";
const EXAMPLE_TOKENS = "@nl-design-system-unstable/voorbeeld-design-tokens";
const FONT = "@fontsource-variable/source-sans-3";
const ICONS = "@tabler/icons";
/** In this order, because each names the version of those it imports. */
const MODULES = ["page.js", "session.js", "saving.js", "screening.js", "uploads.js", "field.js", "field-worker.js", "portal.js"];
const BROWSERS = ["chrome 111", "firefox 113", "safari 16.4", "edge 111", "ios_saf 16.4"];

const CANDIDATE = [
  "button",
  "heading",
  "link",
  "paragraph",
  "skip-link",
  "data-badge",
  "number-badge",
  "mark",
  "code",
];
const UTRECHT = [
  ...["root", "body", "page-layout", "page-header", "page-footer", "nav-bar", "breadcrumb-nav"],
  ...["form-field", "form-field-description", "form-field-error-message", "form-label", "form-fieldset"],
  ...["textbox", "textarea", "select", "checkbox", "custom-checkbox", "radio-button", "alert", "accordion"],
  ...["table", "data-list", "link-list", "ordered-list", "unordered-list", "separator", "pagination"],
  "action-group",
];

const FONT_RANGES = {
  latin:
    "U+0000-00FF,U+0131,U+0152-0153,U+02BB-02BC,U+02C6,U+02DA,U+02DC,U+0304,U+0308,U+0329,U+2000-206F,U+20AC," +
    "U+2122,U+2191,U+2193,U+2212,U+2215,U+FEFF,U+FFFD",
  "latin-ext":
    "U+0100-02BA,U+02BD-02C5,U+02C7-02CC,U+02CE-02D7,U+02DD-02FF,U+1D00-1DBF,U+1E00-1E9F,U+1EF2-1EFF,U+2020," +
    "U+20A0-20AB,U+20AD-20C0,U+2113",
};

const read = (path) => readFileSync(path, "utf8");
const packageFile = (name, path) => read(`${PACKAGES}${name}/${path}`);
const minify = (code, filename) =>
  transform({
    filename,
    code: Buffer.from(code),
    minify: true,
    targets: browserslistToTargets(BROWSERS),
    // The packages hold a few declarations that are not valid CSS; browsers skip those, so may we.
    errorRecovery: true,
  }).code;

const componentPackages = [
  ...CANDIDATE.map((name) => [`@nl-design-system-candidate/${name}-css`, `dist/${name}.css`]),
  ...UTRECHT.map((name) => [`@utrecht/${name}-css`, "dist/index.min.css"]),
];

const themes = Object.fromEntries(
  readdirSync(SOURCE + "themes")
    .sort()
    .map((file) => [file.replace(".json", ""), JSON.parse(read(`${SOURCE}themes/${file}`))]),
);

/** Declarations of custom properties, one per line: [[name, value]]. */
function customProperties(css) {
  return [...css.matchAll(/^\s*(--[\w-]+):\s*(.+?);/gm)].map(([, name, value]) => [
    name,
    // "None" is how the design tool exports an absent value; CSS wants it in lower case.
    value
      .replace(/\/\*.*?\*\//g, "")
      .trim()
      .replace(/^None$/, "none"),
  ]);
}

const references = (css) => [...css.matchAll(/var\(\s*(--[\w-]+)/g)].map((match) => match[1]);

/** Follows var() from the component CSS, so that only tokens somebody uses are shipped. */
function reachable(css, declared) {
  const used = new Set();
  const missing = new Set();
  const queue = references(css);
  while (queue.length) {
    const name = queue.pop();
    if (used.has(name) || missing.has(name)) continue;
    if (!declared.has(name)) {
      missing.add(name);
      continue;
    }
    used.add(name);
    queue.push(...references(declared.get(name)));
  }
  return { used, missing };
}

function themeCss({ light, dark }, used) {
  const declarations = (tokens) =>
    Object.entries(tokens)
      .filter(([name]) => used.has(name))
      .map(([name, value]) => `${name}:${value};`)
      .join("");
  return (
    `:root{color-scheme:light;${declarations(light)}}` +
    `@media (prefers-color-scheme:dark){:root:not([data-scheme=light]){color-scheme:dark;${declarations(dark)}}}` +
    `:root[data-scheme=dark]{color-scheme:dark;${declarations(dark)}}`
  );
}

function writeFonts() {
  return Object.entries(FONT_RANGES)
    .map(([subset, range]) => {
      const file = `source-sans-3-${subset}-wght-normal.woff2`;
      copyFileSync(`${PACKAGES}${FONT}/files/${file}`, `${OUTPUT}fonts/${file}`);
      return (
        `@font-face{font-family:"Source Sans 3 Variable";font-style:normal;font-display:swap;font-weight:200 900;` +
        `src:url(fonts/${file}) format("woff2");unicode-range:${range}}`
      );
    })
    .join("");
}

function writeStyles() {
  const vendor = componentPackages
    .map(([name, file]) => packageFile(name, file).replace(/\/\*# sourceMappingURL.*?\*\//g, ""))
    .join("\n");
  const portal = read(SOURCE + "portal.css");
  const declared = new Map([
    ...customProperties(packageFile(EXAMPLE_TOKENS, "dist/theme.css")),
    ...customProperties(read(SOURCE + "tokens.css")),
    ...Object.entries(ramps(themes[DEFAULT_THEME]).light),
  ]);
  const { used, missing } = reachable(vendor + portal, declared);
  const tokens = [...declared].filter(([name]) => used.has(name)).map(([name, value]) => `${name}:${value};`);
  const css =
    `@layer tokens,nlds,portal;${writeFonts()}@layer tokens{:root{${tokens.join("")}}}` +
    `@layer nlds{${vendor}}@layer portal{${portal}}`;
  writeFileSync(OUTPUT + "portal.css", minify(css, "portal.css"));
  console.log(`tokens: ${used.size} of ${declared.size} used, ${missing.size} without a value`);
  if (process.argv.includes("-v"))
    console.log(
      [...missing]
        .filter((n) => !n.startsWith("--_"))
        .sort()
        .join("\n"),
    );
  return used;
}

function writeThemes(used) {
  for (const [name, theme] of Object.entries(themes)) {
    const themeRamps = ramps(theme);
    const { checked, failures } = contrastReport(themeRamps);
    console.log(`theme ${name}: ${checked - failures.length} of ${checked} contrasts are enough`);
    if (failures.length) {
      console.error(failures.join("\n"));
      process.exitCode = 1;
    }
    writeFileSync(`${OUTPUT}theme-${name}.css`, minify(themeCss(themeRamps, used), `${name}.css`));
  }
}

function writeIcons() {
  const names = read(SOURCE + "icons.txt")
    .split(/\s+/)
    .filter(Boolean)
    .sort();
  const symbols = names.map((name) => {
    const drawing = packageFile(ICONS, `icons/outline/${name}.svg`)
      .replace(/<!--[\s\S]*?-->/g, "")
      .replace(/^[\s\S]*?<svg[^>]*>/, "")
      .replace(/<\/svg>\s*$/, "")
      .replace(/\s+/g, " ")
      .trim();
    return (
      `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" ` +
      `stroke-linecap="round" stroke-linejoin="round">${drawing}</symbol>`
    );
  });
  writeFileSync(
    OUTPUT + "icons.svg",
    `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("\n")}</svg>\n`,
  );
}

/** The modules of the page. One that is imported gets its version in the address, as the server gives the first. */
function writeScripts() {
  const addresses = {};
  for (const name of MODULES) {
    const code = read(SOURCE + name).replace(
      /"\.\/([\w-]+\.js)"/g,
      (_, imported) => `"./${imported}?v=${addresses[imported]}"`,
    );
    addresses[name] = createHash("sha256").update(code).digest("hex").slice(0, 8);
    writeFileSync(OUTPUT + name, code);
  }
}

/** The picture of the installed checklist. */
function writePicture() {
  copyFileSync(SOURCE + "field.svg", OUTPUT + "field.svg");
}

function writeLicences() {
  const names = [...new Set([...componentPackages.map(([name]) => name), EXAMPLE_TOKENS, FONT, ICONS])];
  const lines = names.map((name) => {
    const { version, license, repository } = JSON.parse(packageFile(name, "package.json"));
    const source = (repository?.url ?? "")
      .replace(/^git\+/, "")
      .replace(/^git@github\.com:/, "https://github.com/");
    return `${name} ${version} | ${license} | ${source}`;
  });
  const text = [
    "De bestanden in deze map zijn gebouwd uit eigen broncode (EUPL-1.2) en uit deze pakketten:",
    "",
    ...lines,
    "",
    "De tekst van de EUPL-1.2 staat in LICENSE in de hoofdmap.",
    ...[FONT, ICONS].flatMap((name) => ["", "-".repeat(78), name, "", packageFile(name, "LICENSE").trim()]),
    "",
  ];
  writeFileSync(OUTPUT + "LICENTIES.txt", text.join("\n"));
}

function report(folder = OUTPUT) {
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) =>
    a.name < b.name ? -1 : 1,
  )) {
    if (entry.isDirectory()) {
      report(`${folder}${entry.name}/`);
      continue;
    }
    const bytes = readFileSync(folder + entry.name);
    console.log(entry.name, bytes.length, createHash("sha256").update(bytes).digest("hex").slice(0, 12));
  }
}

rmSync(OUTPUT, { recursive: true, force: true });
mkdirSync(OUTPUT + "fonts", { recursive: true });
const usedTokens = writeStyles();
writeThemes(usedTokens);
writeIcons();
writeScripts();
writePicture();
writeLicences();
report();
