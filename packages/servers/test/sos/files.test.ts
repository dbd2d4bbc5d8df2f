/** Files, as processes of SOS have them: the calls of C's header, to the letter. */
import type { Thread } from "@tessera/hal-sim/isa";
import { store } from "@tessera/hal-sim/isa";
import { describe, expect, it } from "vitest";
import {
  decodeString,
  FM_EXEC,
  FM_READ,
  FM_WRITE,
  Heap,
  O_RDONLY,
  O_RDWR,
  O_TRUNC,
  O_WRONLY,
  putText,
  readBytes,
  readStat,
  type SosApi,
  ST_FILE,
  ST_SPECIAL,
} from "../../src/sos/index.js";
import { play, sosProgram } from "./rig.js";

/** Run `main` as the only program; it gets 64 KiB of its own at `buf`. @returns what came out at the console */
function alone(main: (sos: SosApi, buf: number) => Thread<void>): string {
  let isDone = false;
  const output = play([
    sosProgram("test", function* (sos) {
      yield* main(sos, yield* new Heap(sos).malloc(65_536));
      isDone = true;
    }),
  ]);
  expect(isDone).toBe(true);
  return output;
}

/** What a file of SOS holds, read by `sos_read` of so many bytes at a time. */
function* contents(sos: SosApi, path: string, buf: number, piece: number): Thread<string> {
  const file = yield* sos.sos_open(path, O_RDONLY);
  let text = "";
  for (;;) {
    const count = yield* sos.sos_read(file, buf, piece);
    expect(count).toBeGreaterThanOrEqual(0);
    if (count === 0) break;
    text += new TextDecoder().decode(yield* readBytes(buf, count));
  }
  yield* sos.sos_close(file);
  return text;
}

/** All names of the directory. */
function* names(sos: SosApi, buf: number): Thread<string[]> {
  const found: string[] = [];
  for (let pos = 0; ; pos++) {
    const count = yield* sos.sos_getdirent(pos, buf, 64);
    if (count === 0) return found;
    const name = decodeString(yield* readBytes(buf, 64));
    expect(count).toBe(name.length);
    found.push(name);
  }
}

describe("sos_open", () => {
  it("creates a missing file, and gives 3 and up, the lowest number that is free", () => {
    alone(function* (sos, buf) {
      expect(yield* sos.sos_stat("new", buf)).toBe(-1);
      expect(yield* sos.sos_open("new", O_RDONLY)).toBe(3);
      expect(yield* sos.sos_stat("new", buf)).toBe(0);
      expect(yield* sos.sos_open("new", O_WRONLY)).toBe(4);
      expect(yield* sos.sos_close(3)).toBe(0);
      expect(yield* sos.sos_close(3)).toBe(-1);
      expect(yield* sos.sos_open("other", O_RDWR)).toBe(3);
    });
  });

  it("opens 13 files beside 0, 1 and 2, and then -1, until one is closed", () => {
    alone(function* (sos) {
      const given: number[] = [];
      for (let i = 0; i < 14; i++) given.push(yield* sos.sos_open("file", O_RDWR));
      expect(given).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, -1]);
      expect(yield* sos.sos_open("console", O_WRONLY)).toBe(-1);
      yield* sos.sos_close(9);
      expect(yield* sos.sos_open("file", O_RDONLY)).toBe(9);
    });
  });

  it("refuses modes that are none, and paths that lead to no file", () => {
    alone(function* (sos) {
      for (const mode of [3, 4, 8, 0x400, -1]) expect(yield* sos.sos_open("file", mode)).toBe(-1);
      for (const path of ["", "bin", "bin/none/none", "none/file", "x".repeat(300), "x".repeat(5000), "/", ".."]) {
        expect(yield* sos.sos_open(path, O_RDWR)).toBe(-1);
      }
    });
  });

  it("takes what the C library passes beside: O_CREAT and O_TRUNC", () => {
    alone(function* (sos, buf) {
      const file = yield* sos.sos_open("file", O_WRONLY | 0o100);
      yield* sos.sos_write(file, buf, 100);
      expect(yield* sos.sos_open("file", O_RDONLY | O_TRUNC)).toBe(4);
      yield* sos.sos_stat("file", buf);
      expect((yield* readStat(buf)).st_size).toBe(100);
      expect(yield* sos.sos_open("file", O_WRONLY | O_TRUNC | 0o100)).toBe(5);
      yield* sos.sos_stat("file", buf);
      expect((yield* readStat(buf)).st_size).toBe(0);
    });
  });
});

describe("sos_read and sos_write", () => {
  it("bring back what was written, whatever the pieces, each from where the last one has ended", () => {
    alone(function* (sos, buf) {
      const text = Array.from({ length: 3000 }, (_, i) => `${i} `).join("");
      const length = yield* putText(buf, text);
      const file = yield* sos.sos_open("numbers", O_WRONLY);
      expect(yield* sos.sos_write(file, buf, 10)).toBe(10);
      expect(yield* sos.sos_write(file, buf + 10, length - 10)).toBe(length - 10);
      yield* sos.sos_close(file);
      for (const piece of [1000, 4096, 20_000]) expect(yield* contents(sos, "numbers", buf + 20_000, piece)).toBe(text);
    });
  });

  it("nothing is 0, without looking at the address; behind the end there is nothing", () => {
    alone(function* (sos, buf) {
      const file = yield* sos.sos_open("file", O_RDWR);
      expect(yield* sos.sos_write(file, 0, 0)).toBe(0);
      expect(yield* sos.sos_read(file, 0, 0)).toBe(0);
      expect(yield* sos.sos_read(file, buf, 100)).toBe(0);
    });
  });

  it("-1 for a file that is not open, 0 among them, or not open for this", () => {
    alone(function* (sos, buf) {
      const [reads, writes] = [yield* sos.sos_open("file", O_RDONLY), yield* sos.sos_open("file", O_WRONLY)];
      for (const file of [writes, 0, 1, 2, 5, 15, 16, -1, 2 ** 31]) {
        expect(yield* sos.sos_read(file, buf, 8)).toBe(-1);
      }
      for (const file of [reads, 0, 5, 15, 16, -1, 2 ** 31]) expect(yield* sos.sos_write(file, buf, 8)).toBe(-1);
    });
  });

  it("a bad address is -1; what lies before the end of memory is written, and no more", () => {
    alone(function* (sos, buf) {
      const file = yield* sos.sos_open("file", O_RDWR);
      const end = yield* sos.brk(0);
      yield* store(end - 8, 1);
      for (const address of [0, 8, end, 0x1_0000_0000, 2 ** 52, 2 ** 53, -1, Number.NaN, 0.5]) {
        expect(yield* sos.sos_write(file, address, 8)).toBe(-1);
      }
      yield* sos.sos_write(file, buf, 5000);
      yield* sos.sos_close(file);
      const again = yield* sos.sos_open("file", O_RDWR);
      for (const address of [0, 8, 0x1_0000, end, 2 ** 52, -1]) expect(yield* sos.sos_read(again, address, 8)).toBe(-1);
      expect(yield* sos.sos_write(again, end - 896, 5000)).toBe(896);
      expect(yield* sos.sos_read(again, end - 896, 5000)).toBe(896);
    });
  });

  it("a number of bytes that is none is -1, and nothing is written, read or shown", () => {
    const output = alone(function* (sos, buf) {
      const file = yield* sos.sos_open("file", O_RDWR);
      yield* sos.sos_write(file, buf, 100);
      yield* sos.sos_close(file);
      const again = yield* sos.sos_open("file", O_RDWR);
      for (const nbyte of [-5, -1, 0.5, 2 ** 53, Number.NaN]) {
        expect(yield* sos.sos_write(1, buf, nbyte)).toBe(-1);
        expect(yield* sos.sos_write(again, buf, nbyte)).toBe(-1);
        expect(yield* sos.sos_read(again, buf, nbyte)).toBe(-1);
        expect(yield* sos.sos_getdirent(0, buf, nbyte)).toBe(-1);
        expect(yield* sos.sos_process_status(buf, nbyte)).toBe(-1);
      }
      expect(yield* sos.sos_read(again, buf, 200)).toBe(100);
    });
    expect(output).toBe("");
  });

  it("a number that is none is no file, no mode, no entry and no pid, though its lowest 32 bits are one", () => {
    alone(function* (sos, buf) {
      const file = yield* sos.sos_open("file", O_RDWR);
      const me = yield* sos.sos_my_id();
      for (const more of [0.5, 2 ** 32, -(2 ** 32)]) {
        expect(yield* sos.sos_close(file + more)).toBe(-1);
        expect(yield* sos.sos_write(file + more, buf, 8)).toBe(-1);
        expect(yield* sos.sos_open("file", O_RDWR + more)).toBe(-1);
        expect(yield* sos.sos_getdirent(more, buf, 8)).toBe(-1);
        expect(yield* sos.sos_process_delete(me + more)).toBe(-1);
        expect(yield* sos.sos_process_wait(more - 1)).toBe(-1);
      }
      expect(yield* sos.sos_close(file)).toBe(0);
    });
  });

  it("writes less when the file system is full", () => {
    alone(function* (sos, buf) {
      const file = yield* sos.sos_open("large", O_WRONLY);
      let count = 0;
      let last = 65_536;
      while (last === 65_536) {
        last = yield* sos.sos_write(file, buf, 65_536);
        expect(last).toBeGreaterThanOrEqual(0);
        count += last;
      }
      expect(count).toBeGreaterThan(0);
      yield* sos.sos_stat("large", buf);
      expect((yield* readStat(buf)).st_size).toBe(count);
    });
  });
});

describe("the directory", () => {
  it("has the console first, then its files by name; one past the last is 0, behind it -1", () => {
    alone(function* (sos, buf) {
      for (const name of ["zoo", "apple"]) yield* sos.sos_open(name, O_WRONLY);
      const found = yield* names(sos, buf);
      expect(found).toEqual(["console", "apple", "bin", "swap", "zoo"].filter((name) => found.includes(name)));
      expect(found).toEqual(expect.arrayContaining(["console", "apple", "bin", "zoo"]));
      const end = found.length;
      expect(yield* sos.sos_getdirent(end, buf, 64)).toBe(0);
      for (const pos of [end + 1, end + 2, 1000, -1]) expect(yield* sos.sos_getdirent(pos, buf, 64)).toBe(-1);
      expect(yield* sos.sos_getdirent(1, buf, 64)).toBe(5);
      expect(yield* sos.sos_getdirent(end - 1, buf, 64)).toBe(3);
    });
  });

  it("gives as much of a name as there is room for, with its NUL", () => {
    alone(function* (sos, buf) {
      expect(yield* sos.sos_getdirent(0, buf, 4)).toBe(3);
      expect([...(yield* readBytes(buf, 4))]).toEqual([...new TextEncoder().encode("con"), 0]);
      expect(yield* sos.sos_getdirent(0, buf, 0)).toBe(-1);
      for (const address of [0, 2 ** 40, -1]) expect(yield* sos.sos_getdirent(0, address, 4)).toBe(-1);
    });
  });

  it("says of each what it is", () => {
    alone(function* (sos, buf) {
      const stat = function* (path: string) {
        expect(yield* sos.sos_stat(path, buf)).toBe(0);
        return yield* readStat(buf);
      };
      const file = yield* sos.sos_open("notes", O_WRONLY);
      yield* sos.sos_usleep(50_000);
      yield* sos.sos_write(file, buf, 1234);
      const notes = yield* stat("notes");
      expect(notes).toMatchObject({ st_type: ST_FILE, st_fmode: FM_READ | FM_WRITE, st_size: 1234 });
      expect(notes.st_atime).toBeGreaterThanOrEqual(50);
      expect(notes.st_atime).toBeLessThan(1000);
      expect(yield* stat("bin/test")).toMatchObject({ st_type: ST_FILE, st_fmode: FM_READ | FM_WRITE | FM_EXEC });
      expect(yield* stat("console")).toMatchObject({ st_type: ST_SPECIAL, st_fmode: FM_READ | FM_WRITE, st_size: 0 });
      expect((yield* stat("bin")).st_type).toBe(ST_SPECIAL);
      for (const path of ["none", "bin/none", "notes/none", ""]) expect(yield* sos.sos_stat(path, buf)).toBe(-1);
      for (const address of [0, 2 ** 40, -1]) {
        expect(yield* sos.sos_stat("notes", address)).toBe(-1);
        expect(yield* sos.sos_stat(address, buf)).toBe(-1);
      }
    });
  });
});
