const ASK_MS_MAX = 5_000;

/** The venue refuses a connection of this kind permanently. */
export class Refused extends Error {
  override readonly name = "Refused";
  /** The HTTP status of the refusal. */
  readonly status: number;
  /** The venue's problem: `code`, `detail` and the `field` at fault. */
  readonly body: unknown;

  constructor(status: number, body: unknown) {
    super(`the venue refuses the connection: ${JSON.stringify(body)}`);
    this.status = status;
    this.body = body;
  }
}

/**
 * Finds out why a connection could not be opened. Returns `Refused` if the venue refuses it permanently,
 * otherwise another Error with the cause. A `WebSocket` does not expose the response to its upgrade, so this
 * requests the same URL without an upgrade.
 * @param url of the connection.
 */
export async function failureAt(url: string): Promise<Error> {
  const { origin } = new URL(url.replace(/^ws/, "http"));
  try {
    const signal = AbortSignal.timeout(ASK_MS_MAX);
    const response = await fetch(url.replace(/^ws/, "http"), { signal });
    const refused = refusedBy(response.status, await response.text());
    return (
      refused ?? new Error(`${origin} answered ${response.status} at /stream, and no connection was opened`)
    );
  } catch (error) {
    return new Error(`${origin} cannot be reached: ${reasonOf(error)}`, { cause: error });
  }
}

/** The reason as text. `fetch` has it in `cause`. */
function reasonOf(error: unknown): string {
  const { cause, message } = error as Error;
  return (cause as Error | undefined)?.message || message;
}

/** A proxy in front of the venue may answer anything. Only a problem of the venue itself counts. */
function refusedBy(status: number, text: string): Refused | undefined {
  const body = problemIn(text);
  const isOwn = status >= 400 && status < 500 && typeof body?.code === "string";
  return isOwn && body.code !== "websocket_required" ? new Refused(status, body) : undefined;
}

function problemIn(text: string): { readonly code?: unknown } | undefined {
  try {
    return JSON.parse(text) ?? undefined;
  } catch {
    return undefined;
  }
}
