/**
 * A page in a headless Chromium, served by this process. The page's program posts what it found, or what went wrong.
 *
 * Three ways to a page: all in one bundle (esbuild), that bundle in a worker, and the packages' own files as they are
 * published, found through an import map. (rxjs is bundled for the map: its modules name one another without `.js`.)
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { delimiter, extname, join, normalize, sep } from "node:path";
import { CONSUMER, specifiers } from "./outside.mjs";
import { NotRun } from "./report.mjs";

export const PAGES = ["bundled", "worker", "import-map"];

/** For the page to answer, and for the browser to end when it is asked to. */
const TIMEOUT_MS = 60_000;
const PATIENCE_MS = 5_000;
const NAMES = ["chromium", "chromium-browser", "google-chrome", "chrome"];
const TYPES = { ".html": "text/html", ".js": "text/javascript" };

/** No network of its own, no first-run pages; `--no-sandbox` because CI is root. What it loads is ours. */
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--disable-dev-shm-usage",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Tells the server what went wrong, and what could not be loaded. */
const REPORT_ERRORS = `
  const report = (what) => fetch("/failure", { method: "POST", body: String(what) });
  addEventListener("error", (event) => report(event.message ?? "cannot load " + event.target.src), true);
  addEventListener("unhandledrejection", (event) => report(event.reason));`;

/** The browser's path. @throws NotRun when there is none on the PATH */
export function findBrowser(path = process.env.PATH ?? "") {
  const files = path.split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)));
  const found = files.find((file) => existsSync(file));
  if (found !== undefined) return found;
  throw new NotRun("there is no Chromium", "Install it (on Debian: apt-get install chromium) and run this again");
}

/** Writes the three pages into `folder`/page. */
export async function makePages(folder) {
  const { build } = await import("esbuild");
  const page = join(folder, "page");
  const entry = `/${CONSUMER}/in-page.js`;
  const options = { bundle: true, format: "esm", target: "es2022", logLevel: "silent", absWorkingDir: folder };
  await build({ ...options, entryPoints: [`.${entry}`], outfile: join(page, "bundle.js") });
  await build({ ...options, entryPoints: ["rxjs"], outfile: join(page, "rxjs.js") });
  const imports = { ...specifiers(folder), rxjs: "/page/rxjs.js" };
  const bodies = {
    bundled: '<script type="module" src="/page/bundle.js"></script>',
    worker: `<script>
      const worker = new Worker("/page/bundle.js", { type: "module" });
      worker.onerror = (event) => report(event.message ?? "the worker cannot be loaded");</script>`,
    "import-map": `<script type="importmap">${JSON.stringify({ imports })}</script>
      <script type="module" src="${entry}"></script>`,
  };
  mkdirSync(page, { recursive: true });
  for (const [name, body] of Object.entries(bodies)) {
    const html = `<!doctype html><meta charset="utf-8"><title>${name}</title><script>${REPORT_ERRORS}</script>${body}`;
    writeFileSync(join(page, `${name}.html`), html);
  }
}

/**
 * What the program of the page `name` posted, in the browser at a path. The browser's profile is left in `folder`.
 * @throws Error with what the page, or the browser that started it, complained of
 */
export async function exchangeInPage(browser, folder, name) {
  const profile = mkdtempSync(join(folder, "profile-"));
  const { server, posted } = serve(folder);
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${server.address().port}/page/${name}.html`;
  const child = spawn(browser, [...FLAGS, `--user-data-dir=${profile}`, url], { stdio: ["ignore", "ignore", "pipe"] });
  try {
    return await Promise.race([posted, endOf(child)]);
  } finally {
    await stop(child);
    server.closeAllConnections();
    server.close();
  }
}

/** Asks the browser to end, so that its own processes end with it; one that does not is killed. */
async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill();
  const timer = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
  await ended;
  clearTimeout(timer);
}

/** A server of the files below `folder`, and what the page posts to it. */
function serve(folder) {
  let server;
  const posted = new Promise((resolve, reject) => {
    server = createServer(async (request, response) => {
      const path = new URL(request.url, "http://page").pathname;
      if (request.method === "POST") {
        let body = "";
        for await (const chunk of request.setEncoding("utf8")) body += chunk;
        response.end();
        if (path === "/exchange") resolve(body);
        else reject(new Error(`in the page: ${body}`));
        return;
      }
      const file = normalize(join(folder, path));
      if (file.startsWith(folder + sep) && existsSync(file)) {
        response.setHeader("content-type", TYPES[extname(file)] ?? "application/octet-stream");
        response.end(readFileSync(file));
      } else {
        response.writeHead(404).end();
        if (path !== "/favicon.ico") reject(new Error(`in the page: no file ${path}`));
      }
    });
  });
  return { server, posted };
}

/** Rejects when the browser ends by itself, or when nothing came of it in time. */
function endOf(child) {
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    said += text;
  });
  return new Promise((_, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer in ${TIMEOUT_MS / 1000} s\n${said}`)), TIMEOUT_MS);
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      clearTimeout(timer);
      reject(new Error(`the browser ended (${code ?? signal})\n${said}`));
    });
  });
}
