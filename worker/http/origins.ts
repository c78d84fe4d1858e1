import type { Problem } from "../../protocol/error-code.ts";

/** The variables that say where clients reach this host. */
interface Places {
  /** The origins under which pages of this venue are served, separated by commas; see `publicOrigins`. */
  readonly PUBLIC_ORIGIN?: string;
  /** The address that the host listens on, if it is known. */
  readonly LISTENS_ON?: string;
}

const READS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);
/** A loopback name, as an address to listen on or as a `Host` with its port. */
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\]|::1)(?::\d{1,5})?$/i;
/** The allowed characters of a `Host`: none of them has a meaning of its own in a URL. */
const HOST = /^[\w.:[\]-]+$/;

/** Reads the public origins from their variable. @throws with the broken rule. */
export function publicOrigins(text = ""): readonly string[] {
  const names = text === "" ? [] : text.split(",").map((name) => name.trim());
  return names.map((name) => {
    const origin = originOf(name);
    if (origin !== undefined) return origin;
    throw new Error(
      'PUBLIC_ORIGIN must be origins such as "https://venue.example", without a path, separated by commas',
    );
  });
}

/**
 * Checks where a request comes from. Returns a problem if the request must be refused.
 *
 * A browser sends the requests of any page to any address that it can reach, and names the page's origin in
 * `Origin`. A page of another site must not change anything here. A site can also point its own name at this
 * machine, and thereby serve the venue's pages under that name. A host that listens on the loopback address
 * therefore answers only under loopback names. A request without `Origin` comes from no page.
 */
export function sourceProblem(request: Request, places: Places): Problem | undefined {
  if (isMisdirected(request, places)) {
    const detail =
      "this host listens on the loopback address and does not serve this name; PUBLIC_ORIGIN adds names";
    return { code: "misdirected_request", detail };
  }
  if (READS.has(request.method) || !isForeign(request, places)) return undefined;
  return { code: "forbidden", detail: "a page of another origin must not change anything" };
}

/** Whether a request comes from a page of another origin. */
export function isForeign(request: Request, places: Places): boolean {
  const sent = request.headers.get("origin");
  if (sent === null) return false;
  const origin = originOf(sent);
  const known = publicOrigins(places.PUBLIC_ORIGIN);
  if (origin !== undefined && known.includes(origin)) return false;
  const own = new URL(request.url);
  // If the public origins are configured, any other name that resolves to this host is not one of its own.
  const isOwn = origin === own.origin && (known.length === 0 || LOOPBACK.test(own.host));
  return !isOwn;
}

function isMisdirected(request: Request, { LISTENS_ON, PUBLIC_ORIGIN }: Places): boolean {
  if (LISTENS_ON === undefined || !LOOPBACK.test(LISTENS_ON)) return false;
  const host = request.headers.get("host") ?? new URL(request.url).host;
  if (LOOPBACK.test(host)) return false;
  return !publicOrigins(PUBLIC_ORIGIN).some((origin) => {
    const { protocol, host: publicHost } = new URL(origin);
    return HOST.test(host) && URL.parse(`${protocol}//${host}`)?.host === publicHost;
  });
}

/** The canonical form of an origin; undefined if the text is not an origin. */
function originOf(text: string): string | undefined {
  const url = URL.parse(text);
  const isOrigin = url !== null && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`;
  return isOrigin ? url.origin : undefined;
}
