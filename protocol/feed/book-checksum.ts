import type { LevelView } from "../market-data.ts";

/** How many levels of each side a checksum covers. */
export const CHECKSUM_LEVELS = 10;

type CheckedLevel = Pick<LevelView, "price" | "quantity">;

/**
 * A fingerprint of the best ten levels of each side, by which a subscriber proves that its book is the
 * venue's: CRC-32 (IEEE 802.3) of the asks from low to high, then the bids from high to low, of each level
 * the digits of the price and then those of the quantity, without the point and without leading zeros.
 *
 * @param bids best first, as many as there are.
 * @param asks best first, as many as there are.
 * @returns an integer from 0 to 2^32 - 1; 0 for an empty book.
 */
export function bookChecksum(bids: readonly CheckedLevel[], asks: readonly CheckedLevel[]): number {
  let crc = 0xffffffff;
  for (const side of [asks, bids]) {
    for (const { price, quantity } of side.slice(0, CHECKSUM_LEVELS)) {
      crc = addDigits(crc, price);
      crc = addDigits(crc, quantity);
    }
  }
  return (crc ^ 0xffffffff) >>> 0;
}

function addDigits(crc: number, decimal: string): number {
  let next = crc;
  let isLeading = true;
  for (let at = 0; at < decimal.length; at++) {
    const character = decimal.charCodeAt(at);
    if (character === POINT || (isLeading && character === ZERO)) continue;
    isLeading = false;
    next = (next >>> 8) ^ (TABLE[(next ^ character) & 0xff] as number);
  }
  return next;
}

const POINT = 46;
const ZERO = 48;
/** The reversed polynomial of CRC-32. */
const POLYNOMIAL = 0xedb88320;

/** What each byte adds, worked out once. */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? POLYNOMIAL ^ (value >>> 1) : value >>> 1;
  return value;
});
