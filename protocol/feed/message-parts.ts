/**
 * A part ends once it has this many characters. One more item, of about 2,000 at most, keeps it far below 1
 * MB.
 */
const PART_LENGTH = 512 * 1024;
/** Lists of no more items than this are not measured: they fit into one message whatever their content. */
const ITEMS_UNMEASURED = 200;

type Lists = Record<string, readonly unknown[]>;

/** Writes a message item by item, as one text, or in as many parts as its lists need. */
export class PartWriter {
  readonly #names: readonly string[];
  readonly #bodies: string[] = [];
  #items: Map<string, string[]>;
  #length = 0;

  /** @param names of the message's lists. Every part has each of them. */
  constructor(names: readonly string[]) {
    this.#names = names;
    this.#items = emptyLists(names);
  }

  /** @param item as JSON, shorter than 2,000 characters. */
  add(name: string, item: string): void {
    this.#items.get(name)?.push(item);
    this.#length += item.length + 1;
    if (this.#length >= PART_LENGTH) this.#end();
  }

  /** @param head the fields that each text has beside the lists. */
  texts(head: object): string[] {
    if (this.#length > 0 || this.#bodies.length === 0) this.#end();
    if (this.#names.length === 0) return [JSON.stringify(head)];
    const start = JSON.stringify(head).slice(0, -1);
    const parts = this.#bodies.length;
    return this.#bodies.map((body, index) =>
      parts === 1 ? `${start},${body}}` : `${start},"part":${index + 1},"parts":${parts},${body}}`,
    );
  }

  #end(): void {
    const lists = this.#names.map((name) => `"${name}":[${this.#items.get(name)?.join(",")}]`);
    this.#bodies.push(lists.join(","));
    this.#items = emptyLists(this.#names);
    this.#length = 0;
  }
}

function emptyLists(names: readonly string[]): Map<string, string[]> {
  return new Map(names.map((name) => [name, []]));
}

/**
 * Formats a message for sending: as one text, or as one text per part.
 * @param head the fields that each text has beside the lists.
 */
export function messageTexts(head: object, lists: Lists): string[] {
  const names = Object.keys(lists);
  const items = names.reduce((sum, name) => sum + (lists[name]?.length ?? 0), 0);
  if (items <= ITEMS_UNMEASURED) return [JSON.stringify({ ...head, ...lists })];
  const writer = new PartWriter(names);
  for (const name of names) for (const item of lists[name] ?? []) writer.add(name, JSON.stringify(item));
  return writer.texts(head);
}

/** Formats a message for sending; its lists are its fields that are lists. */
export function textsOf(message: object): string[] {
  const entries = Object.entries(message);
  const lists = entries.filter(([, value]) => Array.isArray(value));
  if (lists.length === 0) return [JSON.stringify(message)];
  const head = entries.filter(([, value]) => !Array.isArray(value));
  return messageTexts(Object.fromEntries(head), Object.fromEntries(lists) as Lists);
}

/** A message that may be a part of a larger one. */
interface Parted {
  readonly type: string;
  readonly epoch: number;
  readonly seq: number;
  readonly prev_seq?: number | null | undefined;
  readonly part?: number | undefined;
  readonly parts?: number | undefined;
}

/** A whole message, and the texts in which it arrived. */
export interface Joined<M> {
  readonly message: M;
  readonly texts: readonly string[];
}

/** Joins messages that arrive in parts. */
export class PartJoiner<M extends Parted> {
  #of = "";
  #lists = new Map<string, unknown[]>();
  #texts: string[] = [];

  /**
   * @returns the message once it is whole, "more" while parts are outstanding, "lost" if a part is missing.
   */
  take(message: M, text: string): Joined<M> | "more" | "lost" {
    const { part, parts, ...whole } = message;
    if (part === undefined || parts === undefined) {
      this.#begin("");
      return { message, texts: [text] };
    }
    const { type, epoch, seq, prev_seq } = message;
    const of = [type, epoch, seq, prev_seq, parts].join(" ");
    if (part === 1) this.#begin(of);
    else if (of !== this.#of || part > this.#texts.length + 1) return "lost";
    if (part <= this.#texts.length) return "more";
    this.#add(whole, text);
    if (part < parts) return "more";
    const joined = {
      message: { ...whole, ...Object.fromEntries(this.#lists) } as unknown as M,
      texts: this.#texts,
    };
    this.#begin("");
    return joined;
  }

  #begin(of: string): void {
    this.#of = of;
    this.#lists = new Map();
    this.#texts = [];
  }

  #add(part: object, text: string): void {
    this.#texts.push(text);
    for (const [name, items] of Object.entries(part)) {
      if (!Array.isArray(items)) continue;
      const list = this.#lists.get(name) ?? [];
      this.#lists.set(name, list);
      for (const item of items) list.push(item);
    }
  }
}
