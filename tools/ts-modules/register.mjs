/** `node --import …/register.mjs`: from now on this process can import the repository's TypeScript (hooks.mjs). */
import { register } from "node:module";

register("./hooks.mjs", import.meta.url);
