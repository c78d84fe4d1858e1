import { readFileSync } from "node:fs";
import { runBookScript, SCRIPT_RULES } from "../support/book-script.ts";
import { runSeed } from "../support/differential.ts";
import { FUZZ_PROFILES } from "../support/fuzz-profiles.ts";
import { EngineBook } from "../support/test-book.ts";

const LINES = readFileSync("docs/MATCHING.md", "utf8").split("\n");

/** Checks everything about the engine that takes about a second. @throws if anything is wrong. */
export function runQuickSuite(commandsPerProfile: number, seed: number): void {
  runTables();
  runMisuse();
  // The last profiles have every feature, and detect the most.
  for (let profile = FUZZ_PROFILES.length - 1; profile >= 0; profile--)
    runSeed(seed * FUZZ_PROFILES.length + profile, commandsPerProfile, 8);
}

function runTables(): void {
  for (const [index, line] of LINES.entries()) {
    if (!/^\| command /.test(line)) continue;
    const length = LINES.slice(index).findIndex((each) => !each.startsWith("|"));
    const table = LINES.slice(index, index + length).join("\n");
    const { expected, actual } = runBookScript(table, (rules) => new EngineBook(rules));
    if (actual !== expected) throw new Error(`the table of line ${index + 1} differs`);
  }
}

/** Checks that commands that only a faulty shell sends are rejected. */
function runMisuse(): void {
  const book = new EngineBook(SCRIPT_RULES);
  const at = (timeMs: number) => ({ kind: "cancel_all", timeMs, client: 1 }) as never;
  const place = {
    kind: "place_limit",
    timeMs: 9,
    client: 1,
    side: 0,
    priceTicks: 9,
    quantityLots: 3,
  } as never;
  book.apply(place);
  let hasThrown = false;
  try {
    book.apply(at(8));
  } catch {
    hasThrown = true;
  }
  if (!hasThrown) throw new Error("time went back without an error");
}
