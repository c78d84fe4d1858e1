/**
 * Runs seeded trading while every part is killed and disturbed, and proves that nothing was lost.
 *
 *   npm run test:soak -- --minutes 20             with a new seed, which it prints
 *   npm run test:soak -- --minutes 0.5 --seed 7   repeats a run
 *
 * Exits with 0 only if everything agrees, with 1 if not, leaving the data, and with 130 after Ctrl-C.
 */

import { setTimeout as sleep } from "node:timers/promises";
import { build } from "../../host/build.ts";
import { readCommandLine } from "../../host/tools/command-line.ts";
import { soakReport } from "./report.ts";
import { Soak } from "./soak.ts";

const MINUTES_MAX = 60;
const PROGRESS_MS = 30_000;
/** Ctrl-C reaches the venue at the same time. The failure that it causes there may be noticed first. */
const INTERRUPT_MS = 300;

const { values } = readCommandLine({
  name: "npm run test:soak",
  about: "Seeded trading while everything is killed and spoiled, and the proof that nothing was lost.",
  options: {
    minutes: { type: "string", value: "N", help: "how long; default: 1" },
    seed: { type: "string", value: "N", help: "makes the same run again" },
  },
});
const minutes = Number(values.minutes ?? "1");
const seed = Number(values.seed ?? Date.now() % 1_000_000);
if (!(minutes > 0 && minutes <= MINUTES_MAX))
  refuse("minutes", `above 0 and at most ${MINUTES_MAX}`, values.minutes);
if (!Number.isSafeInteger(seed) || seed < 0) refuse("seed", "a whole number", values.seed);

const interrupted = new AbortController();
process.on("SIGINT", () => interrupted.abort());
const log = (line: string) => console.log(`soak: ${line}`);
log(`${minutes} minutes, seed ${seed}`);
process.exitCode = await run();

async function run(): Promise<number> {
  let soak: Soak | undefined;
  let isKept = false;
  let progress: NodeJS.Timeout | undefined;
  try {
    await build();
    const options = { seed, durationMs: minutes * 60_000, signal: interrupted.signal, log };
    const running = await Soak.open(options);
    soak = running;
    if (running.clock === undefined) log("the venue's clock is not set: there is no C compiler here");
    progress = setInterval(() => log(progressOf(running)), PROGRESS_MS);
    await running.trade();
    await running.settle();
    const agreement = await running.agreement();
    console.log(`\n${await soakReport(running, agreement)}\n`);
    if (agreement.findings.length > 0) throw new Error(agreement.findings.join("\n"));
    log(`everything agrees; seed ${seed}`);
    return 0;
  } catch (cause) {
    await sleep(INTERRUPT_MS);
    if (interrupted.signal.aborted) {
      log("interrupted: nothing was proved");
      return 130;
    }
    isKept = true;
    console.error("soak: FAILED:", cause);
    if (soak !== undefined) {
      console.error(`soak: the venue's last errors:\n${soak.venue.errorLines.join("\n")}`);
      console.error(`soak: the data is in ${soak.folder}`);
    }
    console.error(`soak: to repeat it: npm run test:soak -- --minutes ${minutes} --seed ${seed}`);
    return 1;
  } finally {
    clearInterval(progress);
    await soak?.close(isKept);
  }
}

function progressOf({ counts, lag, parts, disruption }: Soak): string {
  const kills = Object.values(parts).reduce((sum, { killCount }) => sum + killCount, 0);
  const faults = [...disruption.counts.values()].reduce((sum, count) => sum + count, 0);
  const lags = [...lag.lagEventsMax].map(([sink, count]) => `${sink} ${count}`).join(", ");
  return `${counts.acknowledged} orders, ${faults} faults, ${kills} kills of them, behind at most: ${lags}`;
}

function refuse(name: string, rule: string, text: string | undefined): never {
  console.error(`soak: --${name} must be ${rule}, but is "${text}"`);
  process.exit(2);
}
