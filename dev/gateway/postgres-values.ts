/** Type numbers of Postgres whose values fit into JSON without loss. */
const boolean = 16;
const int2 = 21;
const int4 = 23;
const oid = 26;
const json = 114;
const float4 = 700;
const float8 = 701;
const jsonb = 3802;

/**
 * Converts a value from Postgres's text form to JSON, for clients that did not request raw text. Booleans,
 * small integers, floats and JSON become native values. All others, such as 64-bit integers and numerics,
 * stay text.
 */
export function decodeText(text: string | null, dataTypeId: number): unknown {
  if (text === null) return null;
  switch (dataTypeId) {
    case boolean:
      return text === "t";
    case int2:
    case int4:
    case oid:
      return Number(text);
    case float4:
    case float8:
      // JSON has neither NaN nor infinities.
      return Number.isFinite(Number(text)) ? Number(text) : text;
    case json:
    case jsonb:
      return JSON.parse(text);
    default:
      return text;
  }
}
