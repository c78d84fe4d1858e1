import { readInstrumentSpecs } from "../../protocol/instrument-spec.ts";
import { Refusal } from "../../protocol/refusal.ts";
import type { GatewayCalls, NoAnswer } from "../calls/gateway-calls.ts";
import { LINK_PATH, LINK_VERSION } from "../link/frames.ts";
import { Link } from "../link/link.ts";
import type { LinkSocket } from "../link/link-host.ts";
import { Clock } from "../runtime/clock.ts";
import { LoggedObject } from "../runtime/logged-object.ts";

/** A link without calls is closed after this time, so that the platform may evict the gateway. */
const IDLE_MS = 60_000;
/** While calls wait for their answers, the messages of a link are at least this far apart. */
const PACE_MS = 10;

/** A link and the time of its last call. */
interface HeldLink {
  readonly link: Link;
  usedMs: number;
}

/**
 * Collects the calls of many Workers, and carries them over one link to each instrument: a few messages where
 * there were as many calls. It keeps nothing. Where it ends, the outcomes of its calls are unknown.
 */
export class Gateway extends LoggedObject implements GatewayCalls {
  readonly #clock = new Clock(this.ctx);
  readonly #links = new Map<string, HeldLink>();

  async call(instrument: string, text: string): Promise<string | NoAnswer> {
    const held = this.#linkTo(instrument);
    held.usedMs = Date.now();
    try {
      return await held.link.call(text);
    } catch (error) {
      if (!(error instanceof Refusal)) return { kind: "unknown", error: String(error) };
      const { code, detail } = error.problem;
      return { kind: "not_made", problem: { code, detail } };
    }
  }

  /** The open link to an instrument, for its counts. */
  linkOf(instrument: string): Pick<Link, "depth" | "counts"> | undefined {
    return this.#links.get(instrument)?.link;
  }

  #linkTo(instrument: string): HeldLink {
    const known = this.#links.get(instrument);
    if (known !== undefined) return known;
    let sentMs = Number.NEGATIVE_INFINITY;
    const link: Link = new Link(instrument, {
      connect: () => this.#connect(instrument),
      nowMs: () => Date.now(),
      soon: (call) =>
        void this.#untilMs(link.underWay === 0 ? 0 : sentMs + PACE_MS).then(() => {
          sentMs = Date.now();
          call();
        }),
      wait: (milliseconds, signal) => this.#clock.wait(milliseconds, signal),
      random: () => Math.random(),
    });
    const held = { link, usedMs: Date.now() };
    this.#links.set(instrument, held);
    this.#closeIfIdle(instrument, held);
    return held;
  }

  /** Waits until a time. If that has come, what is ready now comes first. */
  async #untilMs(timeMs: number): Promise<void> {
    const leftMs = timeMs - Date.now();
    await (leftMs > 0 ? this.#clock.wait(leftMs) : this.ctx.storage.sync());
  }

  async #connect(instrument: string): Promise<LinkSocket> {
    const { INSTRUMENT, INSTRUMENTS } = this.env;
    const spec = readInstrumentSpecs(INSTRUMENTS).find((each) => each.instrument === instrument);
    if (spec === undefined) throw new Error("no instrument has this name");
    const { locationHint } = spec;
    const stub = INSTRUMENT.getByName(instrument, locationHint === undefined ? {} : { locationHint });
    const url = `http://instrument.internal${LINK_PATH}?version=${LINK_VERSION}`;
    const { status, webSocket } = await stub.fetch(url, { headers: { upgrade: "websocket" } });
    if (webSocket === null) throw new Error(`the instrument answered with ${status}`);
    webSocket.accept();
    return webSocket;
  }

  /** Closes a link that nobody uses any more, and otherwise looks again later. */
  #closeIfIdle(instrument: string, held: HeldLink): void {
    const idleMs = held.link.depth > 0 ? 0 : Date.now() - held.usedMs;
    if (idleMs < IDLE_MS) {
      this.#clock.after(IDLE_MS - idleMs, () => this.#closeIfIdle(instrument, held));
      return;
    }
    this.#links.delete(instrument);
    held.link.close();
  }
}
