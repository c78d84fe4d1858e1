import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";

const DOCUMENTS = ["README.md", ...readdirSync("docs").map((name) => `docs/${name}`)].filter((path) =>
  path.endsWith(".md"),
);
const EXAMPLES = DOCUMENTS.flatMap((path) =>
  Array.from(readFileSync(path, "utf8").matchAll(/```ts\n([\s\S]*?)```/g), ([, code = ""]) => ({
    path,
    code,
  })),
);

/** The compiler's diagnostics of a program in the project's folder, for a browser. */
function diagnosticsOf(code: string): string {
  const folder = mkdtempSync(join(tmpdir(), "document-"));
  try {
    writeFileSync(join(folder, "example.ts"), code.replaceAll('from "./', `from "${resolve()}/`));
    const compilerOptions = { lib: ["ES2024", "DOM", "DOM.Iterable"], types: [] };
    const settings = { extends: resolve("tsconfig.base.json"), compilerOptions, files: ["example.ts"] };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(settings));
    const tsc = resolve("node_modules/typescript/bin/tsc");
    return spawnSync(process.execPath, [tsc, "-p", folder], { encoding: "utf8" }).stdout;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("there are programs in the documents", () => {
  expect(EXAMPLES.length).toBeGreaterThanOrEqual(2);
});

test.each(EXAMPLES)("a program of $path type-checks", ({ code }) => {
  expect(diagnosticsOf(code)).toBe("");
});

const BEGINNING = `import { Client } from "./client/client.ts";
const client = new Client({ url: "http://localhost:3000", clientId: "client-A" });
const order = { side: "buy", type: "limit", price: 50000, quantity: "0.5" } as const;
`;

test("requests and messages of the client have types, by channel and by call", () => {
  const code = `${BEGINNING}
client.subscribe("candles.1m", ({ latest }, { candle }) => console.log(latest?.candle?.open, candle?.close));
client.subscribe("ticker@100ms", (_, { bid }) => console.log(bid?.price));
const placed = await client.place({ ...order, expires_at: "2030-01-31T12:00:00Z", time_in_force: "gtd" });
if (placed.status === 201) console.log(placed.body.trade_count);
else console.log(placed.body.code);
const batched = await client.batch({ entries: [{ action: "place", ...order }], atomic: true });
if (batched.status === 200) console.log(batched.body.results.length);
await client.cancelAfter({ seconds: 30 });
const other = await client.request({ op: "subscribe", channels: ["book"] });
console.log(other.status);
`;
  expect(diagnosticsOf(code)).toBe("");
});

test("the client's types reject each of these invalid lines", () => {
  const wrong = [
    'client.subscribe("book.11");',
    'client.subscribe("trades", (_, { bids }) => bids);',
    'client.subscribe("book", ({ trades }) => trades);',
    'await client.place({ side: "buy", type: "limit", price: "1" });',
    "await client.place({ ...order, prise: 1 });",
    "(await client.place(order)).body.order_id;",
    'const a = await client.cancel("x"); if (a.status === 200) a.body.code;',
  ];
  const first = BEGINNING.split("\n").length;
  const lines = diagnosticsOf(`${BEGINNING}${wrong.join("\n")}\n`).matchAll(/\.ts\((\d+),\d+\): error TS/g);
  expect([...new Set(Array.from(lines, ([, line]) => Number(line)))]).toEqual(
    wrong.map((_, at) => first + at),
  );
});
