import type { Random } from "../../support/random.ts";

interface Parameter {
  readonly name: string;
  readonly in: "query" | "path";
  readonly required?: boolean;
  readonly schema: { readonly type?: string; readonly format?: string; readonly enum?: readonly string[] };
}

/** A read-only route, with its parameters. */
export interface ReadRoute {
  readonly path: string;
  readonly parameters: readonly Parameter[];
}

/** Every read-only route without a token, from the API's own document. */
export async function readsOf(url: string): Promise<ReadRoute[]> {
  const document = JSON.parse(await (await fetch(`${url}/openapi.json`)).text());
  const paths: [string, { get?: { parameters?: Parameter[] } }][] = Object.entries(document.paths);
  return paths
    .filter(([path, { get }]) => get?.parameters !== undefined && !path.startsWith("/admin"))
    .map(([path, { get }]) => ({ path, parameters: get?.parameters ?? [] }));
}

const UUIDS = [
  "ffffffff-ffff-8001-8000-000000000001",
  "00000000-0000-8001-8000-000000000001",
  "FFFFFFFF-FFFF-8FFF-801F-FFFFFFFFFFFF",
  "e677d21f-dc00-8001-8000-000000000001",
  "ffffffff-ffff-ffff-ffff-ffffffffffff",
  "00000000-0000-0000-0000-000000000000",
  "019c1f2a-7b3c-8001-8000-00000000002a",
  "019c1f2a-7b3c-8002-801f-ffffffffffff",
];
const TIMES = [
  "0000-01-01T00:00:00Z",
  "0001-01-01T00:00:00+23:59",
  "0000-01-01T00:00:00+23:59",
  "9999-12-31T23:59:59.999Z",
  "9999-12-31T23:59:59-23:59",
  "1969-12-31T23:59:59.999Z",
  "1970-01-01T00:00:00Z",
  "2000-02-29T00:00:00Z",
  "2016-12-31T23:59:60Z",
  "2030-02-30T00:00:00Z",
  "2030-01-31T12:00:00.123456789123Z",
  "+010000-01-01T00:00:00Z",
  "-000001-01-01T00:00:00Z",
];
const NUMBERS = ["1", "2", "1000", "999999999999999", "9223372036854775808", "0", "-1", "1e3", "1.5"];
const TEXTS = [
  "",
  "client-A",
  "BTC-USD",
  "ETH-USD",
  "'; --",
  "\\",
  "{}",
  '{"a"}',
  ",",
  "%",
  "\u0000",
  "\ud800",
  "NULL",
];
const NAMES = ["client-A", "BTC-USD", "ETH-USD"];

function drawValue(random: Random, { schema: { type, format, enum: values }, name }: Parameter): string {
  if (random.chance(0.03)) return random.pick([...TEXTS, ...NUMBERS, ...TIMES, ...UUIDS]);
  if (values !== undefined) return random.pick(values);
  if (format === "uuid") return random.pick(UUIDS);
  if (format === "date-time") return random.pick(TIMES);
  if (type === "integer") return random.pick(NUMBERS);
  if (name === "client_id") return random.chance(0.8) ? "client-A" : random.pick(TEXTS);
  return random.chance(0.8) ? random.pick(NAMES) : random.pick(TEXTS);
}

/** A request to a route. Each parameter is present or not, and valid or at the edge of that. */
export function drawRead(random: Random, { path, parameters }: ReadRoute): string {
  const text = (parameter: Parameter) => encodeURIComponent(drawValue(random, parameter).toWellFormed());
  let at = path;
  const pairs: string[] = [];
  for (const parameter of parameters) {
    if (parameter.in === "path") at = at.replace(`{${parameter.name}}`, text(parameter));
    else if (random.chance(parameter.required === true ? 0.95 : 0.4))
      pairs.push(`${parameter.name}=${text(parameter)}`);
  }
  return pairs.length === 0 ? at : `${at}?${pairs.join("&")}`;
}
