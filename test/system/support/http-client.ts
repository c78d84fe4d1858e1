import { Agent, request } from "node:http";

export interface HttpAnswer {
  readonly status: number;
  /** Whether the answer is marked as a stored one. */
  readonly isReplay: boolean;
  readonly body: string;
}

/** Calls one venue over persistent connections. */
export class HttpClient {
  readonly #url: string;
  readonly #agent: Agent;
  readonly #answerMsMax: number | undefined;

  /** @param answerMsMax a call without an answer after this time rejects. Without it calls wait for ever. */
  constructor(url: string, connectionsMax: number, answerMsMax?: number) {
    this.#url = url;
    this.#answerMsMax = answerMsMax;
    this.#agent = new Agent({ keepAlive: true, maxSockets: connectionsMax });
  }

  get(path: string): Promise<HttpAnswer> {
    return this.#call("GET", path, undefined);
  }

  post(path: string, body?: string): Promise<HttpAnswer> {
    return this.#call("POST", path, body);
  }

  close(): void {
    this.#agent.destroy();
  }

  /** Rejects if the connection ends before the answer is complete: its outcome is then unknown. */
  #call(method: string, path: string, body: string | undefined): Promise<HttpAnswer> {
    const headers =
      body === undefined
        ? { "content-length": 0 }
        : { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    return new Promise((resolve, reject) => {
      const limit = this.#answerMsMax === undefined ? {} : { signal: AbortSignal.timeout(this.#answerMsMax) };
      const call = request(
        this.#url + path,
        { method, agent: this.#agent, headers, ...limit },
        (response) => {
          let text = "";
          response.setEncoding("utf8");
          response.on("data", (chunk: string) => {
            text += chunk;
          });
          response.on("error", reject);
          response.on("end", () => {
            const isReplay = response.headers["idempotency-replayed"] === "true";
            resolve({ status: response.statusCode ?? 0, isReplay, body: text });
          });
        },
      );
      call.on("error", reject);
      call.end(body);
    });
  }
}
