/** A child process of the bench: runs one case and prints its result as JSON. `child.js CASE SETTINGS`. */
import { CASES } from "./cases/index.js";
import type { Settings } from "./measure/rounds.js";

const [name, settings = "{}"] = process.argv.slice(2);
const found = CASES.find((each) => each.name === name);
if (found === undefined) throw new Error(`no case ${name}`);
console.log(JSON.stringify(await found.run(JSON.parse(settings) as Settings)));
