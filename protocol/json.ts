/** A number of a JSON text as its literal digits, so that no digit is lost to a float. */
export class NumberLiteral {
  readonly source: string;
  constructor(source: string) {
    this.source = source;
  }
}

/** A JSON text that we do not read, with the rule it breaks. */
export class JsonError extends Error {
  override readonly name = "JsonError";
}

const DEPTH_MAX = 8;

/**
 * Reads JSON more strictly than `JSON.parse`: no duplicate keys, no `__proto__`, at most eight levels
 * deep, and every number as a `NumberLiteral`.
 * @throws JsonError naming the rule.
 */
export function readJson(text: string): unknown {
  const { depthMax, keyCount } = measure(text);
  if (depthMax > DEPTH_MAX) throw new JsonError(`nested deeper than ${DEPTH_MAX} levels`);
  let keysSeen = 0;
  let value: unknown;
  try {
    value = JSON.parse(
      text,
      function (this: unknown, key: string, inner: unknown, context?: { source?: string }) {
        if (!Array.isArray(this)) keysSeen++;
        if (key === "__proto__") throw new JsonError('the key "__proto__" is not allowed');
        return typeof inner === "number" ? new NumberLiteral(context?.source ?? String(inner)) : inner;
      },
    );
  } catch (error) {
    if (error instanceof JsonError) throw error;
    throw new JsonError("not valid JSON");
  }
  // The parser drops all but the last of equal keys; it visits the root under an empty key.
  if (keysSeen - 1 !== keyCount) throw new JsonError("an object has the same key twice");
  return value;
}

/** Counts keys and depth in one pass over the characters; exact for valid JSON, harmless for any other. */
function measure(text: string): { depthMax: number; keyCount: number } {
  let depth = 0;
  let depthMax = 0;
  let keyCount = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        at = endOfString(text, at);
        break;
      case COLON:
        keyCount++;
        break;
      case OPEN_BRACE:
      case OPEN_BRACKET:
        depthMax = Math.max(depthMax, ++depth);
        break;
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        depth--;
        break;
    }
  }
  return { depthMax, keyCount };
}

/** The index of the quote that closes the string opened at `open`. */
function endOfString(text: string, open: number): number {
  let at = open + 1;
  while (at < text.length && text.charCodeAt(at) !== QUOTE) at += text.charCodeAt(at) === BACKSLASH ? 2 : 1;
  return at;
}

const QUOTE = 34;
const COLON = 58;
const BACKSLASH = 92;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;
