// Says what is missing before `npm start` and `npm test` fail over it. Plain JavaScript: without the scripts of the
// packages there is only whatever Node the machine has.
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
    "The packages were installed without their scripts, which bring the Node that this project runs on. " +
      "Run: npm ci --ignore-scripts=false",
  );
  process.exitCode = 1;
}
