import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { API_VERSION } from "../protocol/version.ts";
import { asyncApiText } from "../worker/api-document/asyncapi.ts";
import { openApiText } from "../worker/api-document/openapi.ts";

const json = (path: string) => JSON.parse(readFileSync(path, "utf8"));
/** The changelog's versions, newest first, each with its date. */
const RELEASES = Array.from(
  readFileSync("CHANGELOG.md", "utf8").matchAll(/^## (.*)$/gm),
  ([, heading = ""]) => {
    const [, version, date] = /^(\d+\.\d+\.\d+) \((unreleased|\d{4}-\d{2}-\d{2})\)$/.exec(heading) ?? [];
    return { heading, version, date };
  },
);

test("the packages, the API's documents and the changelog have one version", () => {
  const lock = json("package-lock.json");
  expect({
    package: json("package.json").version,
    lock: lock.version,
    lockedPackage: lock.packages[""].version,
    client: json("client/package.json").version,
    openapi: JSON.parse(openApiText()).info.version,
    asyncapi: JSON.parse(asyncApiText()).info.version,
    changelog: RELEASES[0]?.version,
  }).toEqual({
    package: API_VERSION,
    lock: API_VERSION,
    lockedPackage: API_VERSION,
    client: API_VERSION,
    openapi: API_VERSION,
    asyncapi: API_VERSION,
    changelog: API_VERSION,
  });
});

test("every version of the changelog has a number and a date, each above the one below", () => {
  expect(RELEASES.filter(({ version }) => version === undefined)).toEqual([]);
  expect(RELEASES.slice(1).filter(({ date }) => date === "unreleased")).toEqual([]);
  const rank = (version = "") => version.split(".").reduce((sum, part) => sum * 100_000 + Number(part), 0);
  const ranks = RELEASES.map(({ version }) => rank(version));
  expect(ranks).toEqual(ranks.toSorted((a, b) => b - a));
  expect(new Set(ranks).size).toBe(ranks.length);
});
