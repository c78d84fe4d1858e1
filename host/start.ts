import { enableCompileCache } from "node:module";
import { join } from "node:path";

// This comes before anything else is loaded: what was compiled for the last start need not be compiled again.
enableCompileCache(join(import.meta.dirname, "..", "node_modules", ".cache", "edgebook", "code"));
await import("./start-venue.ts");
