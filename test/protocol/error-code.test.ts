import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { REJECT_REASONS } from "../../engine/vocabulary/reject-reason.ts";
import { ERROR_CODES, ERROR_STATUS, problemBody } from "../../protocol/error-code.ts";
import { problem } from "../../protocol/problem.ts";

test.each(ERROR_CODES)("%s has an HTTP error status", (code) => {
  expect([400, 401, 403, 404, 405, 408, 409, 413, 415, 421, 422, 426, 502, 503]).toContain(
    ERROR_STATUS[code],
  );
});

test.each(ERROR_CODES)("the body of %s is a problem of RFC 9457", (code) => {
  const body = JSON.parse(problemBody({ code, detail: "a sentence", field: "price" }));
  expect(problem.parse(body)).toMatchObject({ type: "about:blank", status: ERROR_STATUS[code], code });
  expect(Object.keys(JSON.parse(problemBody({ code, detail: "a sentence" })))).not.toContain("field");
});

test("the engine's reasons keep their precedence among the codes", () => {
  const codes: readonly string[] = ERROR_CODES;
  const places = REJECT_REASONS.map((reason) =>
    codes.indexOf(reason === "order_not_resting" ? "order_closed" : reason),
  );
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  expect(places).not.toContain(-1);
});

test("docs/API.md lists every code with its status, in precedence order", () => {
  const rows = readFileSync("docs/API.md", "utf8").matchAll(/^\| `(\w+)` \| (\d{3}) \|/gm);
  expect(Array.from(rows, ([, code, status]) => [code, Number(status)])).toEqual(
    Object.entries(ERROR_STATUS),
  );
});
