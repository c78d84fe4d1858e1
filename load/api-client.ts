import type { Problem } from "../protocol/error-code.ts";
import type { instrumentView } from "../protocol/instrument-spec.ts";
import type { OrderBookView } from "../protocol/market-data.ts";
import type { OrderView, PlacedOrderView } from "../protocol/order-entry.ts";

/** An instrument as the venue lists it. */
export type ListedInstrument = ReturnType<typeof instrumentView>;

/** An order as a client sends it. Amounts are decimal text. */
export interface OrderToPlace {
  readonly client_id: string;
  readonly instrument: string;
  readonly side: "buy" | "sell";
  readonly type: "limit" | "market";
  readonly price?: string;
  readonly quantity: string;
}

/** A refusal of the venue, with its reason. */
export class ApiProblem extends Error {
  override readonly name = "ApiProblem";
  readonly status: number;
  readonly code: string;

  constructor(status: number, problem: Partial<Problem>) {
    super(`${status} ${problem.code ?? "without a code"}: ${problem.detail ?? "without a reason"}`);
    this.status = status;
    this.code = problem.code ?? "";
  }
}

/** After this time a request counts as unanswered, and its outcome as unknown. */
const TIMEOUT_MS = 30_000;

/** The calls of the public HTTP API that the load tools make. */
export class ApiClient {
  readonly url: string;
  /** The number of requests sent. */
  requestCount = 0;

  /** @param url the address of the venue, such as `http://localhost:3000`. */
  constructor(url: string) {
    this.url = url.replace(/\/+$/, "");
  }

  async instruments(): Promise<readonly ListedInstrument[]> {
    const { instruments } = await this.#call("GET", "/public/instruments");
    return instruments as ListedInstrument[];
  }

  async orderBook(instrument: string, levels: number): Promise<OrderBookView> {
    const query = new URLSearchParams({ instrument, levels: String(levels) });
    return (await this.#call("GET", `/public/orderbook?${query}`)) as OrderBookView;
  }

  async place(order: OrderToPlace): Promise<PlacedOrderView> {
    return (await this.#call("POST", "/orders", JSON.stringify(order))) as PlacedOrderView;
  }

  async cancel(orderId: string): Promise<OrderView> {
    return (await this.#call("POST", `/orders/${orderId}/cancel`)) as OrderView;
  }

  /** @throws ApiProblem for an unsuccessful answer, or the error of `fetch` if there was no answer. */
  async #call(method: string, path: string, body?: string): Promise<Record<string, unknown>> {
    this.requestCount++;
    const content = body === undefined ? {} : { body, headers: { "content-type": "application/json" } };
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(this.url + path, { method, signal, ...content });
    const text = await response.text();
    if (response.ok) return JSON.parse(text);
    throw new ApiProblem(response.status, readProblem(text));
  }
}

function readProblem(text: string): Partial<Problem> {
  try {
    return JSON.parse(text);
  } catch {
    return { detail: text.slice(0, 200) };
  }
}
