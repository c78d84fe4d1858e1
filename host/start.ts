import { enableCompileCache } from "node:module";
import { CODE_FOLDER } from "./tools/code-folder.ts";

// This comes before anything else is loaded: what was compiled for the last start need not be compiled again.
enableCompileCache(CODE_FOLDER);
if (!process.env.DATABASE_URL) {
  const { prepareHistoryChild } = await import("./history/history-child.ts");
  prepareHistoryChild();
}
await import("./start-venue.ts");
