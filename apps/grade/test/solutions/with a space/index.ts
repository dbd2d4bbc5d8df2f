/** A solution that cannot be booted, in a folder with spaces in its name. */
export { default } from "../refused/index.js";
