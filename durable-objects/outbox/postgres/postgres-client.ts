import { type NeonQueryFunction, neon, neonConfig } from "@neondatabase/serverless";

/** Runs statements on Postgres over HTTP. */
export type Sql = NeonQueryFunction<false, false>;

/**
 * A client for one request: its time limit starts now.
 * @param fetchEndpoint takes the place of Neon's own address, for a gateway on one's own machine.
 */
export function connectPostgres(
  databaseUrl: string,
  fetchEndpoint: string | undefined,
  requestMsMax: number,
): Sql {
  // The driver keeps it for the whole isolate; it is the same for all that runs there.
  if (fetchEndpoint !== undefined) neonConfig.fetchEndpoint = fetchEndpoint;
  return neon(databaseUrl, { fetchOptions: { signal: AbortSignal.timeout(requestMsMax) } });
}
