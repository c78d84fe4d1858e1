/**
 * The paths whose answers are public: equal for everybody, with nothing about a client that is not public.
 */
const OPEN_PATH = /^\/(?:public\/.+|analytics\/market\/?|openapi\.json\/?|asyncapi\.json\/?)$/;
const READS = ["GET", "HEAD"];
const ANY_ORIGIN = { "access-control-allow-origin": "*" };
/** Headers that pages may read beside those that browsers always show them. */
const EXPOSED = { "access-control-expose-headers": "Date, Next-Cursor, Retry-After, X-Request-Id" };
/** Credentials are never allowed, so a page may send any header. `*` does not include `Authorization`. */
const PREFLIGHT = {
  ...ANY_ORIGIN,
  "access-control-allow-methods": READS.join(", "),
  "access-control-allow-headers": "*",
  "access-control-max-age": "86400",
};

/**
 * Lets pages of any origin read public data (CORS), and answers preflight requests. It opens no other path,
 * and no method that changes anything.
 * @param answer answers the request.
 */
export function openToPages(
  request: Request,
  answer: () => Response | Promise<Response>,
): Response | Promise<Response> {
  if (!OPEN_PATH.test(new URL(request.url).pathname)) return answer();
  if (isPreflight(request)) return new Response(null, { status: 204, headers: PREFLIGHT });
  return READS.includes(request.method) ? readable(answer()) : answer();
}

function isPreflight({ method, headers }: Request): boolean {
  return method === "OPTIONS" && headers.has("origin") && headers.has("access-control-request-method");
}

async function readable(answered: Response | Promise<Response>): Promise<Response> {
  const response = await answered;
  for (const [name, value] of Object.entries({ ...ANY_ORIGIN, ...EXPOSED }))
    response.headers.set(name, value);
  return response;
}
