import { closeSync, fsyncSync, openSync } from "node:fs";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { NodeFS } from "@electric-sql/pglite/nodefs";

/** How the embedded Postgres is started, wherever its data is. */
const COMMON = [
  // Two to four files of log. Postgres would keep up to 64.
  ...["-c", "min_wal_size=32MB", "-c", "max_wal_size=64MB"],
];
/** PGlite's own parameters, and those of this project for data in memory. */
export const MEMORY_PARAMETERS = [...PGlite.defaultStartParams, ...COMMON];
/**
 * The same for data in a folder. `-F` stands for no fsync, without which a power cut mixes old pages with new
 * ones, and no checksum shows it. Only `fsync` reaches the disk: PGlite's `fdatasync`, the default, does nothing.
 */
export const FOLDER_PARAMETERS = [
  ...PGlite.defaultStartParams.filter((parameter) => parameter !== "-F"),
  ...COMMON,
  ...["-c", "fsync=on", "-c", "wal_sync_method=fsync"],
];

/** WASI's number of an input or output error. */
const EIO = 29;

type ModuleOptions = Parameters<NodeFS["init"]>[1];

interface OpenFile {
  /** The descriptor of Node. */
  readonly nfd?: number;
  readonly path: string;
}

/** The part of Emscripten's files on Node that this adds to. */
interface NodeFiles {
  stream_ops: { fsync?: (file: OpenFile) => number };
}

/** The folder of a database, whose writes are on the disk when Postgres requests that. */
export class DurableFolder extends NodeFS {
  override async init(database: PGlite, options: ModuleOptions) {
    const { emscriptenOpts } = await super.init(database, options);
    const addFsync = (module: unknown) => {
      const files = (module as { NODEFS: NodeFiles }).NODEFS;
      const known = new WeakSet<OpenFile>();
      files.stream_ops.fsync = (file) => {
        if (file.nfd === undefined) return 0;
        try {
          fsyncSync(file.nfd);
          // A file of the log is made, or given its new name, before it is opened.
          if (!known.has(file) && file.path.includes("/pg_wal/")) this.#syncLogFolder();
          known.add(file);
          return 0;
        } catch {
          // Postgres reports it, and ends.
          return EIO;
        }
      };
    };
    return { emscriptenOpts: { ...emscriptenOpts, preRun: [...(emscriptenOpts.preRun ?? []), addFsync] } };
  }

  #syncLogFolder(): void {
    const folder = openSync(join(this.rootDir, "pg_wal"), "r");
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  }
}
