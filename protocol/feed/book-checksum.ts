import type { LevelView } from "../market-data.ts";

/** How many levels of each side a checksum covers. */
export const CHECKSUM_LEVELS = 10;

type CheckedLevel = Pick<LevelView, "price" | "quantity">;

/**
 * A fingerprint of the best ten levels of each side. A subscriber uses it to check that its book equals the
 * venue's. It is the CRC-32 (IEEE 802.3) of the asks from low to high, then the bids from high to low. Each
 * level contributes the digits of its price, then those of its quantity, without the point and without
 * leading zeros.
 *
 * @param bids best first, any number of them.
 * @param asks best first, any number of them.
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

/** The contribution of each byte, computed once. */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? POLYNOMIAL ^ (value >>> 1) : value >>> 1;
  return value;
});
