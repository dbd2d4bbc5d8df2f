/** M3, memory: pages come when they are touched, and who touches what he has not ends alone. */
import { load, store, type Thread } from "@tessera/hal-sim/isa";
import { O_RDWR, SOS_STAT_BYTES } from "@tessera/servers/sos";
import type { Check, Own } from "../exam/check.js";
import { ended, expectFilled, fill, lives, started, told } from "../exam/processes.js";
import { bytesAt } from "../exam/room.js";

const MS = 1000;
const PAGE = 4096;
const STDOUT = 1;
const HEAP_PAGES = 48;
const STACK_PAGES = 16;
const MAPPED_PAGES = 4;
const LEFT_PAGES = 20;
/** Where nothing is: null, a page that nobody has asked for, above all memory of processes, above all addresses. */
const NOWHERE = [0, 8, 0x0dea_d000, 2 ** 38, 2 ** 52] as const;
/** Pages that one process asks for where there are far fewer. */
const GREEDY_PAGES = 4096;
const FEW = { frames: 48, swapPages: 48, processPages: 16 };

export const M3: readonly Check[] = [
  {
    id: "M3/heap",
    claim: `a heap grows by ${HEAP_PAGES} pages, which are zero until they are written, and keep what was`,
    points: 3,
    look: "brk, and what the fault handler puts at an address of the heap",
    programs: {
      *first(own) {
        const { sos, witness } = own;
        const begin = Math.ceil((yield* sos.brk(0)) / PAGE) * PAGE;
        const end = begin + HEAP_PAGES * PAGE;
        witness.equal("what brk returns", yield* sos.brk(end), end);
        witness.equal("what brk(0) returns then", yield* sos.brk(0), end);
        for (let page = begin; page < end; page += PAGE) {
          witness.equal(`a word at 0x${page.toString(16)}, never written,`, yield* load(page + 2048), 0);
        }
        yield* fill(begin, HEAP_PAGES, 0);
        yield* expectFilled(begin, HEAP_PAGES, 0, own);
      },
    },
  },
  {
    id: "M3/cleared",
    claim: "no process finds in its memory what another has left there",
    points: 2,
    look: "frames that come back when a process ends: they are cleared before somebody else has them",
    programs: {
      *first(own) {
        for (const name of ["leaver", "leaver", "finder"]) yield* ended(yield* started(name, own), own);
        own.witness.equal("how many have looked", own.witness.count("has looked"), 1);
      },
      *leaver({ room }) {
        yield* fill(yield* room.bytes((LEFT_PAGES + 1) * PAGE), LEFT_PAGES, 1);
      },
      *finder({ room, witness }) {
        const address = yield* room.bytes(LEFT_PAGES * PAGE);
        for (let i = 0; i < LEFT_PAGES; i++) {
          const found = (yield* bytesAt(address + i * PAGE, PAGE)).findIndex((byte) => byte !== 0);
          witness.expect(found < 0, `byte ${found} of page ${i} of a new heap is not zero`);
        }
        witness.tell("has looked");
      },
    },
  },
  {
    id: "M3/stack",
    claim: `a stack grows down to ${STACK_PAGES} pages, as it is touched`,
    points: 2,
    look: "which addresses below the stack the fault handler takes for the stack",
    programs: {
      *first({ start, witness }) {
        const top = Math.floor(start.a0 / PAGE) * PAGE;
        witness.expect(top > 0, `a program starts with ${start.a0} in a0, which is the top of its stack`);
        for (let i = 2; i <= STACK_PAGES; i++) yield* store(top - i * PAGE + 16, i);
        for (let i = 2; i <= STACK_PAGES; i++) {
          witness.equal(`what was written ${i} pages below the top`, yield* load(top - i * PAGE + 16), i);
        }
      },
    },
  },
  {
    id: "M3/mmap",
    claim: "mmap gives memory that is nothing else's, and munmap takes it away",
    points: 2,
    look: "where mmap finds room, and what munmap does to page tables and to frames",
    programs: {
      *first(own) {
        const { sos, room, witness } = own;
        const heap = yield* room.bytes(64);
        const addresses: number[] = [];
        for (let i = 0; i < 3; i++) {
          const address = yield* sos.mmap(MAPPED_PAGES * PAGE);
          witness.expect(address > 0 && address % PAGE === 0, `mmap returns ${address}`);
          witness.equal("a word of new memory", yield* load(address), 0);
          yield* fill(address, MAPPED_PAGES, 10 * i);
          addresses.push(address);
        }
        yield* store(heap, 42);
        const [low, middle, high] = addresses as [number, number, number];
        witness.equal("what munmap returns", yield* sos.munmap(middle, MAPPED_PAGES * PAGE), 0);
        yield* expectFilled(low, MAPPED_PAGES, 0, own);
        yield* expectFilled(high, MAPPED_PAGES, 20, own);
        witness.equal("a word of the heap", yield* load(heap), 42);
        yield* ended(yield* started("toucher", own), own);
        witness.equal("how many have touched what they unmapped, and live", witness.count("lives on"), 0);
      },
      *toucher({ sos, witness }) {
        const address = yield* sos.mmap(PAGE);
        yield* store(address, 1);
        yield* sos.munmap(address, PAGE);
        yield* store(address, 2);
        witness.tell("lives on");
      },
    },
  },
  {
    id: "M3/faults",
    claim: "who touches what is not there ends, and nobody else",
    points: 4,
    look: "the fault handler's answer to an address that lies in no region: the process is ended, as if deleted",
    programs: {
      *first(own) {
        const { sos, witness } = own;
        const bystander = yield* started("bystander", own);
        for (const _ of NOWHERE) yield* ended(yield* started("faulter", own), own);
        witness.equal("how many of them have run", witness.count("faults"), NOWHERE.length);
        witness.equal("how many went on behind their fault", witness.count("lives on"), 0);
        yield* told("round", witness.count("round") + 3, own);
        witness.equal("what sos_process_delete of it returns", yield* sos.sos_process_delete(bystander), 0);
      },
      *faulter({ witness }) {
        witness.tell("faults");
        const address = NOWHERE[witness.count("faults") - 1] as number;
        if (witness.count("faults") % 2 === 0) yield* load(address);
        else yield* store(address, 1);
        witness.tell("lives on");
      },
      *bystander({ sos, room, witness }) {
        const address = yield* room.bytes(PAGE);
        for (;;) {
          const round = witness.count("round");
          yield* store(address, round);
          yield* sos.sos_usleep(2 * MS);
          witness.equal("a word of a process beside them", yield* load(address), round);
          witness.tell("round");
        }
      },
    },
  },
  {
    id: "M3/pointers",
    claim: "a bad pointer in any argument of any call is -1 to who passes it, and nothing else",
    points: 5,
    look: "the server that uses an address of a process: whether all of it is the process's own is looked at before",
    programs: {
      *first(own) {
        const { witness } = own;
        yield* ended(yield* started("pusher", own), own);
        witness.equal("how many came through all bad pointers", witness.count("came through"), 1);
      },
      *pusher(own) {
        const { sos, room, witness } = own;
        const written = yield* sos.sos_open("pointers", O_RDWR);
        witness.expect(written >= 3, `sos_open of a new file returns ${written}`);
        yield* room.writeAll(written, new Uint8Array(PAGE));
        const file = yield* sos.sos_open("pointers", O_RDWR);
        for (const address of [...NOWHERE, -1]) yield* pushEverywhere(address, file, own);
        const last = (yield* sos.brk(Math.ceil((yield* sos.brk(0)) / PAGE) * PAGE)) - 8;
        // Eight bytes of it are there, and the others are not.
        const count = yield* sos.sos_write(STDOUT, last, 64);
        witness.expect(count <= 8, `sos_write of 64 bytes of which 8 are there returns ${count}`);
        witness.expect(
          (yield* sos.sos_process_status(last, 4)) <= 0,
          "sos_process_status fills 8 bytes with a process",
        );
        witness.tell("came through");
      },
    },
  },
  {
    id: "M3/limits",
    claim: "who wants more memory than there is is refused, or ends, and others still get theirs",
    points: 3,
    look: "where pages are counted: brk, mmap or the fault handler, for each process, before the last one is gone",
    ...FEW,
    programs: {
      *first(own) {
        const { sos, room, witness } = own;
        const address = yield* room.bytes(5 * PAGE);
        yield* fill(address, 4, 0);
        const greedy = yield* started("greedy", own);
        while (witness.count("has all") === 0 && (yield* lives(greedy, own))) yield* sos.sos_usleep(5 * MS);
        yield* expectFilled(address, 4, 0, own);
        witness.expect((yield* sos.brk(2 ** 31)) < 2 ** 31, "brk gives 2 GiB");
        yield* ended(yield* started("modest", own), own);
        witness.equal("how many have had eight pages beside it", witness.count("has eight"), 1);
      },
      *greedy({ sos, witness }) {
        for (let n = 0; n < GREEDY_PAGES; n++) {
          const address = yield* sos.mmap(PAGE);
          if (address <= 0) break;
          yield* store(address, n);
        }
        witness.tell("has all");
        yield* sos.sos_usleep(30_000 * MS);
      },
      *modest(own) {
        const address = yield* own.room.bytes(9 * PAGE);
        yield* fill(address, 8, 50);
        yield* expectFilled(address, 8, 50, own);
        own.witness.tell("has eight");
      },
    },
  },
];

/** Pass `address` in each argument that is a pointer. `file` is open at its beginning, and not empty. */
function* pushEverywhere(address: number, file: number, { sos, room, witness }: Own): Thread {
  const good = (yield* room.buffer()) + SOS_STAT_BYTES;
  const calls: readonly [call: string, made: () => Thread<number>][] = [
    ["sos_open", () => sos.sos_open(address, O_RDWR)],
    ["sos_read", () => sos.sos_read(file, address, 16)],
    ["sos_write to a file", () => sos.sos_write(file, address, 16)],
    ["sos_write to the console", () => sos.sos_write(STDOUT, address, 16)],
    ["sos_getdirent", () => sos.sos_getdirent(0, address, 16)],
    ["sos_stat, of the path,", () => sos.sos_stat(address, good)],
    ["sos_stat, of the record,", () => sos.sos_stat("pointers", address)],
    ["sos_process_create", () => sos.sos_process_create(address)],
    ["sos_process_status", () => sos.sos_process_status(address, 4)],
  ];
  for (const [call, made] of calls) {
    const found = yield* made();
    witness.expect(found === -1, `${call} with the pointer ${hex(address)} returns ${found}, and should return -1`);
  }
}

function hex(address: number): string {
  return address < 0 ? String(address) : `0x${address.toString(16)}`;
}
