import { runInDurableObject } from "cloudflare:test";
import type { InstrumentDoor } from "../../../durable-objects/calls/instrument-calls.ts";
import { LINK_PATH, LINK_VERSION } from "../../../durable-objects/link/frames.ts";
import { Link } from "../../../durable-objects/link/link.ts";
import type { LinkHost } from "../../../durable-objects/link/link-host.ts";
import { linkedInstrument } from "../../../durable-objects/link/linked-instrument.ts";
import { object } from "../flow.ts";

const TURNS_MAX = 1_000;

/** Opens the WebSocket of a link. Its owner accepts it. */
export async function connect(instrument?: string, version: unknown = LINK_VERSION): Promise<WebSocket> {
  const response = await object(instrument).fetch(`http://instrument.test${LINK_PATH}?version=${version}`, {
    headers: { upgrade: "websocket" },
  });
  if (response.webSocket === null) throw new Error("the answer has no socket");
  return response.webSocket;
}

/** A link that a test drives frame by frame. */
export class FrameLink {
  readonly socket: WebSocket;
  /** The frames of answers that have arrived. */
  readonly frames: string[] = [];
  readonly closed: Promise<CloseEvent>;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => socket.addEventListener("close", resolve));
    socket.addEventListener("message", ({ data }) => void this.frames.push(String(data)));
    socket.accept();
  }

  static async open(instrument?: string, version?: unknown): Promise<FrameLink> {
    return new FrameLink(await connect(instrument, version));
  }

  /** All lines of answers that have arrived. */
  get lines(): string[] {
    return this.frames.flatMap((frame) => frame.split("\n"));
  }

  send(head: unknown, ...lines: readonly string[]): void {
    this.socket.send([head, ...lines].join("\n"));
  }

  /** Waits for a number of answers. */
  async answers(count: number): Promise<readonly string[]> {
    await until(() => this.lines.length >= count);
    return this.lines;
  }
}

const open = new Set<Link>();

/** Closes the links of a test, which would open again after the end of their object. */
export function closeLinks(): void {
  for (const link of open) link.close();
  open.clear();
}

/** A link as the venue's processes use it, and what a test sees of it. */
export class CallLink {
  readonly link: Link;
  readonly door: InstrumentDoor;
  /** The frames of answers that have arrived. */
  readonly frames: string[] = [];
  /** The sockets that it has opened, the newest last. */
  readonly sockets: WebSocket[] = [];
  readonly waitedMs: number[] = [];

  constructor(instrument = "BTC-USD", host: Partial<LinkHost> = {}) {
    this.link = new Link(instrument, {
      connect: async () => {
        const socket = await connect(instrument);
        socket.addEventListener("message", ({ data }) => void this.frames.push(String(data)));
        socket.accept();
        this.sockets.push(socket);
        return socket;
      },
      nowMs: () => Date.now(),
      soon: (call) => queueMicrotask(call),
      wait: async (milliseconds) => {
        this.waitedMs.push(milliseconds);
        await scheduler.wait(milliseconds);
      },
      random: () => 0,
      ...host,
    });
    open.add(this.link);
    this.door = linkedInstrument(this.link);
  }
}

/** A submitted request as a line of a frame. */
export function submitLine(number: number, text: string, commands = 1): string {
  return `${number}\tsubmit\t${commands}\t${text}`;
}

/** The open sockets of the first instrument, by their kind. */
export function socketsOf(): Promise<{ links: number; subscribers: number }> {
  return runInDurableObject(object(), (_, state) => ({
    links: state.getWebSockets("link").filter(({ readyState }) => readyState === WebSocket.OPEN).length,
    subscribers: state.getWebSockets("subscriber").length,
  }));
}

/** Waits until a condition holds. */
export async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; !condition(); turn++) {
    if (turn === TURNS_MAX) throw new Error(`this never came: ${condition}`);
    await scheduler.wait(turn < 100 ? 0 : 5);
  }
}

/** The code of a refusal, or "unknown" for any other error; "done" for an answer. */
export function kindOf(outcome: PromiseSettledResult<unknown>): string {
  if (outcome.status === "fulfilled") return "done";
  const { problem } = outcome.reason as { problem?: { code: string } };
  return problem?.code ?? "unknown";
}
