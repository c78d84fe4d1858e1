import { expect, test } from "vitest";
import { REJECT_REASONS } from "../../engine/reject-reason.ts";
import { ERROR_CODES, ERROR_STATUS, problemBody } from "../../protocol/error-code.ts";
import { problem } from "../../protocol/problem.ts";

test.each(ERROR_CODES)("%s has a status that HTTP knows as an error", (code) => {
  expect([400, 401, 403, 404, 405, 409, 413, 415, 422, 426, 502, 503]).toContain(ERROR_STATUS[code]);
});

test.each(ERROR_CODES)("the body of %s is a problem of RFC 9457", (code) => {
  const body = JSON.parse(problemBody({ code, detail: "a sentence", field: "price" }));
  expect(problem.parse(body)).toMatchObject({ type: "about:blank", status: ERROR_STATUS[code], code });
  expect(Object.keys(JSON.parse(problemBody({ code, detail: "a sentence" })))).not.toContain("field");
});

test("the engine's reasons keep their precedence among the codes", () => {
  const codes: readonly string[] = ERROR_CODES;
  const places = REJECT_REASONS.filter((reason) => reason !== "order_not_resting").map((reason) =>
    codes.indexOf(reason),
  );
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  expect(places).not.toContain(-1);
});
