import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startVenue } from "../../host/venue.ts";
import { ApiClient } from "../../load/api-client.ts";
import { StreamBook } from "../../load/stream/stream-book.ts";

test("a venue stops despite an open stream, and has everything at the next start", async () => {
  const dataFolder = mkdtempSync(join(tmpdir(), "edgebook-test-"));
  try {
    const first = await startVenue({ dataFolder, onLog: "discard" });
    const api = new ApiClient(first.url);
    const stream = await StreamBook.connect(first.url, "BTC-USD");
    const order = { client_id: "a", instrument: "BTC-USD", side: "buy", type: "limit" } as const;
    await api.place({ ...order, price: "100", quantity: "1" });
    const startedMs = performance.now();
    await first.stop();
    expect(performance.now() - startedMs).toBeLessThan(15_000);
    await expect(stream.reach(Number.MAX_SAFE_INTEGER)).rejects.toThrow("the stream");

    const second = await startVenue({ dataFolder, onLog: "discard" });
    const book = await new ApiClient(second.url).orderBook("BTC-USD", 1);
    expect(book.bids).toEqual([{ price: "100.00", quantity: "1.00000000", orders: 1 }]);
    await second.stop();
  } finally {
    rmSync(dataFolder, { recursive: true });
  }
});
