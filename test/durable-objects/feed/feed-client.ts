import { exports } from "cloudflare:workers";
import { expect } from "vitest";
import { Client, type ClientOptions } from "../../../client/client.ts";
import { type Beginning, LongBeginning } from "../../../durable-objects/feed/beginning.ts";
import { type Channel, channelSpec } from "../../../protocol/feed/feed-channel.ts";
import { SENT_MESSAGES } from "../../../protocol/feed/feed-schemas.ts";
import type { Random } from "../../support/random.ts";

/** The schema of a message to a subscriber of channels; undefined if there is none. */
function schemaOf({ type, channel }: { readonly type: string; readonly channel?: Channel }) {
  const isOfChain = (type === "snapshot" || type === "update") && channel !== undefined;
  const [kind = "", ...parts] = isOfChain ? [channelSpec(channel).kind, type] : [type];
  const name = type === "error" ? "ErrorMessage" : [kind, ...parts].map(capitalized).join("");
  return SENT_MESSAGES[name]?.schema;
}

function capitalized(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** The longest message of the venue, whatever its content. */
export const MESSAGE_LENGTH_MAX = 1_000_000;

/** The timers of the test, for parts that run without their object. */
export const HOST_CLOCK = {
  wait: (milliseconds: number): Promise<void> => scheduler.wait(milliseconds),
  after: (milliseconds: number, call: () => void): void => void setTimeout(call, milliseconds),
};

/** The messages of a beginning. */
export function textsOf(beginning: Beginning | undefined): readonly string[] {
  return beginning instanceof LongBeginning ? beginning.texts : (beginning ?? []);
}

/** How often each disturbance happened to messages on their way to a client. */
export interface Spoiling {
  readonly random: Random;
  dropped: number;
  repeated: number;
  /** Delayed until other messages had overtaken them. */
  delayed: number;
}

/** A socket whose messages are checked against their schemas and, while disturbances are on, disturbed. */
export class EdgeSocket extends EventTarget {
  readonly #socket: WebSocket;
  readonly #faults: unknown[];
  readonly #held: string[] = [];
  spoiling: Spoiling | undefined;
  /** The length of the longest message. */
  lengthMax = 0;

  constructor(socket: WebSocket, faults: unknown[], spoiling: Spoiling | undefined) {
    super();
    this.#socket = socket;
    this.#faults = faults;
    this.spoiling = spoiling;
    socket.addEventListener("message", ({ data }) => this.#take(String(data)));
    socket.addEventListener("close", ({ code }) => this.dispatchEvent(new CloseEvent("close", { code })));
    socket.accept();
  }

  get readyState(): number {
    return this.#socket.readyState;
  }

  send(text: string): void {
    this.#socket.send(text);
  }

  close(code?: number): void {
    this.#socket.close(code);
  }

  #take(text: string): void {
    const type = text === "pong" ? "answer" : this.#check(text);
    const { spoiling } = this;
    const arriving = spoiling === undefined || type === "answer" ? [text] : this.#spoil(text, spoiling);
    for (const each of arriving) this.#give(each);
  }

  /** The messages that arrive instead of one: none, it twice, or it together with delayed ones. */
  #spoil(text: string, spoiling: Spoiling): string[] {
    const { random } = spoiling;
    const fate = random.weighted({ whole: 85, drop: 5, repeat: 4, hold: 6 });
    switch (fate) {
      case "drop":
        spoiling.dropped++;
        return [];
      case "hold":
        spoiling.delayed++;
        this.#held.push(text);
        return [];
      case "repeat":
        spoiling.repeated++;
        return [text, text];
      default:
        return random.chance(0.5) ? [text, ...this.#held.splice(0)] : [text];
    }
  }

  #check(text: string): string {
    const message = JSON.parse(text);
    this.lengthMax = Math.max(this.lengthMax, text.length);
    if (text.length > MESSAGE_LENGTH_MAX)
      this.#faults.push(new Error(`${text.length} characters: ${text.slice(0, 300)}`));
    const read = schemaOf(message)?.safeParse(message);
    if (read?.success !== true)
      this.#faults.push(new Error(`${text.slice(0, 300)}: ${read?.error?.message ?? "unknown"}`));
    return message.type;
  }

  #give(text: string): void {
    this.dispatchEvent(new MessageEvent("message", { data: text }));
  }
}

/** A client in the test's own isolate, and its sockets. */
export class FeedClient {
  readonly client: Client;
  readonly sockets: EdgeSocket[] = [];
  readonly closes: number[] = [];
  readonly faults: unknown[] = [];
  spoiling: Spoiling | undefined;

  constructor(options: Partial<ClientOptions> = {}, spoiling?: Spoiling) {
    this.spoiling = spoiling;
    this.client = new Client({
      url: "http://venue.test",
      connect: async (url) => {
        const socket = new EdgeSocket(await openSocket(url), this.faults, this.spoiling);
        this.sockets.push(socket);
        return socket as unknown as WebSocket;
      },
      onDisconnect: (code) => this.closes.push(code),
      ...options,
    });
  }

  /** From now on messages arrive unchanged. */
  heal(): void {
    this.spoiling = undefined;
    for (const socket of this.sockets) socket.spoiling = undefined;
  }

  close(): void {
    this.client.close();
    expect(this.faults).toEqual([]);
  }
}

/** Completes the upgrade of a socket through the worker. */
export async function openSocket(url: string, headers: Record<string, string> = {}): Promise<WebSocket> {
  const response = await exports.default.fetch(url.replace(/^ws/, "http"), {
    headers: { upgrade: "websocket", ...headers },
  });
  if (response.webSocket === null) throw new Error(`${response.status}: ${await response.text()}`);
  return response.webSocket;
}

/** Waits until a condition holds, and checks it every few milliseconds. */
export async function eventually(condition: () => boolean, what = "it"): Promise<void> {
  for (let tries = 0; !condition(); tries++) {
    if (tries > 6_000) throw new Error(`${what} did not come about`);
    await scheduler.wait(5);
  }
}

/** A socket without a client around it. */
export async function raw(
  query: string,
): Promise<{ socket: WebSocket; messages: Record<string, unknown>[] }> {
  const socket = await openSocket(`http://venue.test/stream${query}`);
  const messages: Record<string, unknown>[] = [];
  socket.addEventListener("message", ({ data }) => void messages.push(JSON.parse(String(data))));
  socket.accept();
  return { socket, messages };
}

/** Whether the last text completes the snapshot of a large book, which takes a while to make. */
export function endsInParts(texts: readonly string[]): boolean {
  const { type, part, parts } = JSON.parse(texts.at(-1) ?? "{}");
  return type === "snapshot" && part !== undefined && part === parts;
}
