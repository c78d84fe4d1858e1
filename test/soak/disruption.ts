import { setTimeout as sleep } from "node:timers/promises";
import type { FaultKind, FaultRuleInput, FaultTarget } from "../../dev/gateway/faults.ts";
import { Random } from "../support/random.ts";
import type { MovedClock } from "../system/support/moved-clock.ts";
import { Deck } from "./deck.ts";
import type { Part } from "./part.ts";
import { type SoakServers, withRedis } from "./servers.ts";
import type { SoakVenue } from "./soak-venue.ts";
import { SURGES, type Surges } from "./surges.ts";

export const PART_NAMES = ["venue", "postgres", "redis", "gateway"] as const;
export type Parts = Readonly<Record<(typeof PART_NAMES)[number], Part>>;

const FLUSH = "flush";
const KILL_EDGE = "edge";
const STALL_EDGE = "edge stands still";
const EDGE_BLOWS: readonly string[] = [KILL_EDGE, STALL_EDGE];
/** The longest time for which an edge stands still. */
const STALL_MS_MAX = 10_000;
/** The venue is killed twice as often as the others, since it is the part that must not lose anything. */
const BLOWS = [...PART_NAMES, "venue", FLUSH, KILL_EDGE, STALL_EDGE] as const;
type Blow = (typeof BLOWS)[number];

interface Spoiling {
  readonly target: FaultTarget;
  readonly kind: FaultKind;
}

const TARGETS: readonly FaultTarget[] = ["postgres", "redis"];
const KINDS: readonly FaultKind[] = ["delay", "refuse", "status", "reset", "garbage", "commit_then_drop"];
const SPOILINGS: readonly Spoiling[] = TARGETS.flatMap((target) => KINDS.map((kind) => ({ target, kind })));

/**
 * How the venue's clock is set, in seconds from the true time. Afterwards it is set right, which is the
 * opposite change. A day forward would end the window of every key, so the day is backward, and then forward
 * again.
 */
const CLOCKS = [-60, 60, -86_400] as const;
const CLOCK_NAMES = CLOCKS.map((seconds) => clockName(seconds));

/** The share of kills that hit two parts at the same time. */
const PAIRED_SHARE = 0.25;
/**
 * The average pause between two faults of a lane, in a long run. A surge makes as many orders as an
 * instrument's traders do in minutes.
 */
const PAUSE_MS_MAX = 6_000;
const SURGE_PAUSE_MS_MAX = 30_000;
/** Longer than a client waits between two orders, so that all of them rush. */
const RUSH_MS = 250;
/** A rule that has not fired by then is removed: the part that it targets may be down or backing off. */
const RULE_MS_MAX = 15_000;
/** How much longer than requested a run may take until every kind of fault has happened. */
const OVERTIME_MS_MAX = 60_000;

/**
 * The seeded schedule of faults. Lanes run beside each other: one kills parts, or empties Redis; one has the gateway
 * spoil answers; one has the same happen to many orders at once; one sets the venue's clock. Each lane deals its kinds from a shuffled deck, so that each comes about as often
 * as the others, and once at least. What comes and for how long follows from the seed; what it strikes does not,
 * and a kind that strikes nothing is dealt again.
 */
export class Disruption {
  /** How often each kind happened, unless something prevented it. */
  readonly counts = new Map<string, number>([
    ...BLOWS.map((blow) => [blow, 0] as const),
    ...SPOILINGS.map((spoiling) => [nameOf(spoiling), 0] as const),
    ...SURGES.map((kind) => [kind, 0] as const),
  ]);
  readonly #surges: Surges;
  readonly #clock: MovedClock | undefined;
  readonly #servers: SoakServers;
  readonly #parts: Parts;
  readonly #venue: Pick<SoakVenue, "killEdge" | "stallEdge">;
  readonly #seed: number;
  readonly #durationMs: number;
  readonly #signal: AbortSignal;

  /** @param clock the venue's; undefined if it cannot be set. */
  constructor(
    servers: SoakServers,
    parts: Parts,
    venue: Pick<SoakVenue, "killEdge" | "stallEdge">,
    surges: Surges,
    clock: MovedClock | undefined,
    options: { readonly seed: number; readonly durationMs: number; readonly signal: AbortSignal },
  ) {
    this.#servers = servers;
    this.#parts = parts;
    this.#venue = venue;
    this.#surges = surges;
    this.#clock = clock;
    if (clock !== undefined) for (const name of CLOCK_NAMES) this.counts.set(name, 0);
    this.#seed = options.seed;
    this.#durationMs = options.durationMs;
    this.#signal = options.signal;
  }

  /** Kinds that have not happened yet. */
  get missing(): string[] {
    return [...this.counts].filter(([, count]) => count === 0).map(([name]) => name);
  }

  /**
   * Disrupts for the whole time, and longer until every kind has happened. Then every part runs and no rule
   * is left.
   */
  async run(): Promise<void> {
    const endMs = performance.now() + this.#durationMs;
    const isDue = (names: readonly string[]) => {
      const isMissing = names.some((name) => this.counts.get(name) === 0);
      return performance.now() < endMs + (isMissing ? OVERTIME_MS_MAX : 0);
    };
    // Each lane has its own generator: the progress of one lane must not affect another.
    const random = (lane: number) => new Random(4 * this.#seed + lane);
    await Promise.all([
      this.#strikeWhile(isDue, random(0)),
      this.#spoilWhile(isDue, random(1)),
      this.#surgeWhile(isDue, random(2)),
      this.#clock && this.#setClockWhile(isDue, this.#clock, random(3)),
    ]);
    await this.#servers.faults.clear();
  }

  async #strikeWhile(isDue: (names: readonly string[]) => boolean, random: Random): Promise<void> {
    const deck = new Deck<Blow>(BLOWS, random);
    while (isDue(BLOWS)) {
      await this.#pause(random, BLOWS.length);
      const blows = random.chance(PAIRED_SHARE) ? [deck.deal(), deck.deal()] : [deck.deal()];
      const isFlushed = blows.includes(FLUSH);
      const strikes = [...new Set(blows)].map((blow) => () => this.#strike(blow, random));
      // Redis cannot be flushed while it is down.
      if (isFlushed) for (const strike of strikes) await strike();
      else await Promise.all(strikes.map((strike) => strike()));
    }
  }

  async #strikeEdge(blow: Blow, random: Random): Promise<boolean> {
    const { venue } = this.#parts;
    if (!venue.isUp) return false;
    const index = random.below(2);
    const stallMs = clamp(this.#durationMs / 20, 1_000, STALL_MS_MAX);
    let isStruck = false;
    await venue.disturb(async () => {
      isStruck =
        blow === KILL_EDGE ? this.#venue.killEdge(index) : await this.#venue.stallEdge(index, stallMs);
    });
    return isStruck;
  }

  async #strike(blow: Blow, random: Random): Promise<void> {
    if (EDGE_BLOWS.includes(blow)) {
      if (!(await this.#strikeEdge(blow, random))) return;
    } else if (blow === FLUSH) await withRedis(this.#servers, (redis) => redis.flushAll());
    else {
      const downMs = random.magnitude(clamp(this.#durationMs / 20, 1_000, 20_000));
      if (blow === "gateway") await this.#servers.faults.keepCounts();
      const wait = (ms: number) => sleep(ms, undefined, { signal: this.#signal });
      await this.#parts[blow as keyof Parts].killDuring(
        () => wait(RUSH_MS),
        () => wait(downMs),
      );
    }
    this.#count(blow);
  }

  async #spoilWhile(isDue: (names: readonly string[]) => boolean, random: Random): Promise<void> {
    const deck = new Deck<Spoiling>(SPOILINGS, random);
    while (isDue(SPOILINGS.map(nameOf))) {
      await this.#pause(random, SPOILINGS.length);
      const spoiling = deck.deal();
      if (await this.#spoil(spoiling, random)) this.#count(nameOf(spoiling));
      else deck.putBack(spoiling);
    }
  }

  /**
   * Makes the gateway disturb some answers. Returns false if that had no effect, or if a part was killed
   * meanwhile.
   */
  async #spoil({ target, kind }: Spoiling, random: Random): Promise<boolean> {
    const { faults } = this.#servers;
    const involved = [this.#parts.gateway, this.#parts[target]];
    const kills = () => involved.reduce((sum, { killCount }) => sum + killCount, 0);
    const killsBefore = kills();
    // Up to slightly more than a sink waits for an answer.
    const delayMsMax = clamp(this.#durationMs / 60, 500, 12_000);
    const delay = kind === "delay" ? { milliseconds: random.between(50, delayMsMax) } : {};
    const rule = { target, kind, ...delay, count: random.between(1, 3) } as FaultRuleInput;
    const endMs = performance.now() + RULE_MS_MAX;
    try {
      if (involved.some(({ isUp }) => !isUp)) return false;
      const { id } = await faults.add(rule);
      while (performance.now() < endMs && kills() === killsBefore) {
        await sleep(50, undefined, { signal: this.#signal });
        // A fault in an answer to a killed process does not count.
        if ((await faults.fired(id)) !== 0) return kills() === killsBefore;
      }
      return false;
    } catch (cause) {
      if (kills() === killsBefore) throw cause;
      return false;
    }
  }

  async #surgeWhile(isDue: (names: readonly string[]) => boolean, random: Random): Promise<void> {
    const deck = new Deck(SURGES, random);
    while (isDue(SURGES)) {
      await this.#pause(random, SURGES.length, SURGE_PAUSE_MS_MAX);
      const kind = deck.deal();
      if (await this.#surges.make(kind, random)) this.#count(kind);
      else deck.putBack(kind);
    }
  }

  async #setClockWhile(
    isDue: (names: readonly string[]) => boolean,
    clock: MovedClock,
    random: Random,
  ): Promise<void> {
    const deck = new Deck(CLOCKS, random);
    while (isDue(CLOCK_NAMES)) {
      await this.#pause(random, CLOCKS.length);
      const seconds = deck.deal();
      clock.moveTo(seconds);
      await this.#pause(random, CLOCKS.length);
      clock.moveTo(0);
      this.#count(clockName(seconds));
    }
  }

  #count(name: string): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
  }

  /**
   * The pause between two faults of a lane. A short run has room for each kind twice, a long one for many
   * more.
   */
  async #pause(random: Random, kindCount: number, meanMsMax = PAUSE_MS_MAX): Promise<void> {
    const meanMs = clamp(this.#durationMs / (3 * kindCount), 100, meanMsMax);
    await sleep(random.between(meanMs / 2, meanMs * 1.5), undefined, { signal: this.#signal });
  }
}

function nameOf({ target, kind }: Spoiling): string {
  return `${target}.${kind}`;
}

function clockName(seconds: number): string {
  return `clock ${seconds > 0 ? "+" : ""}${seconds} s`;
}

function clamp(value: number, minimum: number, maximum: number): number {
  return Math.round(Math.min(maximum, Math.max(minimum, value)));
}
