/** What of SOS needs no system: the table of files, pids, C's structures. */
import { describe, expect, it } from "vitest";
import { FileTable } from "../../src/sos/file-table.js";
import {
  decodeProcess,
  decodeStat,
  encodeProcess,
  encodeStat,
  N_NAME,
  PROCESS_MAX_FILES,
  SOS_PROCESS_BYTES,
  SOS_STAT_BYTES,
} from "../../src/sos/index.js";
import { Pids } from "../../src/sos/pids.js";
import { cutString } from "../../src/sos/records.js";

describe("the table of files", () => {
  it("has 1 and 2 open, and not 0", () => {
    const table = new FileTable("output");
    expect([0, 1, 2, 3].map((number) => table.get(number))).toEqual([null, "output", "output", null]);
  });

  it("gives 3 to 15 and no more", () => {
    const table = new FileTable("output");
    const given: number[] = [];
    while (table.hasRoom) given.push(table.add(`file ${given.length}`));
    expect(given).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
    expect(() => table.add("one more")).toThrow("at most 16 files");
  });

  it("gives the lowest free number again, and never 1 or 2, though they are closed", () => {
    const table = new FileTable("output");
    for (const name of ["a", "b", "c"]) table.add(name);
    expect([table.remove(4), table.remove(1), table.remove(2), table.remove(1)]).toEqual([
      ...["b", "output", "output", null],
    ]);
    expect(table.add("d")).toBe(4);
    expect(table.add("e")).toBe(6);
  });

  it("knows no file of a number that is none", () => {
    const table = new FileTable("output");
    for (const number of [-1, 1.5, PROCESS_MAX_FILES, 2 ** 32 - 1]) {
      expect([table.get(number), table.remove(number)]).toEqual([null, null]);
    }
  });

  it("is empty when it was cleared, and what was open is told", () => {
    const table = new FileTable("output");
    table.add("a");
    expect(table.clear()).toEqual(["output", "output", "a"]);
    expect(table.clear()).toEqual([]);
  });
});

describe("pids", () => {
  it("come again only behind all others", () => {
    const pids = new Pids(4);
    const given = Array.from({ length: 9 }, () => pids.next(() => false));
    expect(given).toEqual([1, 2, 3, 4, 1, 2, 3, 4, 1]);
  });

  it("are never those that are taken", () => {
    const pids = new Pids(4);
    const taken = new Set([2, 3]);
    expect(Array.from({ length: 4 }, () => pids.next((pid) => taken.has(pid)))).toEqual([1, 4, 1, 4]);
    expect(() => pids.next(() => true)).toThrow("all 4 pids are taken");
  });
});

describe("C's structures", () => {
  const words = (bytes: Uint8Array, count: number) => {
    const view = new DataView(bytes.buffer);
    return Array.from({ length: count }, (_, i) => view.getUint32(i * 4, true));
  };

  it("sos_stat_t has its fields where a C compiler puts them", () => {
    const stat = { st_type: 1, st_fmode: 6, st_size: 300, st_ctime: 2 ** 32 + 7, st_atime: 9 };
    const bytes = encodeStat(stat);
    expect(bytes).toHaveLength(SOS_STAT_BYTES);
    expect(words(bytes, 8)).toEqual([1, 6, 300, 0, 7, 1, 9, 0]);
    expect(decodeStat(bytes)).toEqual(stat);
  });

  it("sos_process_t has its fields where a C compiler puts them", () => {
    const process = { pid: 7, size: 12, stime: 3456, command: "sosh" };
    const bytes = encodeProcess(process);
    expect(bytes).toHaveLength(SOS_PROCESS_BYTES);
    expect(words(bytes, 3)).toEqual([7, 12, 3456]);
    expect([...bytes.subarray(12, 17)]).toEqual([...new TextEncoder().encode("sosh"), 0]);
    expect(decodeProcess(bytes)).toEqual(process);
  });

  it("a command that is too long is cut at 31 bytes, and has its NUL", () => {
    const { command } = decodeProcess(encodeProcess({ pid: 1, size: 0, stime: 0, command: "x".repeat(40) }));
    expect(command).toBe("x".repeat(N_NAME - 1));
  });

  it("a text is not cut inside of a character", () => {
    expect([...cutString(new TextEncoder().encode("aé"), 3)]).toEqual([97, 0]);
    expect([...cutString(new TextEncoder().encode("aé"), 4)]).toEqual([97, 0xc3, 0xa9, 0]);
    expect([...cutString(new TextEncoder().encode("abc"), 1)]).toEqual([0]);
  });

  it("a size that no field holds is the most that it does", () => {
    const stat = { st_type: 1, st_fmode: 6, st_size: 2 ** 40, st_ctime: 0, st_atime: 0 };
    expect(decodeStat(encodeStat(stat)).st_size).toBe(2 ** 32 - 1);
  });
});
