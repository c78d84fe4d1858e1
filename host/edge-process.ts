import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { Socket } from "node:net";
import { join } from "node:path";
import type { Readable } from "node:stream";
import type { EdgeReading } from "../durable-objects/calls/readings.ts";
import type { EdgeSettings, FromEdge, ToEdge } from "./edge/edge-settings.ts";

const PROGRAM = join(import.meta.dirname, "edge", "main.ts");
const PING_MS = 500;
/** An edge that has not answered a ping for this long stands still. */
const SILENT_MS = 1_500;
const READ_MS_MAX = 1_000;
const STOP_GRACE_MS = 3_000;

/** How a process ended. */
export interface EdgeEnd {
  readonly code: number | null;
  readonly signal: string | null;
}

/** The process of an edge, as its supervisor sees it. */
export class EdgeProcess {
  /** Resolves when the process has ended. */
  readonly ended: Promise<EdgeEnd>;
  readonly #child: ChildProcess;
  readonly #sinceMs = performance.now();
  readonly #pings: NodeJS.Timeout;
  /** The connections that it was given and has not taken yet, in order. This process has them open too. */
  readonly #given: Socket[] = [];
  #answeredMs = performance.now();
  #isStarted = false;
  #asks = 0;

  /** @param onAsk called when it asks for the readings of all edges. */
  constructor(onLines: (lines: readonly string[]) => void, onAsk: (ask: number) => void) {
    this.#child = fork(PROGRAM, { stdio: ["ignore", "pipe", "pipe", "ipc"] });
    const { stdout, stderr } = this.#child;
    for (const stream of [stdout, stderr]) if (stream !== null) forwardLines(stream, onLines);
    this.#child.on("message", (message: FromEdge) => {
      this.#answeredMs = performance.now();
      if (message.kind === "taken") this.#given.shift()?.destroy();
      if (message.kind === "ask") onAsk(message.ask);
    });
    this.#pings = setInterval(() => this.send({ kind: "ping" }), PING_MS);
    this.ended = once(this.#child, "close").then(([code, signal]) => {
      clearInterval(this.#pings);
      this.#isStarted = false;
      // Their clients would wait for ever. Another edge could not serve them: this one may have read some bytes.
      for (const socket of this.#given.splice(0)) socket.destroy();
      return { code, signal };
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get ageMs(): number {
    return performance.now() - this.#sinceMs;
  }

  /** Whether it takes connections. */
  get isStarted(): boolean {
    return this.#isStarted && this.#child.connected;
  }

  /** Whether it answers this process. */
  get isAlive(): boolean {
    return performance.now() - this.#answeredMs < SILENT_MS;
  }

  /** @throws if the process ends before it has started. */
  async start(settings: EdgeSettings): Promise<void> {
    const started = new Promise<void>((resolve) => {
      this.#child.on("message", ({ kind }: FromEdge) => {
        if (kind === "started") resolve();
      });
    });
    this.send({ kind: "start", settings });
    const end = await Promise.race([started, this.ended]);
    if (end !== undefined) throw new Error(`an edge ended with ${end.signal ?? end.code}`);
    this.#isStarted = true;
  }

  /** What it has done so far; null if it does not answer in time. */
  read(): Promise<EdgeReading | null> {
    const ask = ++this.#asks;
    return new Promise((resolve) => {
      const end = (reading: EdgeReading | null) => {
        clearTimeout(timer);
        this.#child.off("message", receive);
        resolve(reading);
      };
      const receive = (message: FromEdge) => {
        if (message.kind === "reading" && message.ask === ask) end(message.reading);
      };
      const timer = setTimeout(() => end(null), READ_MS_MAX);
      this.#child.on("message", receive);
      this.send({ kind: "read", ask });
    });
  }

  /** Gives it a connection. */
  serve(socket: Socket): void {
    this.#given.push(socket);
    this.#child.send({ kind: "connection" } satisfies ToEdge, socket, { keepOpen: true }, () => {});
  }

  /** Lets it finish what is under way. If that takes too long, it is killed. */
  async stop(): Promise<void> {
    this.#isStarted = false;
    this.send({ kind: "stop" });
    const timer = setTimeout(() => this.kill(), STOP_GRACE_MS);
    await this.ended;
    clearTimeout(timer);
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  send(message: ToEdge): void {
    // A process that dies at this moment is seen by its end.
    if (this.#child.connected) this.#child.send(message, () => {});
  }
}

/** Forwards the whole lines of each chunk together. */
function forwardLines(stream: Readable, onLines: (lines: readonly string[]) => void): void {
  let rest = "";
  stream.setEncoding("utf8").on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    if (lines.length > 0) onLines(lines);
  });
  stream.on("end", () => {
    if (rest !== "") onLines([rest]);
  });
}
