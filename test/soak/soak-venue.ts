import { setTimeout as sleep } from "node:timers/promises";
import { logText } from "../../durable-objects/runtime/log.ts";
import { type EdgedVenue, startEdgedVenue } from "../../host/edged-venue.ts";
import { type HttpAnswer, HttpClient } from "../system/support/http-client.ts";
import { SOAK_INSTRUMENTS } from "./market.ts";
import type { Startable } from "./part.ts";

export const ADMIN_TOKEN = "soak";
const CONNECTIONS_MAX = 64;
/** The order path waits only for its own disk: a call that takes longer is a fault. */
const ANSWER_MS_MAX = 30_000;
const ERRORS_KEPT_MAX = 20;
/** workerd warns if an alarm is moved that was due when the process was killed. */
const HOST_WARNING = "workerd's own warning";
/** The events that the venue logs while a database is down. */
const EXPECTED_EVENTS = new Set(["outbox_failed", "history_failed", HOST_WARNING]);

/**
 * Rejects where an edge answers that workerd is gone, as a call does whose connection ends: the outcome is
 * unknown, or nothing happened.
 */
class KnownAnswers extends HttpClient {
  override async get(path: string): Promise<HttpAnswer> {
    return known(await super.get(path));
  }

  override async post(path: string, body?: string): Promise<HttpAnswer> {
    return known(await super.post(path, body));
  }
}

function known(answer: HttpAnswer): HttpAnswer {
  const isUnknown = answer.status === 502 || (answer.status === 503 && answer.body.includes('"overloaded"'));
  if (isUnknown) throw new Error(`answered ${answer.status}: ${answer.body}`);
  return answer;
}

/** The events that edges log while workerd or one of them is down: they answer that an outcome is unknown. */
const EXPECTED_EDGE_EVENTS = new Set([
  "request",
  "object_call_failed",
  "edge_ended",
  "link_broken",
  "link_not_open",
]);
const EDGES = 2;

/** The venue of a soak: workerd on one data folder and two edges before it, killed and restarted. */
export class SoakVenue implements Startable {
  readonly dataFolder: string;
  readonly #vars: Readonly<Record<string, unknown>>;
  readonly #processEnvironment: Readonly<Record<string, string>>;
  #venue: EdgedVenue | undefined;
  #http: HttpClient | undefined;
  /** Errors in the log, by the name of their event. */
  readonly errorCounts = new Map<string, number>();
  /**
   * The last log lines with errors other than a sink's. The soak causes errors of sinks; it must not cause
   * others.
   */
  readonly errorLines: string[] = [];

  /** @param processEnvironment the environment of the process itself. */
  constructor(
    dataFolder: string,
    environment: Readonly<Record<string, string>>,
    processEnvironment: Readonly<Record<string, string>>,
  ) {
    this.dataFolder = dataFolder;
    this.#processEnvironment = processEnvironment;
    this.#vars = { ...environment, ADMIN_TOKEN, INSTRUMENTS: SOAK_INSTRUMENTS };
  }

  async start(): Promise<void> {
    const options = {
      dataFolder: this.dataFolder,
      vars: this.#vars,
      environment: this.#processEnvironment,
    };
    const takeEdgeLog = (line: string) => this.#takeLog(line, EXPECTED_EDGE_EVENTS);
    this.#venue = await startEdgedVenue({
      ...options,
      edges: EDGES,
      edgesHost: {
        onLines: (lines) => lines.forEach(takeEdgeLog),
        log: (level, event, fields) => takeEdgeLog(logText(level, event, fields)),
      },
      onLog: (line) => this.#takeLog(line),
    });
    this.#http = new KnownAnswers(this.#venue.url, CONNECTIONS_MAX, ANSWER_MS_MAX);
  }

  /** Kills one of the edges, which is then replaced. @returns whether there was one. */
  killEdge(index: number): boolean {
    return this.#signalEdge(this.#venue?.edgePids()[index], "SIGKILL");
  }

  /** Has one of the edges stand still for a time. @returns whether there was one. */
  async stallEdge(index: number, milliseconds: number): Promise<boolean> {
    const pid = this.#venue?.edgePids()[index];
    if (!this.#signalEdge(pid, "SIGSTOP")) return false;
    try {
      await sleep(milliseconds);
    } finally {
      this.#signalEdge(pid, "SIGCONT");
    }
    return true;
  }

  #signalEdge(pid: number | undefined, signal: NodeJS.Signals): boolean {
    try {
      return pid !== undefined && process.kill(pid, signal);
    } catch {
      // It has just been killed with the venue.
      return false;
    }
  }

  kill(): Promise<void> {
    return this.stop("SIGKILL");
  }

  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    const venue = this.#venue;
    this.#venue = undefined;
    this.#http?.close();
    await venue?.stop(signal);
  }

  get http(): HttpClient {
    if (this.#http === undefined) throw new Error("the venue has not been started");
    return this.#http;
  }

  get url(): string {
    if (this.#venue === undefined) throw new Error("the venue is down");
    return this.#venue.url;
  }

  /** @param expected the events that are expected of this process, beside those of a sink. */
  #takeLog(line: string, expected: ReadonlySet<string> = new Set()): void {
    if (line.includes('"level":"info"')) return;
    const named = /"event":"(\w+)"/.exec(line)?.[1];
    const event = named ?? (line.includes(" warning: ") ? HOST_WARNING : "nameless error");
    this.errorCounts.set(event, (this.errorCounts.get(event) ?? 0) + 1);
    if (EXPECTED_EVENTS.has(event) || expected.has(event)) return;
    this.errorLines.push(line);
    if (this.errorLines.length > ERRORS_KEPT_MAX) this.errorLines.shift();
  }
}
