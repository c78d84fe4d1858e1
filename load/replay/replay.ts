import { basename } from "node:path";
import { build } from "../../host/build.ts";
import { namedUrl } from "../../host/running-venue.ts";
import { fittingTick } from "./fitting.ts";
import { headLine, LineError, parseBook, parseMessages, readText } from "./lobster-file.ts";
import { type ReplayOptions, readOptions, USAGE, UsageError } from "./options.ts";
import { figure } from "./report.ts";
import { type ReplayInput, replay } from "./run.ts";
import { startPrivateVenue, type Target } from "./target.ts";

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(explain(error));
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

async function main(args: readonly string[]): Promise<number> {
  if (args.includes("--help")) {
    console.log(USAGE);
    return 0;
  }
  const options = readOptions(args, namedUrl);
  const input = readInput(options);
  const target: Target = await openTarget(options, input);
  try {
    const { report, summary } = await replay({ ...input, url: target.url });
    console.log(`\n${summary.join("\n")}`);
    if (stop.signal.aborted) console.log("Stopped before the end of the file.");
    else if (options.url !== undefined) console.log(`Resting orders stay on the book of ${options.url}.`);
    return report.faultCount === 0 ? 0 : 1;
  } finally {
    await target.close();
  }
}

function readInput(options: ReplayOptions): Omit<ReplayInput, "url"> {
  const all = parseMessages(...readFile(options.messages));
  const rows = options.book === undefined ? undefined : parseBook(...readFile(options.book));
  const messages = all.slice(0, options.limit);
  const isAligned = rows?.length === all.length;
  const rowText = rows === undefined ? "no book" : `${figure(rows.length)} book rows`;
  const how = isAligned ? ", one a message" : "";
  console.log(`${figure(messages.length)} of ${figure(all.length)} messages, ${rowText}${how}`);
  return {
    instrument: options.instrument,
    messages,
    rows,
    isAligned,
    isVerbose: options.isVerbose,
    print: console.log,
    signal: stop.signal,
  };
}

/** A file's text, and its name in errors. */
function readFile(path: string): [text: string, name: string] {
  const [text, name] = [readText(path), basename(path)];
  const head = headLine(text);
  if (head !== undefined) console.log(`${name}: the header line is skipped: ${head}`);
  return [text, name];
}

async function openTarget(
  { url, instrument }: ReplayOptions,
  { messages, rows }: Pick<ReplayInput, "messages" | "rows">,
): Promise<Target> {
  if (url !== undefined) return { url, close: async () => {} };
  const tickSize = fittingTick(messages, rows);
  console.log(`Starting a private venue for ${instrument}, with ticks of ${tickSize} …`);
  await build();
  return startPrivateVenue(instrument, tickSize);
}

function explain(error: unknown): string {
  if (error instanceof UsageError)
    return `replay: ${error.message}. npm run replay -- --help lists the options.`;
  if (error instanceof LineError) return error.message;
  if (stop.signal.aborted) return "Stopped.";
  const { message, cause } = error as Error;
  return cause === undefined ? message : `${message}: ${String(cause)}`;
}
