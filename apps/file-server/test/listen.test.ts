/** Programs on the host that are served by TCP: diod's tools, and some that know no rules. */
import { connect, type Socket } from "node:net";
import { tcp } from "@tessera/app-host/process";
import { describe, expect, it } from "vitest";
import { command, virtual } from "./command.js";
import { diod, itWithDiod } from "./diod.js";

const PATIENCE_MS = 120_000;

/** A session that listens, and what is done meanwhile; it is ended by a signal. */
async function listening(
  during: (server: string) => Promise<void>,
  { args = [], play = command }: { readonly args?: readonly string[]; readonly play?: typeof command } = {},
  files = new Map<string, string>(),
) {
  let failure: unknown = null;
  const written = await play(["--disk", "memory", "--size", "8", "--listen", "127.0.0.1:0", ...args], {
    network: tcp,
    files,
    told(text, stop) {
      const server = /served at (\S+): /.exec(text)?.[1];
      if (server === undefined) return;
      void during(server)
        .catch((error: unknown) => {
          failure = error;
        })
        .finally(stop);
    },
  });
  if (failure !== null) throw failure;
  return written;
}

/** A client that writes bytes and hears what comes. */
class Raw {
  readonly socket: Socket;
  #heard: number[] = [];
  #news: () => void = () => {};
  isClosed = false;

  constructor(server: string) {
    const [host = "", port = ""] = server.split(":");
    this.socket = connect(Number(port), host);
    this.socket.on("data", (bytes) => {
      this.#heard.push(...bytes);
      this.#news();
    });
    this.socket.on("error", () => {});
    this.socket.on("close", () => {
      this.isClosed = true;
      this.#news();
    });
  }

  /** So many bytes, or those that came before it was closed. */
  async bytes(count: number): Promise<number[]> {
    while (this.#heard.length < count && !this.isClosed) {
      await new Promise<void>((resolve) => {
        this.#news = resolve;
      });
    }
    return this.#heard.splice(0, count);
  }
}

const VERSION = Uint8Array.of(21, 0, 0, 0, 100, 255, 255, 0, 0, 1, 0, 8, 0, ...new TextEncoder().encode("9P2000.L"));

describe("clients on the host", () => {
  itWithDiod(
    "list and read what the name that they attach allows, as diod's tools show it",
    async () => {
      const { code, err } = await listening(async (server) => {
        // The three programs may still be at it.
        for (;;) {
          const { out } = await diod("diodls", server, "/home/guest");
          if (out.includes("way-out")) break;
        }
        expect((await diod("diodls", server, "/")).out.split("\n").sort()).toEqual(
          ["", "home", "lost+found", "private", "public"].sort(),
        );
        expect((await diod("diodls", server, "/public", "-l")).out).toMatch(
          /^-rw-r--r--\. +2 root root +8 .* welcome$/m,
        );
        expect(await diod("diodcat", server, "/public", "welcome")).toMatchObject({ status: 0, out: "be kind\n" });
        expect((await diod("diodcat", server, "/", "private/plans")).status).toBe(0);
        const outside = await diod("diodcat", server, "/home/guest", "../../private/plans");
        expect([outside.status, outside.err]).toEqual([1, expect.stringContaining("No such file or directory")]);
        const unknown = await diod("diodls", server, "/nothing");
        expect([unknown.status, unknown.err]).toEqual([1, expect.stringContaining("No such file or directory")]);
        const many = await Promise.all(Array.from({ length: 8 }, () => diod("diodcat", server, "/public", "welcome")));
        expect(many.map(({ out }) => out)).toEqual(Array(8).fill("be kind\n"));
      });
      expect([code, err]).toEqual([143, expect.stringContaining("mount -t 9p -o trans=tcp,version=9p2000.L,port=")]);
    },
    PATIENCE_MS,
  );

  it(
    "that speak something else are cut off, and others are served on",
    async () => {
      await listening(async (server) => {
        const good = new Raw(server);
        good.socket.write(VERSION.subarray(0, 5));
        const bad = new Raw(server);
        bad.socket.write("GET / HTTP/1.1\r\n\r\n");
        expect(await bad.bytes(1)).toEqual([]);
        const early = new Raw(server);
        early.socket.write(Uint8Array.of(11, 0, 0, 0, 120, 1, 0, 1, 0, 0, 0));
        expect(await early.bytes(100)).toEqual([11, 0, 0, 0, 7, 1, 0, 71, 0, 0, 0]);
        good.socket.write(VERSION.subarray(5));
        expect((await good.bytes(21)).slice(4, 7)).toEqual([101, 255, 255]);
        good.socket.end();
        expect(await good.bytes(1)).toEqual([]);
      });
    },
    PATIENCE_MS,
  );

  it(
    "are in the log, from which the session is replayed with nobody there",
    async () => {
      const files = new Map<string, string>();
      const during = async (server: string) => {
        const client = new Raw(server);
        client.socket.write(VERSION);
        expect(await client.bytes(21)).toHaveLength(21);
        client.socket.destroy();
      };
      const first = await listening(during, { args: ["--log", "run.log"], play: virtual }, files);
      const again = await command(["--replay", "run.log"], { files });
      expect(again.err).toMatch(/^\nThe replay is the same run: \d+ trace records/);
      expect(again.out).toBe(first.out);
    },
    PATIENCE_MS,
  );

  it("are of this host: an address that others reach is refused, and what is no address", async () => {
    for (const [at, why] of [
      ["0.0.0.0:564", "can be reached from elsewhere"],
      ["192.168.1.2:564", "can be reached from elsewhere"],
      ["127.0.0.1", "takes an address such as 127.0.0.1:5640"],
      ["127.0.0.1:65536", "takes an address such as"],
    ] as const) {
      const { code, err } = await command(["--disk", "memory", "--listen", at]);
      expect([code, err]).toEqual([2, expect.stringContaining(why)]);
    }
    const { code, err } = await command(["--disk", "memory", "--size", "8", "--listen", "127.0.0.1:0"]);
    expect([code, err]).toEqual([2, "There is no way in: there is no network.\n"]);
  });
});
