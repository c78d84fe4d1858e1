import type { FaultCounters, FaultRuleInput, FaultState } from "../../dev/gateway/faults.ts";

/**
 * A gateway's fault port over HTTP. Its counts continue over restarts of the gateway, which itself starts
 * again at zero.
 */
export class FaultPort {
  readonly #url: string;
  readonly #earlier = new Map<string, number>();

  /** @param url the root of the control API. */
  constructor(url: string) {
    this.#url = `${url}/faults`;
  }

  async add(rule: FaultRuleInput): Promise<FaultState> {
    return this.#call("POST", "", rule) as Promise<FaultState>;
  }

  /** How often a rule has fired; undefined if the gateway was restarted and does not know the rule. */
  async fired(id: number): Promise<number | undefined> {
    const { rules } = await this.#read();
    return rules.find((state) => state.id === id)?.fired;
  }

  async clear(): Promise<void> {
    await this.#call("DELETE", "");
  }

  /** Firings so far by `target.kind`, including those of earlier gateways. */
  async counts(): Promise<ReadonlyMap<string, number>> {
    const { counters } = await this.#read();
    const counts = new Map(this.#earlier);
    for (const [name, count] of Object.entries(counters)) counts.set(name, (counts.get(name) ?? 0) + count);
    return counts;
  }

  /** Call this before the gateway is killed. */
  async keepCounts(): Promise<void> {
    for (const [name, count] of await this.counts()) this.#earlier.set(name, count);
  }

  async #read(): Promise<{ rules: FaultState[]; counters: FaultCounters }> {
    return (await this.#call("GET", "")) as { rules: FaultState[]; counters: FaultCounters };
  }

  async #call(method: string, path: string, body?: object): Promise<unknown> {
    const content = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(this.#url + path, { method, ...content });
    if (!response.ok) throw new Error(`the fault port answers ${response.status}: ${await response.text()}`);
    return response.json();
  }
}
