// Builds the pages' look into ../static: app.css (sass), app.js (esbuild), icon.svg.
import { build } from "esbuild";
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { compile } from "sass";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const FORBIDDEN = /GDS Transport|govuk-crest|crown|light-[0-9a-f]+-v2\.woff/i;

const { css } = compile(here("src/app.scss"), {
  loadPaths: [here("node_modules")],
  style: "compressed",
  quietDeps: true,
});
if (FORBIDDEN.test(css)) throw new Error("the style sheet carries a mark of GOV.UK");

await rm(here("../static"), { recursive: true, force: true });
await mkdir(here("../static"), { recursive: true });
await writeFile(here("../static/app.css"), css);
await build({
  entryPoints: [here("src/app.js")],
  outfile: here("../static/app.js"),
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  legalComments: "none",
});
await cp(here("src/icon.svg"), here("../static/icon.svg"));

if (FORBIDDEN.test(await readFile(here("../static/app.js"), "utf8"))) throw new Error("the script carries a mark of GOV.UK");
