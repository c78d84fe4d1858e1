import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BUNDLE_FOLDER, ROOT } from "../../dev/build.ts";
import type { VenueOptions } from "../../dev/venue.ts";

/** Each new largest value is logged that is above the one before by so much. */
const GROWTH = 1.01;

/**
 * Makes a copy of the built bundle that takes no longer a value into storage than the limit, as the platform does:
 * a statement with one throws, which fails its flush. It also logs the largest value so far, as `largest_value`.
 * @param folder an empty one, for the copy.
 */
export function limitedProgram(folder: string, valueBytesMax: number): NonNullable<VenueOptions["program"]> {
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(BUNDLE_FOLDER)) {
    const limit = name === "index.js" ? limitingCode(valueBytesMax) : "";
    writeFileSync(join(folder, name), readFileSync(join(BUNDLE_FOLDER, name), "utf8") + limit);
  }
  return { bundleFolder: folder, wranglerFile: join(ROOT, "wrangler.toml") };
}

/** Runs after the product's own module, before any request: every object is one whose storage has the limit. */
function limitingCode(valueBytesMax: number): string {
  return `
const Unlimited = Instrument;
Instrument = class extends Unlimited {
  constructor(ctx, env) {
    limitValues(Object.getPrototypeOf(ctx.storage.sql));
    super(ctx, env);
  }
};
let largest = 0;
let isLimited = false;
function limitValues(prototype) {
  if (isLimited) return;
  isLimited = true;
  const encoder = new TextEncoder();
  const execute = prototype.exec;
  prototype.exec = function (query, ...values) {
    for (const value of values) {
      if (typeof value !== "string" || value.length * 3 <= largest) continue;
      const bytes = encoder.encode(value).length;
      if (bytes > ${valueBytesMax}) throw new Error("a value of " + bytes + " bytes: " + query.slice(0, 60));
      if (bytes <= largest * ${GROWTH}) continue;
      largest = bytes;
      console.log(JSON.stringify({ level: "info", event: "largest_value", bytes }));
    }
    return execute.call(this, query, ...values);
  };
}
`;
}
