import { HttpConnection } from "./http-connection.ts";

/**
 * The part of k6's own modules that load/orders.js uses, for machines without k6. This module replaces both
 * `k6` and `k6/http`. Its users share one event loop, whereas each of k6's users has a runtime of its own.
 */
export default { asyncRequest };

interface Answer {
  readonly status: number;
  json(name: string): unknown;
}

interface Params {
  readonly headers?: Readonly<Record<string, string>>;
}

/** The measurements of the run. */
export const measured = {
  durationsMs: [] as number[],
  failedRequests: 0,
  checks: 0,
  failedChecks: 0,
};

class Connection {
  readonly #connection: HttpConnection;
  #settle: { resolve: (answer: Answer) => void; reject: (error: Error) => void } | undefined;

  constructor(url: URL) {
    const onAnswer = (status: number, bytes: Buffer) => {
      const body = bytes.toString();
      this.#settle?.resolve({ status, json: (name) => JSON.parse(body)[name] });
    };
    this.#connection = new HttpConnection(url, onAnswer, (reason) => this.#settle?.reject(new Error(reason)));
  }

  send(request: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      this.#connection.send(request);
    });
  }

  close(): void {
    this.#connection.close();
  }
}

const idle: Connection[] = [];

/** Sends one request over an idle connection. It supports only ASCII bodies. */
async function asyncRequest(method: string, url: string, body: string, params: Params): Promise<Answer> {
  const { host, pathname } = new URL(url);
  const connection = idle.pop() ?? new Connection(new URL(url));
  const lines = Object.entries({ ...params.headers, host, "content-length": body.length });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const startMs = performance.now();
  try {
    const answer = await connection.send(`${method} ${pathname} HTTP/1.1\r\n${head}\r\n${body}`);
    measured.durationsMs.push(performance.now() - startMs);
    if (answer.status >= 400) measured.failedRequests++;
    idle.push(connection);
    return answer;
  } catch {
    // Like in k6, a connection that fails is an answer of status 0, not an exception.
    measured.durationsMs.push(performance.now() - startMs);
    measured.failedRequests++;
    return { status: 0, json: () => undefined };
  }
}

/** Counts each named test of a value. Returns true if all succeed. */
export function check<T>(value: T, tests: Readonly<Record<string, (value: T) => boolean>>): boolean {
  const results = Object.values(tests).map((holds) => holds(value));
  measured.checks += results.length;
  measured.failedChecks += results.filter((holds) => !holds).length;
  return results.every(Boolean);
}

/** Closes the connections that the run has left open. */
export function closeConnections(): void {
  for (const connection of idle) connection.close();
}
