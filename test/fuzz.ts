/**
 * Runs random commands on the engine's book and the naive one.
 *
 *   npm run fuzz                              until it fails or is interrupted
 *   npm run fuzz -- --commands 10000000       a number of commands
 *   npm run fuzz -- --seed 7 --commands 345   repeats a run
 *
 * Runs consist of rounds, each with new books, the next seed and the market that goes with it. Exits with 1
 * if anything is wrong, after printing how to repeat it and a shortened list of commands.
 */
import { readCommandLine } from "../host/tools/command-line.ts";
import { FuzzFailure, profileOf, runSeed } from "./support/differential.ts";
import { shrink } from "./support/shrink.ts";
import { Sometimes } from "./support/sometimes.ts";

const ROUND_COMMANDS = 10_000;
const HASH_EVERY = 64;
const PROGRESS_MS = 1_000;
const SHRINK_MS = 60_000;
const SHOWN_COMMANDS = 40;

const { values } = readCommandLine({
  name: "npm run fuzz",
  about: "Random commands on the engine's book and the naive one, until something differs.",
  options: {
    seed: { type: "string", value: "N", help: "makes the same commands again" },
    commands: { type: "string", value: "N", help: "how many commands; default: no end" },
  },
});
const firstSeed = wholeNumber("seed", values.seed) ?? Date.now() % 1_000_000_000;
const wanted = wholeNumber("commands", values.commands) ?? Number.POSITIVE_INFINITY;

const sometimes = new Sometimes();
const startMs = performance.now();
let done = 0;
let lastProgressMs = startMs;

process.on("SIGINT", () => finish(130));
console.log(
  `fuzz: seed ${firstSeed}, ${wanted === Number.POSITIVE_INFINITY ? "open-ended" : `${wanted} commands`}`,
);
nextRound(firstSeed);

/** Runs one round, then the next one from the event loop, so that an interrupt is handled. */
function nextRound(seed: number): void {
  if (done >= wanted) finish(0);
  const commandCount = Math.min(ROUND_COMMANDS, wanted - done);
  try {
    sometimes.add(runSeed(seed, commandCount, HASH_EVERY));
  } catch (error) {
    if (!(error instanceof FuzzFailure)) throw error;
    fail(error);
  }
  done += commandCount;
  const nowMs = performance.now();
  if (nowMs - lastProgressMs >= PROGRESS_MS) {
    lastProgressMs = nowMs;
    console.log(`${done} commands, ${rate()}/s, seed ${seed} (${profileOf(seed).name})`);
  }
  setImmediate(nextRound, seed + 1);
}

function fail(failure: FuzzFailure): never {
  console.log(`\nFAILED: ${failure.message}\n\nshrinking ${failure.steps.length} commands ...`);
  const endMs = performance.now() + SHRINK_MS;
  const shrunk = shrink(failure.profile, failure.steps, () => performance.now() > endMs);
  if (shrunk === undefined) console.log("does not fail when run again");
  else {
    console.log(`${shrunk.steps.length} commands are enough, under the rules`);
    console.log(`  ${JSON.stringify(failure.profile.rules)}`);
    const hidden = Math.max(0, shrunk.steps.length - SHOWN_COMMANDS);
    if (hidden > 0) console.log(`  ... ${hidden} more ahead of these`);
    for (const command of shrunk.run.commands.slice(hidden)) console.log(`  ${JSON.stringify(command)}`);
    console.log(shrunk.message);
  }
  console.log(`\nagain: npm run fuzz -- --seed ${failure.seed} --commands ${failure.steps.length}`);
  process.exit(1);
}

function finish(exitCode: number): never {
  for (const [name, count] of sometimes.counts) console.log(`${String(count).padStart(10)} ${name}`);
  if (sometimes.missing.length > 0) console.log(`never happened: ${sometimes.missing.join(", ")}`);
  console.log(`fuzz: ${done} commands from seed ${firstSeed}, ${rate()}/s, no failure`);
  process.exit(exitCode);
}

function rate(): number {
  return Math.round((done / (performance.now() - startMs)) * 1_000);
}

function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  console.error(`--${name} must be a whole number, not ${text}`);
  process.exit(2);
}
