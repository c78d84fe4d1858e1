// Prints what is missing before `npm start` and `npm test` fail because of it. Plain JavaScript: without the packages'
// install scripts, any version of Node may run it.
import { existsSync } from "node:fs";

const has = (path) => existsSync(new URL(`../${path}`, import.meta.url));

if (!has("node_modules")) {
  console.error("The packages are not installed. Run: npm ci");
  process.exitCode = 1;
} else if (
  !(has("node_modules/node/bin/node") || has("node_modules/node/bin/node.exe")) ||
  !has("worker/docs-assets/swagger-ui.css.txt")
) {
  console.error(
    "The packages were installed without their scripts, which provide the Node of this project. " +
      "Run: npm ci --ignore-scripts=false",
  );
  process.exitCode = 1;
}
