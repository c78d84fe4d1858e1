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
 * Why a connection could not be opened, if it never can be. A `WebSocket` does not say what was answered, so
 * the same is asked without an upgrade. Undefined where that cannot be known, or coming back may help.
 * @param url of the connection.
 */
export async function refusalOf(url: string): Promise<Refused | undefined> {
  try {
    const signal = AbortSignal.timeout(ASK_MS_MAX);
    const response = await fetch(url.replace(/^ws/, "http"), { signal });
    return refusedBy(response.status, JSON.parse(await response.text()));
  } catch {
    return undefined;
  }
}

/** What stands in front of the venue may answer as it likes: only a problem of the venue's own counts. */
function refusedBy(status: number, body: { readonly code?: unknown }): Refused | undefined {
  const isOwn = status >= 400 && status < 500 && typeof body.code === "string";
  return isOwn && body.code !== "websocket_required" ? new Refused(status, body) : undefined;
}
