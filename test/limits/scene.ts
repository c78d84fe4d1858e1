import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { type RawData, WebSocket } from "ws";
import type { LevelView } from "../../protocol/market-data.ts";
import { type HttpAnswer, HttpClient } from "../system/support/http-client.ts";
import { INSTRUMENT } from "./book-file.ts";
import { ADMIN_TOKEN, type LimitedVenue } from "./limited-venue.ts";
import { Probe } from "./probe.ts";
import type { ProbeResult, ProberOptions } from "./probe-result.ts";

const POLL_MS = 2;
const ANSWER_MS_MAX = 600_000;

/** The environment of a scenario, and its observations. */
export class Scene {
  readonly venue: LimitedVenue;
  /** The number of affected orders. */
  readonly size: number;
  readonly failures: string[] = [];
  readonly probes: ProbeResult[] = [];
  /** The largest body or message of the venue. */
  messageBytesMax = 0;
  /** The duration of the scenario's event. */
  elapsedMs = Number.NaN;
  /** The bids that reads observed. */
  readonly #seen = new Set<string>();
  readonly #neighbours: ProberOptions["neighbours"];
  #http: HttpClient | undefined;

  constructor(venue: LimitedVenue, size: number, neighbours: ProberOptions["neighbours"]) {
    this.venue = venue;
    this.size = size;
    this.#neighbours = neighbours;
  }

  /** Records a failure. The scenario continues. */
  check(isRight: boolean, what: string): void {
    if (!isRight) this.failures.push(what);
  }

  /** Starts the venue and waits until its book is loaded. */
  async start(): Promise<void> {
    await this.venue.start();
    this.#http = new HttpClient(this.venue.url, 8, ANSWER_MS_MAX);
    await this.#bidLots();
  }

  async stop(signal?: NodeJS.Signals): Promise<void> {
    this.#http?.close();
    await this.venue.stop(signal);
  }

  /** Probes during some work. Neighbours before and after a restart are different. */
  async probing(work: () => Promise<void>): Promise<void> {
    const { url } = this.venue;
    const client = `neighbour-${this.probes.length}`;
    const probe = await Probe.start({ url, client, neighbours: this.#neighbours });
    try {
      await work();
    } finally {
      this.probes.push(await probe.stop());
    }
  }

  /** Measures the scenario's event. */
  async timed(work: () => Promise<void>): Promise<void> {
    const startedMs = performance.now();
    await work();
    this.elapsedMs = performance.now() - startedMs;
  }

  async get(path: string, status: number): Promise<HttpAnswer> {
    return this.#answered(`GET ${path}`, this.#client.get(path), status);
  }

  async post(path: string, body: object, status: number): Promise<HttpAnswer> {
    return this.#answered(`POST ${path}`, this.#client.post(path, JSON.stringify(body)), status);
  }

  async #answered(what: string, call: Promise<HttpAnswer>, status: number): Promise<HttpAnswer> {
    const answer = await call;
    this.noteMessage(Buffer.byteLength(answer.body));
    this.check(
      answer.status === status,
      `${what} is answered ${answer.status}: ${answer.body.slice(0, 300)}`,
    );
    return answer;
  }

  /** Sends an operator's request. */
  async operate(operation: string, body?: object): Promise<Record<string, unknown>> {
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, "content-type": "application/json" };
    const url = `${this.venue.url}/admin/instruments/${INSTRUMENT}/${operation}`;
    const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body ?? {}) });
    const text = await response.text();
    this.check(response.ok, `${operation} is answered ${response.status}: ${text.slice(0, 300)}`);
    return response.ok ? JSON.parse(text) : {};
  }

  /** Whether a read observed sliced work half done. */
  get isSeenBetween(): boolean {
    return this.#seen.size > 1;
  }

  /** Waits until no buy is left on the book. */
  async untilNoBids(): Promise<void> {
    while ((await this.#bidLots()) > 0) await sleep(POLL_MS);
  }

  /** Waits until a read observes the work half done. */
  async untilSeenBetween(): Promise<void> {
    while (!this.isSeenBetween) await this.#bidLots();
  }

  /** The displayed lots of the best buy levels. @throws if the venue has failed. */
  async #bidLots(): Promise<number> {
    const [problem] = this.venue.problems;
    if (problem !== undefined) throw new Error(`the work does not continue: ${problem}`);
    const { body } = await this.get(`/public/orderbook?instrument=${INSTRUMENT}&levels=1000`, 200);
    const { bids } = JSON.parse(body);
    const lots = bids.reduce((sum: number, { quantity }: LevelView) => sum + Number(quantity), 0);
    if (lots > 0) this.#seen.add(`${lots} from ${bids[0].price} down`);
    return lots;
  }

  /** Connects to the stream. @param take called with each message. */
  async connect(query: string, take: (message: string) => void): Promise<WebSocket> {
    const url = `${this.venue.url.replace("http", "ws")}/stream?instrument=${INSTRUMENT}${query}`;
    const socket = new WebSocket(url, { maxPayload: 256 * 2 ** 20 });
    socket.on("message", (data: RawData) => {
      const text = String(data);
      this.noteMessage(Buffer.byteLength(text));
      take(text);
    });
    await once(socket, "open");
    return socket;
  }

  noteMessage(bytes: number): void {
    this.messageBytesMax = Math.max(this.messageBytesMax, bytes);
  }

  get #client(): HttpClient {
    if (this.#http === undefined) throw new Error("the venue is down");
    return this.#http;
  }
}
