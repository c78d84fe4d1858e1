export const PAGE_BYTES = 8_192;

/**
 * The offsets of a page's checksum and of the end of its free space. The latter is 0 only in an unused page.
 */
const CHECKSUM_AT = 8;
const UPPER_AT = 14;
const PRIME = 16_777_619;
const SUMS = 32;
const BASIS = [
  0x5b1f36e9, 0xb8525960, 0x02ab50aa, 0x1de66d2a, 0x79ff467a, 0x9bb9f8a3, 0x217e7cd2, 0x83e13d2c, 0xf8d4474f,
  0xe39eb970, 0x42c6ae16, 0x993216fa, 0x7b093b5d, 0x98daff3c, 0xf718902a, 0x0b1c9cdb, 0xe58f764b, 0x187636bc,
  0x5d7b3bb1, 0xe73de7de, 0x92bec979, 0xcca6c0b2, 0x304a0979, 0x85aa43d4, 0x783125bb, 0x6ca8eaa2, 0xe407eac6,
  0x4b5cfc3e, 0x9fbf8c76, 0x15ca20be, 0xf2ca9fd3, 0x959bd756,
];

/** Whether a page has the checksum that Postgres computes for its number. */
export function isPageSound(page: Buffer, pageNumber: number): boolean {
  if (page.readUInt16LE(UPPER_AT) === 0) return page.every((byte) => byte === 0);
  return page.readUInt16LE(CHECKSUM_AT) === checksum(page, pageNumber);
}

/** Postgres's own checksum: 32 parallel FNV-1a sums, with 0 in place of the checksum. */
function checksum(page: Buffer, pageNumber: number): number {
  const sums = Int32Array.from(BASIS);
  for (let at = 0; at < PAGE_BYTES; at += 4) {
    const value = at === CHECKSUM_AT ? page.readUInt16LE(at + 2) << 16 : page.readInt32LE(at);
    mix(sums, (at / 4) % SUMS, value);
  }
  for (let round = 0; round < 2; round++) for (let sum = 0; sum < SUMS; sum++) mix(sums, sum, 0);
  const all = sums.reduce((folded, sum) => folded ^ sum, 0) ^ pageNumber;
  return ((all >>> 0) % 65_535) + 1;
}

function mix(sums: Int32Array, index: number, value: number): void {
  const mixed = (sums[index] ?? 0) ^ value;
  sums[index] = Math.imul(mixed, PRIME) ^ (mixed >>> 17);
}
