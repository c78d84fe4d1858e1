const ASK_MS_MAX = 5_000;

/** The venue does not take a connection of this kind, now or later. */
export class Refused extends Error {
  override readonly name = "Refused";
  /** As HTTP has it. */
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
 * Why a connection could not be opened: `Refused` if it never can be, otherwise another Error with what was
 * found. A `WebSocket` does not say what was answered, so the same is asked without an upgrade.
 * @param url of the connection.
 */
export async function failureAt(url: string): Promise<Error> {
  const { origin } = new URL(url.replace(/^ws/, "http"));
  try {
    const signal = AbortSignal.timeout(ASK_MS_MAX);
    const response = await fetch(url.replace(/^ws/, "http"), { signal });
    const refused = refusedBy(response.status, await response.text());
    return (
      refused ?? new Error(`${origin} answers ${response.status} at /stream, and no connection came about`)
    );
  } catch (error) {
    return new Error(`${origin} cannot be reached: ${reasonOf(error)}`, { cause: error });
  }
}

/** In words; `fetch` says the reason by its cause. */
function reasonOf(error: unknown): string {
  const { cause, message } = error as Error;
  return (cause as Error | undefined)?.message || message;
}

/** What stands in front of the venue may answer as it likes: only a problem of the venue's own counts. */
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
