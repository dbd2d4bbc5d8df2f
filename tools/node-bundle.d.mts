/** Options of esbuild for a program that runs in Node. */
export const NODE_BUNDLE: {
  readonly bundle: true;
  readonly platform: "neutral";
  readonly external: string[];
  readonly mainFields: string[];
  readonly conditions: string[];
  readonly target: "node20";
  readonly format: "esm";
  readonly sourcesContent: false;
  readonly logLevel: "warning";
};
