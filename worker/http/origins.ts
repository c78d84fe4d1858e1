import type { Problem } from "../../protocol/error-code.ts";

/** What says where this host is reached. */
interface Places {
  /** The origins under which pages of this venue are served, with commas between them; see `publicOrigins`. */
  readonly PUBLIC_ORIGIN?: string;
  /** The address that the host listens on, where it is known. */
  readonly LISTENS_ON?: string;
}

const READS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);
/** A loopback name, as an address to listen on or as a `Host` with its port. */
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\]|::1)(?::\d{1,5})?$/i;
/** What a `Host` may consist of: nothing that has a meaning of its own in a URL. */
const HOST = /^[\w.:[\]-]+$/;

/** Reads the public origins from their variable. @throws naming the rule that it breaks. */
export function publicOrigins(text = ""): readonly string[] {
  const names = text === "" ? [] : text.split(",").map((name) => name.trim());
  return names.map((name) => {
    const origin = originOf(name);
    if (origin !== undefined) return origin;
    throw new Error(
      'PUBLIC_ORIGIN must be origins such as "https://venue.example", without a path, with commas between them',
    );
  });
}

/**
 * What stands against a request because of where it comes from. A browser sends a request of any page to any
 * address that it can reach, and says in `Origin` whose page it is: a page of another site changes nothing here.
 * A site that has its own name lead to this machine has the venue's own pages behind that name: on the loopback
 * address only its own names are answered. Requests without `Origin` are of no page.
 */
export function sourceProblem(request: Request, places: Places): Problem | undefined {
  if (isMisdirected(request, places)) {
    const detail =
      "this host listens on the loopback address and has another name; PUBLIC_ORIGIN gives it more";
    return { code: "misdirected_request", detail };
  }
  if (READS.has(request.method) || !isForeign(request, places)) return undefined;
  return { code: "forbidden", detail: "no page of another origin may change anything" };
}

/** Whether a request is of a page of another origin. */
export function isForeign(request: Request, places: Places): boolean {
  const sent = request.headers.get("origin");
  if (sent === null) return false;
  const origin = originOf(sent);
  const known = publicOrigins(places.PUBLIC_ORIGIN);
  if (origin !== undefined && known.includes(origin)) return false;
  const own = new URL(request.url);
  // Where the public origins are known, another name that leads here is not one of them.
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

/** An origin in the form in which two that are the same are equal; undefined of what is none. */
function originOf(text: string): string | undefined {
  const url = URL.parse(text);
  const isOrigin = url !== null && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`;
  return isOrigin ? url.origin : undefined;
}
