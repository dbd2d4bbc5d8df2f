/**
 * The import rules: who may import whom, and the reading order of the kernel's folders.
 *
 * ARCHITECTURE.md draws the layers; this is the same table as a program. tools/test/import-rules.test.ts plants a
 * violation of each rule and expects it to be found. Rules for `src` bind what is shipped; tests may import any
 * package, but reach it through its exports like everybody else. Import cycles are found by Biome (noImportCycles),
 * which looks for cycles of values alone: types that know one another are none at run time.
 */

const ISA = "^packages/hal-sim/src/isa/";
const ABI = "^packages/libsel4/src/abi/";
const src = (name) => `^packages/${name}/src/`;

/** What the sources of each package may import of ours, beside themselves. */
const LAYERS = {
  "hal-sim": [],
  libsel4: [ISA],
  kernel: [src("hal-sim"), ABI],
  "cspace-lib": [ISA, src("libsel4")],
  "ut-alloc": [ISA, src("libsel4"), src("cspace-lib")],
  servers: [ISA, src("libsel4"), src("cspace-lib"), src("ut-alloc")],
  personality: [ABI, src("servers")],
  testing: [src("[^/]+")],
};

/** What an app may use of another one: the entries of the package that all share, and the second personality's parts. */
const SHARED = [
  ...["index", "answers/index", "session/index", "process/index", "testing/index"].map((entry) => `host/src/${entry}`),
  ...["composition", "programs/index"].map((entry) => `sos/src/${entry}`),
];

/** These run in Node, in a worker and in a browser page: nothing of Node's, nothing from a registry. */
const CORE = src("(hal-sim|libsel4|kernel|cspace-lib|ut-alloc|servers)");

/** Likewise, though composition itself happens on the host: what it needs of the host, an app or a test passes in. */
const HOSTLESS = src("(hal-sim|libsel4|kernel|cspace-lib|ut-alloc|servers|personality)");

/** Code that reaches the kernel only by trapping. */
const USER_LEVEL = [
  src("(libsel4|cspace-lib|ut-alloc|servers)"),
  "^apps/[^/]+/(src/)?programs/",
  "^(conformance/src/replay|fuzz/src/run)/[^/]+-program\\.ts$",
];

/** The kernel in reading order: values are imported only from the same or an earlier place. */
const READING_ORDER = [
  "model/assert.ts",
  "config.ts",
  "model/",
  "caps/",
  "threads/",
  "time/",
  "ipc/",
  "faults/",
  "sched/",
  "memory/",
  "irq/",
  "authority/",
  "invocations/",
  "syscalls/",
  "entry.ts",
  "boot/",
  "debug/",
  "kernel.ts",
  "index.ts",
];

const escaped = (text) => text.replaceAll(".", "\\.");
const inKernel = (places) => `^packages/kernel/src/(${places.map(escaped).join("|")})`;

const forbid = (name, comment, from, to) => ({ name, severity: "error", comment, from, to });

const layers = Object.entries(LAYERS).map(([name, allowed]) =>
  forbid(
    `layer-${name}`,
    `The sources of ${name} import only the layers below it.`,
    { path: src(name) },
    { path: "^(packages|apps|conformance|fuzz|mutants|tools)/", pathNot: [src(name), ...allowed] },
  ),
);

const readingOrder = READING_ORDER.slice(0, -1).map((place, index) => {
  const earlier = READING_ORDER.slice(0, index);
  return forbid(
    `kernel-order-${place.replace(/\/$|\.ts$/g, "").replace("/", "-")}`,
    `kernel/src/${place} imports no value from a place that is read later (types are exempt).`,
    index === 0 ? { path: inKernel([place]) } : { path: inKernel([place]), pathNot: inKernel(earlier) },
    {
      path: inKernel(READING_ORDER.slice(index + 1)),
      pathNot: inKernel([...earlier, place]),
      dependencyTypesNot: ["type-only"],
    },
  );
});

module.exports = {
  forbidden: [
    forbid("no-unresolvable", "Every import is declared in package.json and exported.", {}, { couldNotResolve: true }),
    forbid(
      "no-deep-import",
      "A package is reached through its exports.",
      { path: "^(packages|apps|conformance|fuzz|mutants|tools)/([^/]+)/" },
      {
        path: src("[^/]+"),
        pathNot: ["^$1/$2/", `${src("[^/]+")}(index|isa/index|abi/index|ext2/index|sos/index)\\.ts$`],
      },
    ),
    forbid(
      "no-deep-import-of-apps",
      "What apps share is a package like others.",
      { path: "^(packages|apps|conformance|fuzz|mutants)/([^/]+)/" },
      { path: "^apps/[^/]+/src/", pathNot: ["^$1/$2/", ...SHARED.map((entry) => `^apps/${entry}\\.ts$`)] },
    ),
    ...layers,
    forbid(
      "package-has-a-layer",
      "A new package states its layer in LAYERS.",
      { path: "^packages/[^/]+/src/", pathNot: src(`(${Object.keys(LAYERS).join("|")})`) },
      {},
    ),
    forbid(
      "user-level-never-imports-kernel",
      "User-level code reaches the kernel only by trapping.",
      { path: USER_LEVEL },
      { path: src("kernel") },
    ),
    forbid("isa-imports-nothing", "hal-sim/isa is the root of all layers.", { path: ISA }, { pathNot: ISA }),
    forbid("abi-imports-nothing", "libsel4/abi is data and packing.", { path: ABI }, { pathNot: ABI }),
    forbid(
      "core-no-node-builtins",
      "What needs the host is passed in as a device back end by an app.",
      { path: HOSTLESS },
      { dependencyTypes: ["core"] },
    ),
    forbid(
      "core-no-run-time-dependencies",
      "The core packages depend on nothing from a registry; hal-sim's outward streams use rxjs.",
      { path: CORE, pathNot: src("hal-sim") },
      { path: "node_modules/" },
    ),
    forbid(
      "hal-sim-depends-on-rxjs-alone",
      "hal-sim's only run-time dependency is rxjs.",
      { path: src("hal-sim") },
      { path: "node_modules/", pathNot: "node_modules/rxjs/" },
    ),
    forbid(
      "personality-depends-on-inversify-alone",
      "personality's only run-time dependency is inversify.",
      { path: src("personality") },
      { path: "node_modules/", pathNot: "node_modules/inversify/" },
    ),
    forbid(
      "personality-alone-knows-inversify",
      "At run time there are only capabilities: who injects objects is the composition on the host, and nobody else.",
      { path: "^(packages|apps|conformance|fuzz|tools)/", pathNot: src("personality") },
      { path: "node_modules/inversify/" },
    ),
    forbid(
      "nothing-imports-testing",
      "What is shipped does not import what tests are written with. The grader tests, and is written with it.",
      {
        path: "^(packages|apps)/",
        pathNot: ["^packages/testing/", "^apps/(host/src/testing|grade)/", "^(packages|apps)/[^/]+/test/"],
      },
      { path: [src("testing"), "^apps/host/src/testing/"] },
    ),
    forbid(
      "kernel-folder-has-an-order",
      "A new folder of the kernel states its place in READING_ORDER.",
      { path: src("kernel"), pathNot: inKernel(READING_ORDER) },
      {},
    ),
    ...readingOrder,
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(^|/)(dist|coverage)/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: `${__dirname}/tsconfig.json` },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "types", "node", "default"],
      extensions: [".ts", ".mts", ".js", ".mjs", ".cjs", ".json", ".d.ts"],
    },
  },
};
