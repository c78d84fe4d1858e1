import { setTimeout as sleep } from "node:timers/promises";
import { readAdminToken } from "./admin-token.ts";
import { readRunning, venueUrl } from "./running-venue.ts";
import { readCommandLine } from "./tools/command-line.ts";

const OPERATIONS = ["freeze", "unfreeze", "status", "release", "rebuild", "verify", "trading-status"];
const USAGE = `npm run admin -- ${OPERATIONS.join("|")} INSTRUMENT [STATUS] [--for SECONDS] [--url URL] [--discard-journal] [--adopt VENUE_ID|none]`;
/** The interval at which the progress of a rebuild is read. */
const PROGRESS_MS = 1_000;

/** Sends one operation to a venue. @returns the exit code: 0 done, 1 refused or different, 2 not sent. */
async function run(): Promise<number> {
  const { values, positionals } = readCommandLine({
    name: "npm run admin",
    about: `Operates one instrument of a venue. OPERATION is one of ${OPERATIONS.join(", ")}.`,
    positionals: "OPERATION INSTRUMENT [STATUS]",
    options: {
      url: { type: "string", value: "URL", help: "the venue; default: the one that runs on this machine" },
      "discard-journal": {
        type: "boolean",
        help: "rebuild: discard what the journal has",
        default: false,
      },
      adopt: {
        type: "string",
        value: "VENUE_ID",
        help: 'rebuild: take over the rows of that venue, or of "none"',
      },
      for: { type: "string", value: "SECONDS", help: "trading-status: the duration of a halt or an auction" },
    },
  });
  const [operation = "", instrument, status] = positionals;
  const isChange = operation === "trading-status";
  const isUsable = OPERATIONS.includes(operation) && positionals.length === (isChange ? 3 : 2);
  if (!isUsable || instrument === undefined) throw new Error(USAGE);
  if (values.for !== undefined && !(isChange && Number(values.for) > 0)) throw new Error(USAGE);
  const url = venueUrl(values.url);
  // A token belongs to one venue. Sent to another address, it would be disclosed to that venue.
  const running = values.url === undefined ? readRunning() : undefined;
  const token = running?.url === url ? running.admin_token : readAdminToken();
  if (token === undefined) throw new Error("no token: set ADMIN_TOKEN, in the environment or in .dev.vars");
  const query = new URLSearchParams();
  if (values["discard-journal"]) query.set("discard_journal", "true");
  if (values.adopt !== undefined) query.set("adopt", values.adopt);
  if (query.size > 0 && operation !== "rebuild") throw new Error(USAGE);
  const forSeconds = values.for === undefined ? {} : { for_seconds: Number(values.for) };
  const ask = async (asked: string) => {
    const path = `/admin/instruments/${encodeURIComponent(instrument)}/${asked}`;
    const response = await fetch(new URL(path, url), {
      method: asked === "status" ? "GET" : "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(isChange ? { body: JSON.stringify({ status, ...forSeconds }) } : {}),
    });
    return { response, body: (await response.json()) as Record<string, unknown> };
  };
  const done = ask(query.size > 0 ? `${operation}?${query}` : operation);
  if (operation === "rebuild") await showProgress(done, () => ask("status"));
  const { response, body } = await done;
  if (!response.ok) {
    console.error(`${operation} ${instrument}: ${response.status} ${body.code}: ${body.detail}`);
    return 1;
  }
  console.log(readable(body));
  return body.agrees === false ? 1 : 0;
}

/** Prints the progress of a rebuild until it is done. */
async function showProgress(
  done: Promise<unknown>,
  status: () => Promise<{ body: Record<string, unknown> }>,
): Promise<void> {
  const ended = done.then(
    () => true,
    () => true,
  );
  while (!(await Promise.race([ended, sleep(PROGRESS_MS, false)]))) {
    const { rebuild } = (await status()).body;
    const { orders = 0, orders_total: total = 0 } = (rebuild ?? {}) as Record<string, number>;
    console.error(`${orders} of ${total} open orders`);
  }
}

/** One line per field. Nested fields are indented. */
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
