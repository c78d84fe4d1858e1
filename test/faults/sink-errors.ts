import type { MirroredVenue } from "../mirror/mirrored-venue.ts";

interface Health {
  readonly status: string;
  readonly instruments: readonly {
    readonly instrument: string;
    readonly outbox: readonly { readonly sink: string; readonly last_error: string | null }[];
  }[];
}

/** The last error of each sink of an instrument in `/healthz`. */
export async function lastErrors(venue: MirroredVenue, instrument: string): Promise<(string | null)[]> {
  const health: Health = JSON.parse((await venue.http.get("/healthz")).body);
  const found = health.instruments.find((each) => each.instrument === instrument);
  return found?.outbox.map(({ last_error }) => last_error) ?? [];
}
