/**
 * Our modules of a bundle get their constants back, for speed (tools/const-bindings.mjs). Those of a solution stay as the
 * bundler has written them: a counter of theirs at the top of a file may be assigned again, as ours never are.
 */
import { constBindings } from "../../../../tools/const-bindings.mjs";

/** Paths below the repository that are ours, or of what we depend on. */
const OURS = /^(packages|apps\/grade\/src|node_modules)\//;
/** The bundler writes it above each module. */
const HEADING = /^\/\/ (.+)$/;

/**
 * `code` with our constants, line by line.
 * @param inputs paths of the modules, as the bundler names them
 */
export function constantsOf(code: string, inputs: readonly string[]): string {
  const modules = new Set(inputs);
  let isOurs = false;
  const lines = code.split("\n").map((line) => {
    const path = HEADING.exec(line)?.[1];
    if (path !== undefined && modules.has(path)) isOurs = OURS.test(path);
    return isOurs ? (constBindings(line) as string) : line;
  });
  return lines.join("\n");
}
