import { HttpConnection } from "./http-connection.ts";
import { OrderMix } from "./order-mix.ts";
import { percentile } from "./percentile.ts";

/** The task of one run of the generator. */
export interface LoadTask {
  readonly url: string;
  readonly connections: number;
  readonly warmUpSeconds: number;
  readonly seconds: number;
  /**
   * Orders per second, sent on time whether answers arrive or not. Absent: each connection waits for its
   * answer.
   */
  readonly ratePerSecond?: number;
  readonly hasKeys: boolean;
  readonly seed: number;
}

export interface LoadResult {
  readonly answersPerSecond: number;
  /** Orders acknowledged in the whole run, including before and after the measured seconds. */
  readonly acknowledged: number;
  /** The prefix of every idempotency key, before a dash and the order's number; undefined without keys. */
  readonly keyPrefix: string | undefined;
  readonly errors: number;
  /** The text of the first error. */
  readonly firstError: string | undefined;
  /** Latencies in milliseconds by percentile. */
  readonly latencyMs: Readonly<Record<"p50" | "p90" | "p99" | "p999" | "max", number>>;
  /** CPU time of this process in the measured seconds; 1 is a whole core. */
  readonly cpuShare: number;
}

/** How long a run waits for the last answers. */
const DRAIN_MS = 5000;
/**
 * After this many orders a connection switches to another client, so that no client has too many open orders.
 */
const ORDERS_A_CLIENT = 500;

/** One run. It measures between the warm-up and the end. */
class Run {
  readonly #task: LoadTask;
  readonly #mix: OrderMix;
  readonly #keyPrefix: string | undefined;
  readonly #startMs = performance.now();
  readonly #latenciesMs: number[] = [];
  #answers = 0;
  #acknowledged = 0;
  #errors = 0;
  #firstError: string | undefined;
  /** From now on the end of a connection is not an error. */
  #isOver = false;

  constructor(task: LoadTask) {
    this.#task = task;
    // A key must be new in every run against the same venue.
    this.#keyPrefix = task.hasKeys ? `bench-${Date.now().toString(36)}-${task.seed}` : undefined;
    this.#mix = new OrderMix(new URL(task.url), task.seed, this.#keyPrefix);
  }

  async result(): Promise<LoadResult> {
    const { ratePerSecond, seconds, warmUpSeconds } = this.#task;
    const finished = ratePerSecond === undefined ? this.#closedLoop() : this.#openLoop(ratePerSecond);
    await sleep(warmUpSeconds * 1000);
    const cpuBefore = process.cpuUsage();
    await sleep(this.#endMs - performance.now());
    const cpu = process.cpuUsage(cpuBefore);
    await finished;
    const sorted = Float64Array.from(this.#latenciesMs).sort();
    const at = (share: number) => percentile(sorted, share);
    return {
      answersPerSecond: this.#answers / seconds,
      acknowledged: this.#acknowledged,
      keyPrefix: this.#keyPrefix,
      errors: this.#errors,
      firstError: this.#firstError,
      latencyMs: { p50: at(0.5), p90: at(0.9), p99: at(0.99), p999: at(0.999), max: at(1) },
      cpuShare: (cpu.user + cpu.system) / 1e6 / seconds,
    };
  }

  get #measuredFromMs(): number {
    return this.#startMs + this.#task.warmUpSeconds * 1000;
  }

  get #endMs(): number {
    return this.#measuredFromMs + this.#task.seconds * 1000;
  }

  /** Each connection sends its next order when it has the answer to the previous one. */
  async #closedLoop(): Promise<void> {
    const loops = Array.from({ length: this.#task.connections }, (_, index) => {
      return new Promise<void>((resolve) => {
        const clients = new Clients(index);
        let sentMs = 0;
        const send = () => {
          sentMs = performance.now();
          connection.send(this.#mix.next(clients.next()));
        };
        const onAnswer = (status: number, body: Buffer) => {
          this.#answered(status, body, sentMs);
          if (performance.now() < this.#endMs) return send();
          connection.close();
        };
        const connection = this.#connect(onAnswer, resolve);
        send();
      });
    });
    await Promise.race([Promise.all(loops), sleep(this.#endMs - performance.now() + DRAIN_MS)]);
  }

  /**
   * Orders fall due at even intervals, and each latency counts from that time. If all connections are busy,
   * it includes the wait for one.
   */
  async #openLoop(ratePerSecond: number): Promise<void> {
    const free: ((dueMs: number) => void)[] = [];
    let inFlight = 0;
    for (let index = 0; index < this.#task.connections; index++) {
      const clients = new Clients(index);
      let dueMs = 0;
      const send = (nextDueMs: number) => {
        dueMs = nextDueMs;
        inFlight++;
        connection.send(this.#mix.next(clients.next()));
      };
      const onAnswer = (status: number, body: Buffer) => {
        inFlight--;
        this.#answered(status, body, dueMs);
        free.push(send);
      };
      const connection = this.#connect(onAnswer, () => {});
      free.push(send);
    }
    const intervalMs = 1000 / ratePerSecond;
    let dueMs = this.#startMs;
    while ((dueMs < this.#endMs || inFlight > 0) && performance.now() < this.#endMs + DRAIN_MS) {
      for (const nowMs = performance.now(); dueMs < Math.min(nowMs, this.#endMs); dueMs += intervalMs) {
        const send = free.pop();
        if (send === undefined) break;
        send(dueMs);
      }
      await sleep(1);
    }
    const neverSent = Math.max(0, Math.round((this.#endMs - dueMs) / intervalMs));
    if (neverSent + inFlight > 0) this.#failed(`${neverSent} orders unsent, ${inFlight} unanswered`);
    this.#isOver = true;
  }

  #connect(onAnswer: (status: number, body: Buffer) => void, onEnd: () => void): HttpConnection {
    return new HttpConnection(new URL(this.#task.url), onAnswer, (reason) => {
      if (!this.#isOver && performance.now() < this.#endMs) this.#failed(reason);
      onEnd();
    });
  }

  #answered(status: number, body: Buffer, fromMs: number): void {
    const nowMs = performance.now();
    if (status === 201) this.#acknowledged++;
    else this.#failed(`${status} ${body.toString("latin1", 0, 300)}`);
    if (nowMs < this.#measuredFromMs || fromMs > this.#endMs) return;
    if (nowMs <= this.#endMs) this.#answers++;
    this.#latenciesMs.push(nowMs - fromMs);
  }

  #failed(reason: string): void {
    this.#errors++;
    this.#firstError ??= reason;
  }
}

/** The clients of one connection's orders, one after another. */
class Clients {
  readonly #connection: number;
  #sent = 0;

  constructor(connection: number) {
    this.#connection = connection;
  }

  /** The client of the next order. */
  next(): string {
    return `bench-${this.#connection}-${Math.floor(this.#sent++ / ORDERS_A_CLIENT)}`;
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}

// The task comes from the parent process, and the result returns there.
process.once("message", async (task: LoadTask) => {
  process.send?.(await new Run(task).result(), () => process.exit());
});
