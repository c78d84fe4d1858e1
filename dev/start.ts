import { enableCompileCache } from "node:module";
import { join } from "node:path";

// Before anything else is read: what was compiled for the last start need not be again.
enableCompileCache(join(import.meta.dirname, "..", "node_modules", ".cache", "edgebook", "code"));
await import("./start-venue.ts");
