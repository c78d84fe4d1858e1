import { parseArgs } from "node:util";
import { readAdminToken } from "./admin-token.ts";

const OPERATIONS = ["freeze", "unfreeze", "status", "verify"];
const USAGE = `npm run admin -- ${OPERATIONS.join("|")} INSTRUMENT [--url http://localhost:3000]`;

/** Asks a venue for one operation. @returns the exit code: 0 done, 1 refused or different, 2 not asked at all. */
async function run(): Promise<number> {
  const options = { url: { type: "string", default: "http://localhost:3000" } } as const;
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const [operation = "", instrument] = positionals;
  if (!OPERATIONS.includes(operation) || instrument === undefined || positionals.length > 2) {
    throw new Error(USAGE);
  }
  const token = readAdminToken();
  if (token === undefined) throw new Error("no token: set ADMIN_TOKEN, in the environment or in .dev.vars");
  const path = `/admin/instruments/${encodeURIComponent(instrument)}/${operation}`;
  const response = await fetch(new URL(path, values.url), {
    method: operation === "status" ? "GET" : "POST",
    headers: { authorization: `Bearer ${token}` },
  });
  const body = (await response.json()) as Record<string, unknown>;
  if (!response.ok) {
    console.error(`${operation} ${instrument}: ${response.status} ${body.code}: ${body.detail}`);
    return 1;
  }
  console.log(readable(body));
  return body.agrees === false ? 1 : 0;
}

/** One line a field; nested ones are indented. */
function readable(value: object, indent = ""): string {
  const lines = Object.entries(value).map(([name, field]) =>
    typeof field === "object" && field !== null
      ? `${indent}${name}:${Object.keys(field).length === 0 ? " none" : `\n${readable(field, `${indent}  `)}`}`
      : `${indent}${name}: ${field ?? "none"}`,
  );
  return lines.join("\n");
}

try {
  process.exitCode = await run();
} catch (error) {
  const { message, cause } = error as Error;
  console.error(`admin: ${message}${cause instanceof Error ? `: ${cause.message}` : ""}`);
  process.exitCode = 2;
}
