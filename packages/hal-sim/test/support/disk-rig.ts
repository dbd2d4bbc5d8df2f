/**
 * A driver of the disk in user mode: carries out requests of a page, one after the other, waits for the interrupt of each,
 * and tells the kernel what came of it. So a run depends on what is on the disk.
 */
import { BlockRequestType, DescriptorFlag, type MachineOptions, VirtioRegister as R } from "../../src/index.js";
import { Cause, copyIn, copyOut } from "../../src/isa/index.js";
import { PAGE_BYTES } from "../../src/memory/sv39.js";
import { Rig, RW, syscall } from "./rig.js";
import { BUFFERS, RINGS } from "./virtio-driver.js";

const [SLOT, RING, REQUEST, DATA] = [0x60000, 0x61000, 0x64000, 0x65000];
const STATUS = 0x800;
const IRQ = 1;
/** Flush is negotiated, and discard where it is offered. */
const FEATURES = (1 << 9) | (1 << 13);

const { In, Out, Flush, Discard } = BlockRequestType;

/** What a program asks of its disk: a page from `sector` up is read, or filled with `fill`; sectors are discarded. */
export type DiskStep =
  | { readonly read: number }
  | { readonly write: number; readonly fill: number }
  | { readonly discard: number; readonly count: number }
  | "flush";

const words = (...values: number[]) => new Uint8Array(Uint32Array.from(values).buffer);

/** The kind of a step, its sector, and where its data travel: a flag of the descriptor, or none. */
function meantBy(step: DiskStep): { type: number; sector: number; data: number | null } {
  if (step === "flush") return { type: Flush, sector: 0, data: null };
  if ("read" in step) return { type: In, sector: step.read, data: DescriptorFlag.Write };
  if ("write" in step) return { type: Out, sector: step.write, data: 0 };
  return { type: Discard, sector: 0, data: 0 };
}

function* start() {
  const store = (register: number, value: number) => copyOut(SLOT + register, words(value));
  for (const status of [0, 1, 3]) yield* store(R.Status, status);
  const offered = new Uint8Array(4);
  yield* copyIn(SLOT + R.DeviceFeatures, offered);
  yield* store(R.DriverFeatures, new DataView(offered.buffer).getUint32(0, true) & FEATURES);
  yield* store(R.DriverFeaturesSel, 1);
  yield* store(R.DriverFeatures, 1);
  yield* store(R.Status, 11);
  yield* store(R.QueueNum, 4);
  yield* store(R.QueueDescLow, RINGS);
  yield* store(R.QueueDriverLow, RINGS + 0x1000);
  yield* store(R.QueueDeviceLow, RINGS + 0x2000);
  yield* store(R.QueueReady, 1);
  yield* store(R.Status, 15);
}

/** Descriptors of header, data and status, and the request made. */
function* ask(step: DiskStep, n: number) {
  const { type, sector, data } = meantBy(step);
  yield* copyOut(REQUEST, words(type, 0, sector, 0));
  if (typeof step === "object" && "fill" in step) yield* copyOut(DATA, new Uint8Array(PAGE_BYTES).fill(step.fill));
  if (typeof step === "object" && "discard" in step) yield* copyOut(DATA, words(step.discard, 0, step.count, 0));
  const bytes = type === Discard ? 16 : PAGE_BYTES;
  const next = (flags: number, index: number) => (flags | DescriptorFlag.Next) + index * 2 ** 16;
  const described = [
    [BUFFERS, 0, 16, next(0, data === null ? 2 : 1)],
    [BUFFERS + PAGE_BYTES, 0, bytes, next(data ?? 0, 2)],
    [BUFFERS + STATUS, 0, 1, DescriptorFlag.Write],
  ];
  yield* copyOut(RING, words(...described.flat()));
  yield* copyOut(RING + 0x1002, Uint8Array.of(n, n >>> 8));
  yield* copyOut(SLOT + R.QueueNotify, words(0));
}

/** A rig that carries out `steps`; `seen` gets the status and the sum of the data after each. */
export function diskRig(
  steps: readonly DiskStep[],
  options: Omit<MachineOptions, "image">,
  seen: [status: number, sum: number][] = [],
): Rig {
  const rig = new Rig(
    {
      *root() {
        yield* start();
        for (const [i, step] of steps.entries()) {
          yield* ask(step, i + 1);
          yield* syscall(1);
          const interrupt = new Uint8Array(4);
          yield* copyIn(SLOT + R.InterruptStatus, interrupt);
          yield* copyOut(SLOT + R.InterruptACK, interrupt);
          const status = new Uint8Array(1);
          yield* copyIn(REQUEST + STATUS, status);
          const data = new Uint8Array(PAGE_BYTES);
          yield* copyIn(DATA, data);
          const sum = data.reduce((total, byte) => total + byte, 0);
          seen.push([status[0]!, sum]);
          yield* syscall(2, sum);
        }
      },
    },
    { onReport: () => {}, ...options },
  );
  const { machine } = rig;
  rig.map(SLOT, machine.description.devices.virtio[0]!.base, RW);
  for (const page of [0, 1, 2]) rig.map(RING + page * PAGE_BYTES, RINGS + page * PAGE_BYTES, RW);
  for (const page of [0, 1]) rig.map(REQUEST + page * PAGE_BYTES, BUFFERS + page * PAGE_BYTES, RW);
  const context = rig.spawn();
  machine.plic.enable(IRQ);
  let calls = 0;
  rig.handlers[Cause.UserEcall] = () => {
    if (calls++ % 2 === 0) machine.cpu.context = null;
  };
  rig.handlers[Cause.ExternalInterrupt] = () => {
    machine.plic.complete(machine.plic.claim());
    machine.cpu.context = context;
  };
  rig.handlers[Cause.InstructionPageFault] = () => machine.powerOff(0);
  return rig;
}
