import { join } from "node:path";

/** Where Node keeps compiled code, so that the next start need not compile it again. */
export const CODE_FOLDER = join(
  import.meta.dirname,
  "..",
  "..",
  "node_modules",
  ".cache",
  "edgebook",
  "code",
);
