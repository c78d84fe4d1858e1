import { setTimeout } from "node:timers/promises";
import WebSocket from "ws";
import type { InstrumentDoor } from "../../durable-objects/calls/instrument-calls.ts";
import type { LinkReading } from "../../durable-objects/calls/readings.ts";
import { LINK_PATH, LINK_VERSION } from "../../durable-objects/link/frames.ts";
import { Link } from "../../durable-objects/link/link.ts";
import type { LinkSocket } from "../../durable-objects/link/link-host.ts";
import { linkedInstrument } from "../../durable-objects/link/linked-instrument.ts";
import type { EdgeSettings } from "./edge-settings.ts";

/** An answer of an edge is at most as long as that of a batch. A message has many of them. */
const MESSAGE_BYTES_MAX = 256 * 1024 * 1024;

/** An edge's links, one to each instrument that it has called. */
export class EdgeLinks {
  readonly #settings: Pick<EdgeSettings, "linkPort" | "linkSecret">;
  readonly #links = new Map<string, Link>();
  readonly #doors = new Map<string, InstrumentDoor>();

  constructor(settings: Pick<EdgeSettings, "linkPort" | "linkSecret">) {
    this.#settings = settings;
  }

  /** The door of an instrument. Its link opens with the first call. */
  readonly door = (instrument: string): InstrumentDoor => {
    const known = this.#doors.get(instrument);
    if (known !== undefined) return known;
    const link = this.#link(instrument);
    const door = linkedInstrument(link);
    this.#links.set(instrument, link);
    this.#doors.set(instrument, door);
    return door;
  };

  /** What has gone over each link. */
  get readings(): LinkReading[] {
    return Array.from(this.#links, ([instrument, { counts, depth }]) => ({
      instrument,
      ...counts,
      waiting: depth,
    }));
  }

  /** Closes all links. */
  close(): void {
    for (const link of this.#links.values()) link.close();
  }

  #link(instrument: string): Link {
    return new Link(instrument, {
      connect: () => this.#connect(instrument),
      nowMs: () => performance.now(),
      soon: setImmediate,
      wait: (milliseconds, signal) => setTimeout(milliseconds, undefined, signal && { signal }),
      random: Math.random,
    });
  }

  #connect(instrument: string): Promise<LinkSocket> {
    const { linkPort, linkSecret } = this.#settings;
    const query = new URLSearchParams({ instrument, version: String(LINK_VERSION) });
    const socket = new WebSocket(`ws://127.0.0.1:${linkPort}${LINK_PATH}?${query}`, {
      headers: { authorization: `Bearer ${linkSecret}` },
      perMessageDeflate: false,
      maxPayload: MESSAGE_BYTES_MAX,
    });
    return new Promise((resolve, reject) => {
      socket.once("open", () => resolve(socket as LinkSocket));
      socket.once("error", reject);
    });
  }
}
