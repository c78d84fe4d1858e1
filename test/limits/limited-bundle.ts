import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BUNDLE_FOLDER, ROOT } from "../../host/build.ts";
import type { VenueOptions } from "../../host/venue.ts";

/** A new largest value is logged if it exceeds the previous one by this factor. */
const GROWTH = 1.01;

/**
 * Copies the built bundle with a limit on values in storage, as the platform has one: a statement with a
 * longer value throws, which fails its flush. The copy also logs the largest value so far, as
 * `largest_value`.
 * @param folder an empty folder for the copy.
 */
export function limitedProgram(folder: string, valueBytesMax: number): NonNullable<VenueOptions["program"]> {
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(BUNDLE_FOLDER)) {
    const limit = name === "index.js" ? limitingCode(valueBytesMax) : "";
    writeFileSync(join(folder, name), readFileSync(join(BUNDLE_FOLDER, name), "utf8") + limit);
  }
  return { bundleFolder: folder, wranglerFile: join(ROOT, "wrangler.toml") };
}

/** Runs after the product's own module, before any request. The storage of every object has the limit. */
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
