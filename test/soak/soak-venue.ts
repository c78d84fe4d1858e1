import { startVenue, type VenueProcess } from "../../host/venue.ts";
import { HttpClient } from "../system/support/http-client.ts";
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

/** The venue of a soak: one workerd on one data folder, killed and restarted. */
export class SoakVenue implements Startable {
  readonly dataFolder: string;
  readonly #vars: Readonly<Record<string, unknown>>;
  readonly #processEnvironment: Readonly<Record<string, string>>;
  #venue: VenueProcess | undefined;
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
    this.#venue = await startVenue({ ...options, onLog: (line) => this.#takeLog(line) });
    this.#http = new HttpClient(this.#venue.url, CONNECTIONS_MAX, ANSWER_MS_MAX);
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

  #takeLog(line: string): void {
    if (line.includes('"level":"info"')) return;
    const named = /"event":"(\w+)"/.exec(line)?.[1];
    const event = named ?? (line.includes(" warning: ") ? HOST_WARNING : "nameless error");
    this.errorCounts.set(event, (this.errorCounts.get(event) ?? 0) + 1);
    if (EXPECTED_EVENTS.has(event)) return;
    this.errorLines.push(line);
    if (this.errorLines.length > ERRORS_KEPT_MAX) this.errorLines.shift();
  }
}
