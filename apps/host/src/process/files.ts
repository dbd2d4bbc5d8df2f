/** The files of this process. */
import { readFileSync, writeFileSync } from "node:fs";
import type { Files } from "../replay/log-files.js";

/** Node's, whole, as UTF-8. */
export const files: Files = {
  read: (path) => readFileSync(path, "utf8"),
  write: (path, text) => writeFileSync(path, text),
};
