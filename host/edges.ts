import cluster, { type Worker } from "node:cluster";
import { once } from "node:events";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { LogLevel } from "../durable-objects/runtime/log.ts";
import type { EdgeSettings, FromEdge, ToEdge } from "./edge/edge-settings.ts";

const PROGRAM = join(import.meta.dirname, "edge", "main.ts");
const RESTART_MS_MIN = 100;
const RESTART_MS_MAX = 5_000;
/** An edge that has run for this long is sound: if it ends, the next one starts at once. */
const SOUND_MS = 10_000;
const STOP_GRACE_MS = 3_000;

/** What the supervisor does for its edges. */
interface EdgesHost {
  readonly onLines: (lines: readonly string[]) => void;
  readonly log: (level: LogLevel, event: string, fields: object) => void;
}

/**
 * The edges of a venue: processes that share its port, answer HTTP, and hold links to workerd. An edge that
 * dies is replaced, and the others go on. This process holds the port, and passes each connection to the next
 * edge in turn.
 */
export class Edges {
  readonly #host: EdgesHost;
  readonly #edges: Edge[];
  #isStopping = false;

  /** Begins the processes, so that they load while workerd does. They listen once they are started. */
  constructor(count: number, host: EdgesHost) {
    this.#host = host;
    cluster.setupPrimary({ exec: PROGRAM, silent: true });
    cluster.schedulingPolicy = cluster.SCHED_RR;
    this.#edges = Array.from({ length: count }, (_, index) => new Edge(index, host.onLines));
  }

  /** The process ids of the edges that run. */
  get pids(): number[] {
    return this.#edges.flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
  }

  /** Starts the edges. @returns the port that they listen on. @throws if they cannot listen there. */
  async start(settings: EdgeSettings): Promise<number> {
    const [port = 0] = await Promise.all(this.#edges.map((edge) => edge.start(settings)));
    for (const edge of this.#edges) void this.#keep(edge, { ...settings, port });
    return port;
  }

  /** Lets every edge finish what is under way, then ends it. An edge that does not finish is killed. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await Promise.all(this.#edges.map((edge) => edge.stop()));
  }

  /** Replaces an edge whenever it has ended. */
  async #keep(edge: Edge, settings: EdgeSettings): Promise<void> {
    for (let delayMs = 0; ; ) {
      const end = await edge.ended;
      if (this.#isStopping) return;
      this.#host.log("error", "edge_ended", { edge: edge.index, ...end });
      delayMs = edge.ageMs > SOUND_MS ? 0 : Math.min(RESTART_MS_MAX, Math.max(RESTART_MS_MIN, 2 * delayMs));
      await sleep(delayMs);
      if (this.#isStopping) return;
      edge.fork();
      // A failure ends the process, which is the end that this loop waits for.
      await edge.start(settings).catch(() => edge.kill());
    }
  }
}

interface EdgeEnd {
  readonly code: number | null;
  readonly signal: string | null;
}

/** One of the edges, whatever process it is at the moment. */
class Edge {
  readonly index: number;
  readonly #onLines: (lines: readonly string[]) => void;
  #worker!: Worker;
  #ended!: Promise<EdgeEnd>;
  #sinceMs = 0;

  constructor(index: number, onLines: (lines: readonly string[]) => void) {
    this.index = index;
    this.#onLines = onLines;
    this.fork();
  }

  get pid(): number | undefined {
    return this.#worker.process.pid;
  }

  /** Resolves when the process has ended. */
  get ended(): Promise<EdgeEnd> {
    return this.#ended;
  }

  get ageMs(): number {
    return performance.now() - this.#sinceMs;
  }

  fork(): void {
    this.#worker = cluster.fork();
    this.#sinceMs = performance.now();
    const { stdout, stderr } = this.#worker.process;
    for (const stream of [stdout, stderr]) if (stream !== null) forwardLines(stream, this.#onLines);
    this.#ended = once(this.#worker, "exit").then(([code, signal]) => ({ code, signal }));
  }

  /** @returns the port that it listens on. @throws if it cannot listen, or ends before it does. */
  async start(settings: EdgeSettings): Promise<number> {
    const answered = once(this.#worker, "message").then(([message]) => message as FromEdge);
    this.#send({ kind: "start", settings });
    const answer = await Promise.race([answered, this.#ended]);
    if ("port" in answer) return answer.port;
    throw new Error(
      "message" in answer ? answer.message : `an edge ended with ${answer.signal ?? answer.code}`,
    );
  }

  async stop(): Promise<void> {
    if (this.#worker.isConnected()) this.#send({ kind: "stop" });
    const timer = setTimeout(() => this.kill(), STOP_GRACE_MS);
    await this.#ended;
    clearTimeout(timer);
  }

  kill(): void {
    this.#worker.process.kill("SIGKILL");
  }

  #send(message: ToEdge): void {
    // An edge that dies at this moment is seen by its end.
    this.#worker.send(message, () => {});
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
