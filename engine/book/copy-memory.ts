/** Not more than the smallest page of a system's memory. */
const PAGE_BYTES = 4096;

/**
 * Memory for a copy, which is made before the copying. New memory costs more than the copying itself: some
 * hosts clear all of it when it is made, such as workerd, and others provide each page when it is first written
 * to, such as Node. The pages can therefore be touched some at a time.
 */
export class CopyMemory {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  #touchedLength = 0;
  #usedLength = 0;

  constructor(byteLength: number) {
    this.#bytes = new Uint8Array(byteLength);
  }

  get isTouched(): boolean {
    return this.#touchedLength === this.#bytes.length;
  }

  /** Touches the next pages. */
  touch(byteLength: number): void {
    const end = Math.min(this.#touchedLength + byteLength, this.#bytes.length);
    for (let at = this.#touchedLength; at < end; at += PAGE_BYTES) this.#bytes[at] = 0;
    this.#touchedLength = end;
  }

  /** Copies the first values of an array; into other memory if too little is left. */
  doubles(from: Float64Array<ArrayBuffer>, length: number): Float64Array<ArrayBuffer> {
    const place = this.#take(length * Float64Array.BYTES_PER_ELEMENT);
    if (place === undefined) return from.slice(0, length);
    const copy = new Float64Array(this.#bytes.buffer, place, length);
    copy.set(from.subarray(0, length));
    return copy;
  }

  /** Copies the first values of an array; into other memory if too little is left. */
  integers(from: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> {
    const place = this.#take(length * Int32Array.BYTES_PER_ELEMENT);
    if (place === undefined) return from.slice(0, length);
    const copy = new Int32Array(this.#bytes.buffer, place, length);
    copy.set(from.subarray(0, length));
    return copy;
  }

  /** The place of so many bytes, at which doubles may begin; undefined if too few are left. */
  #take(byteLength: number): number | undefined {
    const place = Math.ceil(this.#usedLength / 8) * 8;
    if (place + byteLength > this.#bytes.length) return undefined;
    this.#usedLength = place + byteLength;
    return place;
  }
}
