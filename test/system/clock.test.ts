import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startVenue, type VenueProcess } from "../../dev/venue.ts";
import { place } from "./calls.ts";
import { CAN_MOVE_CLOCK, MovedClock } from "./moved-clock.ts";
import { temporaryFolder } from "./venue-runner.ts";

/** Far more than an order takes here, and less than any of the jumps. */
const PROMPT_MS_MAX = 4_000;
const JUMPS_SECONDS = [5, 60, 86_400];

let clock: MovedClock;
let venue: VenueProcess;

describe.runIf(CAN_MOVE_CLOCK)("when the host's clock is set", () => {
  beforeAll(() => {
    clock = new MovedClock(temporaryFolder());
  });
  beforeEach(async () => {
    clock.moveTo(0);
    venue = await startVenue({
      dataFolder: temporaryFolder(),
      onLog: () => {},
      environment: clock.environment,
    });
    return () => venue.stop();
  });
  afterAll(() => clock.close());

  /** Places an order that must be answered promptly, and gives its time. */
  async function placeAt(change: object = {}): Promise<number> {
    const { time } = await within(place(venue.url, change));
    return Date.parse(time);
  }

  test.each(JUMPS_SECONDS)("back by %i s, orders are answered and time does not go back", async (seconds) => {
    let lastMs = await placeAt();
    for (const moved of [-seconds, -seconds, 0, seconds, 0, -2 * seconds, 0]) {
      clock.moveTo(moved);
      for (let count = 0; count < 3; count++) {
        const timeMs = await placeAt();
        expect(timeMs).toBeGreaterThanOrEqual(lastMs);
        lastMs = timeMs;
      }
    }
  });

  test("orders of many clients at once share flushes all the same", async () => {
    await placeAt();
    clock.moveTo(-60);
    const answers = await within(
      Promise.all(Array.from({ length: 100 }, () => place(venue.url, { price: 2 }))),
    );
    expect(new Set(answers.map(({ order_id }) => order_id)).size).toBe(100);
    const metrics = await (await fetch(`${venue.url}/metrics`)).text();
    const flushes = /^edgebook_flush_commands_count\{instrument="BTC-USD"\} (\d+)/m.exec(metrics);
    expect(Number(flushes?.[1])).toBeLessThan(50);
  });
});

/** What comes promptly; all else fails. */
async function within<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("no answer came promptly")), PROMPT_MS_MAX);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
