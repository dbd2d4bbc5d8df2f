/**
 * How a program begins: what C's start-up code does before `main`.
 *
 * A program has its arguments in registers. The root task finds the address of BootInfo in a0. For all others the
 * convention is ours: a0 is an argument or the address of an environment, a1 the address of the IPC buffer in the
 * program's own memory (0 = it has none).
 */
import { copyIn, type Program, type ProgramStart, type Thread } from "@tessera/hal-sim/isa";
import {
  decodeBootInfo,
  decodeExtraBootInfo,
  type ExtraBootInfo,
  type seL4_BootInfo,
  seL4_BootInfoFrameSize,
  seL4_CapInitThreadTCB,
} from "./abi/index.js";
import { seL4_TCB_Suspend } from "./invocations/tcb.js";
import { seL4_SetIPCBuffer } from "./message.js";

/**
 * A root task: reads BootInfo, sets the IPC buffer, runs `main`, and suspends itself when that ends.
 * @param main the program; `start` holds the registers it began with (a0 = address of BootInfo)
 */
export function rootTask(main: (bootinfo: seL4_BootInfo, start: ProgramStart) => Thread): Program {
  return function* (start) {
    const page = new Uint8Array(seL4_BootInfoFrameSize);
    yield* copyIn(start.a0, page);
    const bootinfo = decodeBootInfo(page);
    seL4_SetIPCBuffer(bootinfo.ipcBuffer);
    yield* main(bootinfo, start);
    yield* seL4_TCB_Suspend(seL4_CapInitThreadTCB);
  };
}

/**
 * A program other than the root task: sets the IPC buffer and runs `main`. When that ends the thread jumps to ra, which
 * is a fault unless its parent has put something there.
 * @param main the program; `start` holds the registers it began with
 */
export function program(main: (start: ProgramStart) => Thread): Program {
  // The program's own generator, not one around it: every switch would pass through that.
  return (start) => {
    seL4_SetIPCBuffer(start.a1);
    return main(start);
  };
}

/**
 * The chunks of extra boot information, the device tree among them.
 * @param address of BootInfo, which is a0 of the root task
 * @param extraLen of BootInfo
 */
export function* readExtraBootInfo(address: number, extraLen: number): Thread<ExtraBootInfo[]> {
  const bytes = new Uint8Array(extraLen);
  if (extraLen > 0) yield* copyIn(address + seL4_BootInfoFrameSize, bytes);
  return decodeExtraBootInfo(bytes);
}
