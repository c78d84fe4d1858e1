/** So long a text is below 1 MB, whatever is in it: a UTF-16 unit has three bytes of UTF-8 at most. */
const CHUNK_LENGTH_MAX = 300_000;

/** The items as JSON arrays, each short enough for one value of a statement. No item may be longer than that alone. */
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
