/**
 * Options that npm took for its own: in `npm run lecture --badge 7` the option reaches npm and not the command, since
 * `--` is missing. npm leaves in the environment what it took.
 */
import { OPTIONS } from "./options.js";

/** The scripts of package.json that run this command, and how a user starts them. */
const SCRIPTS: Readonly<Record<string, string>> = { lecture: "npm run lecture", start: "npm start" };

/** One sentence that says how to write it, or null when npm took nothing. */
export function takenByNpm(env: Readonly<Record<string, string | undefined>>, args: readonly string[]): string | null {
  const script = SCRIPTS[env["npm_lifecycle_event"] ?? ""];
  if (script === undefined) return null;
  const left = [...args];
  const taken = Object.entries(OPTIONS).flatMap(([option, { operand }]) => {
    const value = env[`npm_config_${option.slice(2)}`] ?? "";
    if (value === "") return [];
    if (operand === "") return [option];
    return [option, value === "true" ? (left.shift() ?? operand) : value];
  });
  if (taken.length === 0) return null;
  return `npm has taken ${taken[0]} for itself: options stand behind "--", as in ${[script, "--", ...left, ...taken].join(" ")}`;
}
