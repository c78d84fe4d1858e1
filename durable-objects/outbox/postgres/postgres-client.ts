import { type NeonQueryFunction, neon, neonConfig } from "@neondatabase/serverless";

/** Runs statements on Postgres over HTTP. */
export type Sql = NeonQueryFunction<false, false>;

/**
 * A client for one request. Its time limit starts now.
 * @param fetchEndpoint replaces Neon's own address, for a local gateway.
 */
export function connectPostgres(
  databaseUrl: string,
  fetchEndpoint: string | undefined,
  requestMsMax: number,
): Sql {
  // The driver stores this per isolate. All users in an isolate have the same value.
  if (fetchEndpoint !== undefined) neonConfig.fetchEndpoint = fetchEndpoint;
  return neon(databaseUrl, { fetchOptions: { signal: AbortSignal.timeout(requestMsMax) } });
}
