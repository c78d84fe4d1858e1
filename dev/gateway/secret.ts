import { createHash, timingSafeEqual } from "node:crypto";

/** Compares hashes, so that the duration reveals neither a secret's length nor its first wrong character. */
export function isSameSecret(given: string, expected: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
