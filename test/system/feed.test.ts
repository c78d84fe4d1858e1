import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { expect, test, vi } from "vitest";
import type { BookState } from "../../client/book-state.ts";
import { Client } from "../../client/client.ts";
import type { VenueProcess } from "../../host/venue.ts";
import { ApiClient } from "../../load/api-client.ts";
import { CHANNELS } from "../../protocol/feed/feed-channel.ts";
import { freePort } from "../support/free-port.ts";
import { Random } from "../support/random.ts";
import { HOSTS } from "./support/hosts.ts";

const CLIENT = "client-A";

/** Checks messages against the document that the venue itself serves. */
class DocumentCheck {
  readonly #validators: readonly ValidateFunction[];
  readonly faults: string[] = [];
  readonly kinds = new Set<string>();

  private constructor(validators: readonly ValidateFunction[]) {
    this.#validators = validators;
  }

  static async of(url: string): Promise<DocumentCheck> {
    const { channels, operations, components } = JSON.parse(
      await (await fetch(`${url}/asyncapi.json`)).text(),
    );
    const ajv = new Ajv2020({ strict: false });
    addFormats.default(ajv);
    ajv.addSchema({ $id: "doc", components });
    const names: string[] = operations.tell.messages.map(({ $ref }: { $ref: string }) =>
      $ref.split("/").at(-1),
    );
    return new DocumentCheck(
      names.map((name) => ajv.compile({ $ref: `doc${channels.stream.messages[name].payload.$ref}` })),
    );
  }

  take(text: string): void {
    if (text === "pong") return;
    const message = JSON.parse(text);
    this.kinds.add(`${message.type} ${message.channel ?? ""}`);
    // Exactly one schema, so that messages are distinguishable.
    const count = this.#validators.filter((validate) => validate(message)).length;
    if (count !== 1) this.faults.push(`${count} schemas take ${text.slice(0, 300)}`);
  }
}

/** A socket whose messages are checked on their way in. */
function checkedSocket(url: string, check: DocumentCheck): WebSocket {
  const socket = new WebSocket(url);
  socket.addEventListener("message", ({ data }) => check.take(String(data)));
  return socket;
}

test.each(HOSTS)(
  "clients survive kill -9 of the host with the venue's book, and every message matches the document (%s)",
  async (_host, startVenue) => {
    const dataFolder = mkdtempSync(join(tmpdir(), "edgebook-feed-"));
    const random = new Random(77);
    const port = await freePort();
    let venue: VenueProcess = await startVenue({ dataFolder, port, onLog: "discard" });
    const check = await DocumentCheck.of(venue.url);
    const connect = (url: string) => checkedSocket(url, check);
    const options = { url: venue.url, connect };
    const own = new Client({ ...options, clientId: CLIENT });
    const relayed = new Client({ ...options, instrument: "BTC-USD,ETH-USD" });
    try {
      const isPublic = (channel: string) => channel !== "executions";
      const ownAll = CHANNELS.map((channel) => own.subscribe(channel));
      const relayedAll = CHANNELS.filter(isPublic).map((channel) => relayed.subscribe(channel));
      const place = async () => {
        const order = { side: random.pick(["buy", "sell"] as const), quantity: String(random.between(1, 5)) };
        const terms = { type: "limit", self_trade_prevention: "none" } as const;
        const body = { ...order, ...terms, price: String(random.between(95, 105)) };
        // A client that is cut off does not know what happened to its order. Here it need not know.
        await own.place(body).catch(() => {});
      };
      for (let round = 0; round < 3; round++) {
        for (let count = 0; count < 40; count++) await place();
        const api = new ApiClient(venue.url);
        await vi.waitFor(
          async () => {
            const { bids, asks, sequence } = await api.orderBook("BTC-USD", 1000);
            for (const all of [ownAll, relayedAll]) {
              const book = all.find(({ channel }) => channel === "book");
              const state = book?.state as BookState | undefined;
              const known = { bids: state?.bids, asks: state?.asks, seq: book?.seq };
              expect(known).toEqual({ bids, asks, seq: sequence });
            }
          },
          { timeout: 20_000, interval: 200 },
        );
        for (let count = 0; count < 20; count++) void place();
        await venue.stop("SIGKILL");
        venue = await startVenue({ dataFolder, port, onLog: "discard" });
        await sleep(500);
      }
      for (const { channel, faults, seq } of [...ownAll, ...relayedAll])
        expect({ faults, hasBegun: seq !== undefined }, channel).toEqual({ faults: 0, hasBegun: true });
      expect(check.faults).toEqual([]);
      for (const channel of CHANNELS)
        expect(check.kinds, "it was all there").toContain(`snapshot ${channel}`);
      expect(check.kinds).toContain("answer ");
    } finally {
      own.close();
      relayed.close();
      await venue.stop("SIGKILL");
      rmSync(dataFolder, { recursive: true });
    }
  },
);
