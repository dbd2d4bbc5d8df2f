/** Programs of SOS that do what they should not: -1 or their own end to them, and nothing to others. */
import { Prng } from "@tessera/hal-sim";
import { store, type Thread } from "@tessera/hal-sim/isa";
import {
  seL4_Call,
  type seL4_CPtr,
  seL4_MessageInfo_new,
  seL4_NBSend,
  seL4_Send,
  seL4_SetCap,
  seL4_SetMR,
} from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import {
  Heap,
  O_RDWR,
  putText,
  readBytes,
  SOS_IPC_EP_CAP,
  Sos,
  type SosApi,
  type SosProgram,
} from "../../src/sos/index.js";
import { bootSos, play, runSos, sosProgram } from "./rig.js";
import { ENDLESS, slowDisk } from "./slow.js";

const PAGE = 4096;
/** Uses what there is, and says when all of it was as it should be. */
const good = sosProgram("good", function* (sos) {
  const buf = yield* new Heap(sos).malloc(PAGE);
  const name = `file${yield* sos.sos_my_id()}`;
  for (let i = 0; i < 4; i++) {
    const file = yield* sos.sos_open(name, O_RDWR);
    const length = yield* putText(buf, `${name} ${i}`);
    if ((yield* sos.sos_write(file, buf, length)) !== length) throw new Error("its file");
    yield* sos.sos_close(file);
    const again = yield* sos.sos_open(name, O_RDWR);
    if ((yield* sos.sos_read(again, buf + 100, 100)) !== length) throw new Error("its file, read");
    const text = new TextDecoder().decode(yield* readBytes(buf + 100, length));
    if (text !== `${name} ${i}`) throw new Error(`it reads ${text}`);
    yield* sos.sos_close(again);
    yield* sos.sos_usleep(2000);
  }
  yield* sos.sos_write(1, buf, yield* putText(buf, "good is ready\n"));
});

/** Run `bad` beside two good ones. @returns what came out at the console, without what they say */
function beside(bad: SosProgram, options: Parameters<typeof play>[1] = {}): string {
  const first = sosProgram("test", function* (sos) {
    const one = yield* sos.sos_process_create("good");
    const worst = yield* sos.sos_process_create(bad.name);
    const two = yield* sos.sos_process_create("good");
    for (const pid of [one, two]) yield* sos.sos_process_wait(pid);
    yield* sos.sos_process_delete(worst);
  });
  const output = play([first, good, bad], options);
  expect(output.split("good is ready\n")).toHaveLength(3);
  return output.replaceAll("good is ready\n", "");
}

describe("every pointer of every call", () => {
  const calls: readonly [string, (sos: SosApi, bad: number, good: number) => Thread<number>][] = [
    ["sos_open", (sos, bad) => sos.sos_open(bad, O_RDWR)],
    ["sos_read", (sos, bad) => sos.sos_read(3, bad, 8)],
    ["sos_write", (sos, bad) => sos.sos_write(3, bad, 8)],
    ["sos_getdirent", (sos, bad) => sos.sos_getdirent(0, bad, 8)],
    ["sos_stat, its path", (sos, bad, good) => sos.sos_stat(bad, good)],
    ["sos_stat, its buffer", (sos, bad) => sos.sos_stat("file", bad)],
    ["sos_process_create", (sos, bad) => sos.sos_process_create(bad)],
    ["sos_process_status", (sos, bad) => sos.sos_process_status(bad, 1)],
    ["sos_share_vm", (sos, bad) => sos.sos_share_vm(bad, PAGE, 1)],
    ["munmap", (sos, bad) => sos.munmap(bad, PAGE)],
  ];
  const addresses = [0, 1, 0x0fff_f000, 0x2000_0008, 0x37ff_0000, 0x3800_0000, 0xa000_0000, 2 ** 38, 2 ** 52, 2 ** 53];
  it("that leads nowhere is -1, whatever it is", () => {
    let tried = 0;
    play([
      sosProgram("test", function* (sos) {
        const buf = yield* new Heap(sos).malloc(PAGE);
        expect(yield* sos.sos_open("file", O_RDWR)).toBe(3);
        yield* sos.sos_write(3, buf, PAGE);
        yield* sos.sos_close(3);
        yield* sos.sos_open("file", O_RDWR);
        for (const [name, call] of calls) {
          for (const address of [...addresses, -1, -4096, Number.NaN, Number.POSITIVE_INFINITY, 0.5]) {
            expect([name, address, yield* call(sos, address, buf)]).toEqual([name, address, -1]);
            tried += 1;
          }
        }
      }),
    ]);
    expect(tried).toBe(calls.length * 15);
  });
});

describe("A process that", () => {
  /** What it sends, as nobody's library would. */
  const sends = (seed: number, send: (ep: seL4_CPtr, label: number, words: number) => Thread<unknown>) => {
    return sosProgram("bad", function* () {
      const random = new Prng(seed);
      const operations = Object.keys(Sos.operations).length;
      for (let i = 0; i < 300; i++) {
        const words = random.below(6);
        for (let at = 0; at < words; at++)
          seL4_SetMR(at, random.below(2) === 0 ? random.below(5) : random.below(2 ** 31));
        yield* send(SOS_IPC_EP_CAP, random.below(operations + 4), words);
      }
      for (;;) yield* send(SOS_IPC_EP_CAP, Object.keys(Sos.operations).indexOf("usleep") + 1, 1);
    });
  };

  it.each([1, 2])("calls with whatever words and labels is answered, and ends nobody: seed %i", (seed) => {
    // Not its own end, nor that of others, which is any process's to decide.
    const ends = ["exit", "processDelete"].map((name) => Object.keys(Sos.operations).indexOf(name) + 1);
    beside(
      sends(seed, function* (ep, label, words) {
        if (ends.includes(label)) return;
        yield* seL4_Call(ep, seL4_MessageInfo_new(label, 0, 0, words));
      }),
    );
  });

  it("sends what it should call takes its own place to wait in, and no others", () => {
    const waits = Object.keys(Sos.operations).indexOf("usleep") + 1;
    beside(
      sosProgram("bad", function* () {
        for (let i = 0; i < 100; i++) {
          seL4_SetMR(0, 2 ** 40);
          yield* seL4_Send(SOS_IPC_EP_CAP, seL4_MessageInfo_new(waits, 0, 0, 1));
          yield* seL4_NBSend(SOS_IPC_EP_CAP, seL4_MessageInfo_new(waits, 0, 0, 1));
          seL4_SetCap(0, SOS_IPC_EP_CAP);
          yield* seL4_Send(SOS_IPC_EP_CAP, seL4_MessageInfo_new(waits, 0, 1, 1));
        }
      }),
    );
  });

  it("faults everywhere dies of the first one, over and over, and the others do not", () => {
    const output = beside(
      sosProgram("bad", function* (sos) {
        const pid = yield* sos.sos_my_id();
        if (pid < 20) yield* sos.sos_process_create("bad");
        // Where nothing lies, where only reading is allowed, and where no address is.
        yield* store([0, 0x1_0000, 0x2fff_f000, 0x37f0_0000, 2 ** 40][pid % 5] as number, 1);
      }),
      { sos: { most: 8 } },
    );
    expect(output).toMatch(/^(sos: bad \(\d+\) has died: VMFault at 0x[0-9a-f]+: .*\n)+$/);
  });

  it("throws dies, and the console says so", () => {
    const output = beside(
      sosProgram("bad", function* (sos) {
        yield* sos.sos_my_id();
        throw new Error("on purpose");
      }),
    );
    expect(output).toBe("sos: bad (3) has died: it threw an error\n");
  });

  it("takes all the memory that it may, all files, all of the console's time, keeps nobody from theirs", () => {
    beside(
      sosProgram("bad", function* (sos) {
        const buf = yield* new Heap(sos).malloc(PAGE);
        while ((yield* sos.sos_open("big", O_RDWR)) >= 0);
        while ((yield* sos.mmap(PAGE)) >= 0);
        for (;;) {
          yield* sos.sos_read(3, buf, PAGE);
          yield* sos.sos_write(3, buf, PAGE / 8);
        }
      }),
    );
  });
});

describe("a file that takes its time", () => {
  it("keeps nobody waiting but those who read it, and they can be deleted", () => {
    const reader = sosProgram("reader", function* (sos) {
      const buf = yield* new Heap(sos).malloc(PAGE);
      yield* sos.sos_read(yield* sos.sos_open(ENDLESS, O_RDWR), buf, 8);
    });
    const world = bootSos(
      [
        sosProgram("test", function* (sos) {
          const readers = [yield* sos.sos_process_create("reader"), yield* sos.sos_process_create("reader")];
          yield* sos.sos_usleep(50_000);
          yield* sos.sos_process_wait(yield* sos.sos_process_create("good"));
          for (const pid of readers) expect(yield* sos.sos_process_delete(pid)).toBe(0);
          // Its places are free: more of them than there are come and go.
          for (let i = 0; i < 4; i++) {
            const pid = yield* sos.sos_process_create("reader");
            yield* sos.sos_usleep(50_000);
            expect(yield* sos.sos_process_delete(pid)).toBe(0);
          }
          yield* sos.sos_process_wait(yield* sos.sos_process_create("good"));
        }),
        good,
        reader,
      ],
      { others: [{ component: slowDisk(200), priority: 182 }], choose: { root: "disk" } },
    );
    expect(runSos(world)).toBe("good is ready\ngood is ready\n");
  });
});
