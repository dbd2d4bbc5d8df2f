/**
 * Options that npm took for its own: in `npm run lecture --badge 7` the option reaches npm and not the command, since
 * `--` is missing. npm leaves in the environment what it took.
 */
import { OPTIONS } from "./options.js";

/** The script of package.json that runs this command. */
const SCRIPT = "lecture";

/** One sentence that says how to write it, or null when npm took nothing. */
export function takenByNpm(env: Readonly<Record<string, string | undefined>>, args: readonly string[]): string | null {
  if (env["npm_lifecycle_event"] !== SCRIPT) return null;
  const left = [...args];
  const taken = Object.entries(OPTIONS).flatMap(([option, { operand }]) => {
    const value = env[`npm_config_${option.slice(2)}`] ?? "";
    if (value === "") return [];
    if (operand === "") return [option];
    return [option, value === "true" ? (left.shift() ?? operand) : value];
  });
  if (taken.length === 0) return null;
  const instead = [`npm run ${SCRIPT}`, "--", ...left, ...taken].join(" ");
  return `npm has taken ${taken[0]} for itself: options stand behind "--", as in ${instead}`;
}
