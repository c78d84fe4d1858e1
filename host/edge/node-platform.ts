import { timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Platform } from "../../worker/http/platform.ts";
import { ROOT } from "../build.ts";

/** What the application needs of Node. */
export function nodePlatform(): Platform {
  const asset = (name: string) => readFileSync(join(ROOT, "worker", "docs-assets", `${name}.txt`), "utf8");
  return {
    isEqual: (one, other) => timingSafeEqual(new Uint8Array(one), new Uint8Array(other)),
    docsAssets: { script: asset("swagger-ui-bundle.js"), style: asset("swagger-ui.css") },
  };
}
