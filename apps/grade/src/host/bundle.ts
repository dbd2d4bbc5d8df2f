/** The program that grades a solution: the checks and the solution, bundled; with an edit of our sources, if one is asked for. */
import { existsSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Edit, editing } from "@tessera/mutants/edit";
import { type BuildFailure, build, formatMessages, type Plugin } from "esbuild";
import { NODE_BUNDLE } from "../../../../tools/node-bundle.mjs";
import { constantsOf } from "./constants.js";

/** Why a solution does not load, in words. */
export class NotLoaded extends Error {
  override readonly name = "NotLoaded";
}

const APP = "apps/grade";

/**
 * Write it to `file`.
 * @param folder of the solution
 * @param edit of a file below the repository; null: none
 * @throws NotLoaded when there is no solution that can be bundled; Stale
 */
export async function bundleSolution(
  repository: string,
  folder: string,
  edit: Edit | null,
  file: string,
): Promise<void> {
  expectIndex(folder);
  const index = JSON.stringify(resolve(folder, "index.ts"));
  const app = join(repository, APP);
  const contents = `import "./src/child/blocking.js"; import * as solution from ${index};
    import { run } from "./src/child/run.js"; run(solution.default);`;
  try {
    const { outputFiles, metafile } = await build({
      ...NODE_BUNDLE,
      ...{ write: false, metafile: true, logLevel: "silent", sourcemap: "inline", outfile: file },
      absWorkingDir: repository,
      stdin: { contents, resolveDir: app, loader: "ts" },
      plugins: [ours(app), ...(edit === null ? [] : [editing(repository, edit)])],
    });
    writeFileSync(file, constantsOf(outputFiles[0]?.text ?? "", Object.keys(metafile.inputs)));
  } catch (error) {
    const { errors } = error as Partial<BuildFailure>;
    if (errors === undefined) throw error;
    throw new NotLoaded((await formatMessages(errors, { kind: "error" })).join("").trim());
  }
}

/** @throws NotLoaded when the folder is none that can have a solution */
function expectIndex(folder: string): void {
  if (!existsSync(folder)) throw new NotLoaded(`there is no folder ${folder}`);
  if (!statSync(folder).isDirectory()) throw new NotLoaded(`${folder} is no folder: give the one that it lies in`);
  if (!existsSync(resolve(folder, "index.ts"))) throw new NotLoaded(`${folder} has no index.ts`);
}

/** A folder outside of the workspace finds our packages as well. */
function ours(app: string): Plugin {
  return {
    name: "ours",
    setup: (building) => {
      building.onResolve({ filter: /^@tessera\// }, ({ path, kind, resolveDir }) =>
        resolveDir === app ? null : building.resolve(path, { kind, resolveDir: app }),
      );
    },
  };
}
