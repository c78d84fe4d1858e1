import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { LogLevel } from "../durable-objects/runtime/log.ts";
import type { EdgeSettings } from "./edge/edge-settings.ts";
import { EdgeProcess } from "./edge-process.ts";

const RESTART_MS_MIN = 100;
const RESTART_MS_MAX = 5_000;
/** An edge that has run for this long is sound: if it ends, the next one starts at once. */
const SOUND_MS = 10_000;
/** The most connections that wait for an edge. */
const WAITING_MAX = 1_024;

/** What the supervisor does for its edges. */
export interface EdgesHost {
  /** Takes lines that they have written. */
  readonly onLines: (lines: readonly string[]) => void;
  readonly log: (level: LogLevel, event: string, fields: object) => void;
}

/**
 * The edges of a venue: processes that answer HTTP, with links to workerd. This process, their supervisor,
 * listens, and gives each connection to the next edge in turn. An edge that dies is replaced. Meanwhile the
 * others go on, and if there is none, connections wait.
 */
export class Edges {
  readonly #host: EdgesHost;
  readonly #processes: EdgeProcess[];
  readonly #servers: Server[] = [];
  #waiting: Socket[] = [];
  #turn = 0;
  #isStopping = false;

  /** Begins the processes, so that they load while workerd does. */
  constructor(count: number, host: EdgesHost) {
    this.#host = host;
    this.#processes = Array.from({ length: count }, (_, index) => this.#begin(index));
  }

  /** The process ids of the edges. */
  get pids(): number[] {
    return this.#processes.map(({ pid }) => pid);
  }

  /**
   * Starts the edges, and listens.
   * @param addresses where to listen, all at the same port. Port 0 selects a free one.
   * @returns the port. @throws if an address is in use, or an edge does not start.
   */
  async start(addresses: { readonly hosts: readonly string[]; port: number }, settings: EdgeSettings) {
    await Promise.all(this.#processes.map((process) => process.start(settings)));
    this.#processes.forEach((_, index) => void this.#keep(index, settings));
    let { port } = addresses;
    for (const host of addresses.hosts) port = await this.#listen(host, port);
    return port;
  }

  /** Lets every edge finish what is under way, then ends it. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    for (const server of this.#servers) server.close();
    for (const socket of this.#waiting) socket.destroy();
    await Promise.all(this.#processes.map((process) => process.stop()));
  }

  /** Ends every edge at once, as a crash does. */
  kill(): void {
    this.#isStopping = true;
    for (const server of this.#servers) server.close();
    for (const process of this.#processes) process.kill();
  }

  async #listen(host: string, port: number): Promise<number> {
    const server = createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true }, (socket) =>
      this.#distribute(socket),
    );
    server.listen({ host, port });
    await once(server, "listening");
    this.#servers.push(server);
    return (server.address() as AddressInfo).port;
  }

  #begin(index: number): EdgeProcess {
    return new EdgeProcess(this.#host.onLines, (ask) => void this.#answer(index, ask));
  }

  /** Sends the readings of all edges to the one that asks. */
  async #answer(index: number, ask: number): Promise<void> {
    const readings = await Promise.all(this.#processes.map((process) => process.read()));
    this.#processes[index]?.send({ kind: "readings", ask, readings });
  }

  /** Gives a connection to the next edge that takes connections. An edge that stands still is left out. */
  #distribute(socket: Socket): void {
    const taking = this.#processes.filter(({ isStarted }) => isStarted);
    const alive = taking.filter(({ isAlive }) => isAlive);
    const candidates = alive.length > 0 ? alive : taking;
    const edge = candidates[this.#turn++ % candidates.length];
    if (edge !== undefined) edge.serve(socket);
    else if (this.#waiting.length < WAITING_MAX) this.#waiting.push(socket);
    else socket.destroy();
  }

  /** Replaces an edge whenever it has ended. */
  async #keep(index: number, settings: EdgeSettings): Promise<void> {
    for (let delayMs = 0; ; ) {
      const process = this.#processes[index] as EdgeProcess;
      const end = await process.ended;
      if (this.#isStopping) return;
      this.#host.log("error", "edge_ended", { edge: index, pid: process.pid, ...end });
      delayMs =
        process.ageMs > SOUND_MS ? 0 : Math.min(RESTART_MS_MAX, Math.max(RESTART_MS_MIN, 2 * delayMs));
      await sleep(delayMs);
      if (this.#isStopping) return;
      await this.#replace(index, settings);
    }
  }

  async #replace(index: number, settings: EdgeSettings): Promise<void> {
    const process = this.#begin(index);
    this.#processes[index] = process;
    try {
      await process.start(settings);
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const socket of waiting) this.#distribute(socket);
    } catch {
      // The process has ended, which the caller's loop sees next.
    }
  }
}
