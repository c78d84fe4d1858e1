import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, test } from "vitest";

const FOLDERS = [".", "docs", "docs/decisions", "client", "load"];
const DOCUMENTS = FOLDERS.filter((folder) => existsSync(folder)).flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".md"))
    .map((name) => normalize(join(folder, name))),
);

/** The anchor that a page gives a heading: its words in small letters, joined by dashes. */
function anchorOf(heading: string): string {
  const words = heading.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "");
  return words.trim().replaceAll(/\s/g, "-");
}

/** A document without its fenced blocks, in which nothing is a link or a heading. */
const proseOf = (text: string) => text.replaceAll(/^ *```[\s\S]*?^ *```$/gm, "");

function anchorsOf(text: string): string[] {
  return Array.from(proseOf(text).matchAll(/^#{1,6} (.*)$/gm), ([, heading = ""]) => anchorOf(heading));
}

/** The links of a document within the repository that lead to no file, no folder or no heading. */
function deadLinks(path: string, text: string): string[] {
  return Array.from(proseOf(text).matchAll(/\]\(([^)\s]+)\)/g), ([, link = ""]) => link)
    .filter((link) => !/^[a-z]+:/.test(link))
    .filter((link) => {
      const [file = "", anchor] = link.split("#");
      const target = file === "" ? path : join(dirname(path), file);
      if (file !== "" && !existsSync(target)) return true;
      if (anchor === undefined) return false;
      const page = file === "" ? text : statSync(target).isFile() ? readFileSync(target, "utf8") : "";
      return !anchorsOf(page).includes(anchor);
    })
    .map((link) => `${path}: ${link}`);
}

describe("the documents", () => {
  test("lead to what is there", () => {
    expect(DOCUMENTS.flatMap((path) => deadLinks(path, readFileSync(path, "utf8")))).toEqual([]);
  });

  test("are all in the index", () => {
    const index = readFileSync("docs/README.md", "utf8");
    const linked = Array.from(index.matchAll(/\]\(([^)\s#]+)/g), ([, link = ""]) => join("docs", link));
    const others = DOCUMENTS.filter((path) => dirname(path) !== "docs/decisions");
    expect(others.filter((path) => path !== "docs/README.md" && !linked.includes(path))).toEqual([]);
  });

  test("that lead nowhere are noticed", () => {
    const text = "# A b, c\n[1](#a-b-c) [2](https://example.com) [3](../README.md#read-on)\n";
    expect(deadLinks("docs/X.md", text)).toEqual([]);
    const wrong = "# A\n[1](#b) [2](GONE.md) [3](../README.md#gone)\n```\n# b\n[4](no.md)\n```\n";
    expect(deadLinks("docs/X.md", wrong)).toEqual([
      "docs/X.md: #b",
      "docs/X.md: GONE.md",
      "docs/X.md: ../README.md#gone",
    ]);
  });
});
