import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, test } from "vitest";
import { CODE_FOLDERS, folderOf } from "./support/house-rules.ts";

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

/** The links of a document within the repository without a target file, folder or heading. */
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

const FILES = execFileSync("git", ["ls-files"])
  .toString()
  .split("\n")
  .filter((path) => existsSync(path));
/** Files that a document tells its reader to make, or that an installation brings. */
const MADE = ["example.ts", "dist/bundle.json"];

/** The files that a document names, by path or the end of a path, that do not exist. */
function missingFiles(path: string, text: string): string[] {
  const named = Array.from(
    text.matchAll(/(?<![\w./*-])((?:[\w-]+\/)*[\w.-]*\w\.(?:ts|js|mjs|sql|toml))\b/g),
    ([, file = ""]) => file,
  );
  const isThere = (file: string) => FILES.some((each) => each === file || each.endsWith(`/${file}`));
  return [...new Set(named)]
    .filter((file) => !MADE.includes(file) && !isThere(file))
    .map((file) => `${path}: ${file}`);
}

/** The folders that a document names in code, with a slash at the end, that do not exist. */
function missingFolders(path: string, text: string): string[] {
  const named = Array.from(text.matchAll(/`((?:[\w.-]+\/)+)`/g), ([, folder = ""]) => folder);
  const known = [...CODE_FOLDERS, "docs", "migrations"];
  return [...new Set(named)]
    .filter((folder) => known.includes(folderOf(folder)) && !existsSync(folder))
    .map((folder) => `${path}: ${folder}`);
}

/** Each folder with files of the product, and the rooms around it without their subfolders. */
const ROOMS = [...new Set(FILES.map(dirname))]
  .filter((folder) => [...CODE_FOLDERS, "migrations"].includes(folderOf(`${folder}/`)))
  .map((folder) => (/^(?:test|load)\//.test(folder) ? folder.split("/").slice(0, 2).join("/") : folder))
  .filter((folder) => folder !== "test");

/** The rooms that a text does not name. */
function unnamedRooms(text: string): string[] {
  return [...new Set(ROOMS)].filter((room) => !text.includes(`\`${room}/\``)).sort();
}

describe("the documents", () => {
  test("name files and folders that are there", () => {
    const missing = DOCUMENTS.flatMap((path) => {
      const text = readFileSync(path, "utf8");
      return [...missingFiles(path, text), ...missingFolders(path, text)];
    });
    expect(missing).toEqual([]);
  });

  test("name each room, in docs/ARCHITECTURE.md", () => {
    expect(ROOMS.length).toBeGreaterThan(20);
    expect(unnamedRooms(readFileSync("docs/ARCHITECTURE.md", "utf8"))).toEqual([]);
  });

  test("that name what is not there, or leave out a room, are noticed", () => {
    const right = "`engine/apply.ts` and apply.ts, `engine/book/order-book.ts`; `engine/`, `no-code/`";
    expect([missingFiles("a", right), missingFolders("a", right)]).toEqual([[], []]);
    const wrong = "`engine/gone.ts`, gone.ts,\n    worker/apply.ts   decides; `engine/gone/`";
    expect(missingFiles("a", wrong)).toEqual(["a: engine/gone.ts", "a: gone.ts", "a: worker/apply.ts"]);
    expect(missingFolders("a", wrong)).toEqual(["a: engine/gone/"]);
    expect(unnamedRooms("`engine/`, engine/book/")).not.toContain("engine");
    expect(unnamedRooms("`engine/`, engine/book/")).toContain("engine/book");
  });

  test("have links that work", () => {
    expect(DOCUMENTS.flatMap((path) => deadLinks(path, readFileSync(path, "utf8")))).toEqual([]);
  });

  test("are all in the index", () => {
    const index = readFileSync("docs/README.md", "utf8");
    const linked = Array.from(index.matchAll(/\]\(([^)\s#]+)/g), ([, link = ""]) => join("docs", link));
    const others = DOCUMENTS.filter((path) => dirname(path) !== "docs/decisions");
    expect(others.filter((path) => path !== "docs/README.md" && !linked.includes(path))).toEqual([]);
  });

  test("with broken links are noticed", () => {
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
