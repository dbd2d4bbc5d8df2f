/** Builds into `outdir`, a folder inside apps/bench, and returns the path of the program. */
export function buildBench(options: { readonly outdir: string; readonly staged: boolean }): Promise<string>;
