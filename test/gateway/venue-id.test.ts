import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ensureVenueId } from "../../host/venue-id.ts";
import { workerVariables } from "../../host/worker-variables.ts";

const ID = "3f0c1b7e-4a53-4d0a-9a51-6a1d1c1c0f2e";
const OTHER = "11111111-1111-4111-8111-111111111111";
let folder: string;

beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), "edgebook-id-")), "venue");
});
afterEach(() => rmSync(join(folder, ".."), { recursive: true }));

test("a data folder keeps its first id, and another one is refused with both", () => {
  expect(ensureVenueId(folder, ID.toUpperCase())).toBe(ID);
  expect(ensureVenueId(folder, undefined)).toBe(ID);
  expect(ensureVenueId(folder, ID)).toBe(ID);
  expect(() => ensureVenueId(folder, OTHER)).toThrow(`belongs to venue ${ID}; VENUE_ID is ${OTHER}`);
  expect(ensureVenueId(folder, "")).toBe(ID);
});

test("a data folder without one makes its own, once", () => {
  const made = ensureVenueId(folder, undefined);
  expect(made).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  expect(ensureVenueId(folder, undefined)).toBe(made);
  expect(ensureVenueId(join(folder, "another"), undefined)).not.toBe(made);
});

test("an invalid id is reported, from the variable and from the file", () => {
  expect(() => workerVariables({ VENUE_ID: "mine" })).toThrow('VENUE_ID must be a UUID, but is "mine"');
  ensureVenueId(folder, undefined);
  writeFileSync(join(folder, "venue-id"), "");
  expect(() => ensureVenueId(folder, undefined)).toThrow("venue-id is empty");
});
