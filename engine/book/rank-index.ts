import { IntegerMap, NONE } from "./integer-map.ts";

const FANOUT = 32;
/** Room for the height in a node's key. No height is larger. */
const HEIGHTS = 16;

/**
 * Finds price levels by rank: the level at a rank, and the nearest level ahead of a rank.
 *
 * It is a radix tree of 32-way nodes, each with a bitmap of its children. A hash table by height and prefix
 * reaches every node directly, so a step begins at the bottom and climbs only as far as it must. A book whose
 * levels are close together uses only the lowest nodes. The largest rank fixes the height, so every step is
 * bounded by its log32, however many levels there are.
 */
export class RankIndex {
  readonly #height: number;
  readonly #nodes = new IntegerMap();
  #bitmaps = new Int32Array(64);
  #children = new Int32Array(64 * FANOUT);
  #nodeCount = 0;
  readonly #freeNodes: number[] = [];

  /** @param rankMax the largest rank that will be added, a safe integer. */
  constructor(rankMax: number) {
    let height = 1;
    for (let prefix = Math.floor(rankMax / FANOUT); prefix > 0; prefix = Math.floor(prefix / FANOUT))
      height++;
    this.#height = height;
  }

  /** The value added at `rank`, or NONE. */
  get(rank: number): number {
    const prefix = Math.floor(rank / FANOUT);
    const node = this.#nodes.get(nodeKey(prefix, 0));
    if (node === NONE) return NONE;
    const bit = rank - prefix * FANOUT;
    return ((this.#bitmaps[node] as number) >>> bit) & 1
      ? (this.#children[node * FANOUT + bit] as number)
      : NONE;
  }

  /** Adds `value` at `rank`, which must be free. */
  add(rank: number, value: number): void {
    let child = value;
    let index = rank;
    for (let height = 0; height < this.#height; height++) {
      const prefix = Math.floor(index / FANOUT);
      const bit = index - prefix * FANOUT;
      const key = nodeKey(prefix, height);
      let node = this.#nodes.get(key);
      const isNew = node === NONE;
      if (isNew) {
        node = this.#allocate();
        this.#nodes.set(key, node);
      }
      this.#children[node * FANOUT + bit] = child;
      this.#bitmaps[node] = (this.#bitmaps[node] as number) | (1 << bit);
      if (!isNew) return;
      child = node;
      index = prefix;
    }
  }

  /** Removes the value at `rank`. */
  remove(rank: number): void {
    let index = rank;
    for (let height = 0; height < this.#height; height++) {
      const prefix = Math.floor(index / FANOUT);
      const bit = index - prefix * FANOUT;
      const key = nodeKey(prefix, height);
      const node = this.#nodes.get(key);
      const left = (this.#bitmaps[node] as number) & ~(1 << bit);
      this.#bitmaps[node] = left;
      if (left !== 0) return;
      this.#nodes.delete(key);
      this.#freeNodes.push(node);
      index = prefix;
    }
  }

  /** The value at the greatest rank below `rank`, or NONE. */
  nearestBelow(rank: number): number {
    let index = rank;
    for (let height = 0; height < this.#height; height++) {
      const prefix = Math.floor(index / FANOUT);
      const node = this.#nodes.get(nodeKey(prefix, height));
      if (node !== NONE) {
        const below = (this.#bitmaps[node] as number) & ((1 << (index - prefix * FANOUT)) - 1);
        if (below !== 0)
          return this.#lastBelow(this.#children[node * FANOUT + highestBit(below)] as number, height);
      }
      index = prefix;
    }
    return NONE;
  }

  #lastBelow(from: number, height: number): number {
    let child = from;
    for (let left = height; left > 0; left--) {
      child = this.#children[child * FANOUT + highestBit(this.#bitmaps[child] as number)] as number;
    }
    return child;
  }

  #allocate(): number {
    const free = this.#freeNodes.pop();
    if (free !== undefined) return free;
    if (this.#nodeCount === this.#bitmaps.length) {
      this.#bitmaps = grown(this.#bitmaps);
      this.#children = grown(this.#children);
    }
    return this.#nodeCount++;
  }
}

function nodeKey(prefix: number, height: number): number {
  return prefix * HEIGHTS + height + 1;
}

function highestBit(bitmap: number): number {
  return 31 - Math.clz32(bitmap);
}

function grown(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(array.length * 2);
  larger.set(array);
  return larger;
}
