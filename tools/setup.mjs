/**
 * Installs the workspace on a machine that has only Node and npm: `npm start` and `npm test` call it first.
 *
 * pnpm is fetched by npx in the version that package.json names. A stamp over all that the installation depends on
 * (lock file, manifests, Node's version) makes every later call a matter of milliseconds.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const OLDEST_NODE = [20, 19];

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stampFile = join(root, "node_modules", ".setup-stamp");

/** The manifests of the root and of every workspace package. */
function manifests() {
  const folders = ["packages", "apps"].flatMap((parent) =>
    existsSync(join(root, parent))
      ? readdirSync(join(root, parent))
          .sort()
          .map((name) => join(parent, name))
      : [],
  );
  return ["", ...folders, "conformance", "fuzz", "mutants", "tools/consumer"]
    .map((folder) => join(root, folder, "package.json"))
    .filter((file) => existsSync(file));
}

function stamp() {
  const hash = createHash("sha256").update(process.version);
  for (const file of [join(root, "pnpm-lock.yaml"), join(root, "pnpm-workspace.yaml"), ...manifests()]) {
    hash.update(existsSync(file) ? readFileSync(file) : "");
  }
  return hash.digest("hex");
}

function refuseOldNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_NODE;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  console.error(`Node ${OLDEST_NODE.join(".")} or newer is needed; this is ${process.version}.`);
  process.exit(1);
}

function install() {
  const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  // On a developer's machine a new app or dependency may change the lock file; CI takes it as it is.
  const lockMode = process.env.CI ? "--frozen-lockfile" : "--prefer-frozen-lockfile";
  console.error(`setting up: ${packageManager} install ${lockMode}`);
  // Its output goes to stderr, so that what an app prints can be piped.
  const { status, error } = spawnSync("npx", ["--yes", packageManager, "install", lockMode], {
    cwd: root,
    env: { ...process.env, npm_config_update_notifier: "false" },
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
  if (error !== undefined) console.error(`npx could not be started: ${error.message}`);
  if (status !== 0) {
    console.error("The set-up did not end. The first one needs the npm registry; what went wrong stands above.");
    process.exit(status ?? 1);
  }
}

refuseOldNode();
const wanted = stamp();
if (!existsSync(stampFile) || readFileSync(stampFile, "utf8") !== wanted) {
  install();
  writeFileSync(stampFile, wanted);
}
