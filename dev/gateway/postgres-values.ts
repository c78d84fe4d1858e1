/** Type numbers of Postgres whose values JSON can carry without loss. */
const boolean = 16;
const int2 = 21;
const int4 = 23;
const oid = 26;
const json = 114;
const float4 = 700;
const float8 = 701;
const jsonb = 3802;

/**
 * A value in Postgres's text form as JSON has it, for clients that did not ask for raw text: booleans, small
 * integers, floats and JSON become native; everything else, 64-bit integers and numerics above all, stays text.
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
      // JSON has no NaN and no infinities.
      return Number.isFinite(Number(text)) ? Number(text) : text;
    case json:
    case jsonb:
      return JSON.parse(text);
    default:
      return text;
  }
}
