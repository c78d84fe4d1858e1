import { expect } from "vitest";
import { openApiText } from "../../worker/api-document/openapi.ts";

interface Operation {
  readonly responses: Readonly<Record<string, { readonly description?: string }>>;
}

interface DocumentedPath {
  readonly pattern: RegExp;
  readonly operations: Readonly<Record<string, Operation>>;
}

const { paths }: { paths: Record<string, DocumentedPath["operations"]> } = JSON.parse(openApiText());
/** Paths without parameters first: `/orders/batch` is not an order's. */
const PATHS: readonly DocumentedPath[] = Object.entries(paths)
  .toSorted(([a], [b]) => a.split("{").length - b.split("{").length)
  .map(([path, operations]) => ({
    pattern: new RegExp(`^${path.replaceAll(/[.]/g, "\\.").replaceAll(/\{\w+\}/g, "[^/]+")}$`),
    operations,
  }));

/** Expects that the API's document lists the error code of an answer with the operation that gave it. */
export function expectDocumented(method: string, url: string, status: number, text: string): void {
  const { pathname } = new URL(url, "http://venue.test");
  const operation = PATHS.find(({ pattern }) => pattern.test(pathname))?.operations[method.toLowerCase()];
  if (operation === undefined || status < 400) return;
  const { code } = JSON.parse(text) as { code: string };
  const { description = "" } = operation.responses[String(status)] ?? {};
  expect(description.split(", "), `${method} ${pathname}: ${status} ${code} is in the document`).toContain(
    `\`${code}\``,
  );
}
