/**
 * `npm run tarballs -- FOLDER`: the packages as they would be published, one tarball each, in FOLDER.
 *
 * FOLDER is created when it is missing, and is taken from where the command was typed.
 */
import { basename, dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { pack } from "./packages/tarballs.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error("usage: npm run tarballs -- FOLDER");
  process.exit(1);
}
const tarballs = await pack(root, resolve(process.env.INIT_CWD ?? process.cwd(), folder));
for (const tarball of tarballs) console.log(basename(tarball));
