/**
 * A text of this length is below 1 MB whatever its content: a UTF-16 unit has at most three bytes of UTF-8.
 */
const CHUNK_LENGTH_MAX = 300_000;

/**
 * The items as JSON arrays, each short enough for one value of a statement. No single item may be longer than
 * that.
 */
export function* jsonChunks(items: Iterable<unknown>): Generator<string> {
  let texts: string[] = [];
  let length = 0;
  for (const item of items) {
    const text = JSON.stringify(item);
    if (length + text.length > CHUNK_LENGTH_MAX && texts.length > 0) {
      yield `[${texts.join(",")}]`;
      texts = [];
      length = 0;
    }
    texts.push(text);
    length += text.length + 1;
  }
  if (texts.length > 0) yield `[${texts.join(",")}]`;
}
