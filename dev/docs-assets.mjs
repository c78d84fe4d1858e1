// Puts Swagger UI where the worker takes it in as text. Plain JavaScript: `npm ci` runs it on whatever
// Node there is.
import { copyFileSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const target = new URL("../worker/docs-assets/", import.meta.url);

mkdirSync(target, { recursive: true });
for (const name of ["swagger-ui-bundle.js", "swagger-ui.css"]) {
  copyFileSync(require.resolve(`swagger-ui-dist/${name}`), new URL(`${name}.txt`, target));
}
