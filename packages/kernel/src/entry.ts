/**
 * Entering the kernel: handle what happened, schedule, return to whoever runs now. This is the whole life of a trap.
 *
 * Before a system call or a fault is looked at the clock is, and a thread whose budget is used up does it later, again
 * from its registers. Debug calls return at once. An interrupt is handled whosever budget it falls into.
 */
import { Cause, Register } from "@tessera/hal-sim/isa";
import { seL4_SysCall, seL4_SysYield } from "@tessera/libsel4/abi";
import { raiseFault } from "./faults/handler.js";
import { handleExternalInterrupt } from "./irq/irq.js";
import { switchRoot } from "./memory/vspace.js";
import { assert } from "./model/assert.js";
import type { KernelState } from "./model/state.js";
import { affords, affordsOrRestart, chargeTurn, settle } from "./sched/budget.js";
import { activate, schedule } from "./sched/schedule.js";
import { debugCall } from "./syscalls/debug.js";
import { systemCall } from "./syscalls/syscall.js";
import { type Fault, unknownSyscall, userException, vmFault } from "./threads/fault.js";
import type { Tcb } from "./threads/tcb.js";
import { registerHigh, registerLow } from "./threads/user-registers.js";
import { stampTime } from "./time/preemption.js";
import { isSchedulable } from "./time/request.js";

/** Fault status words of a VMFault. */
const Status = { Instruction: 1, Load: 5, Store: 7 } as const;

/** The trap vector. */
export function enter(k: KernelState, cause: number): void {
  switch (cause) {
    case Cause.UserEcall:
      if (enterEcall(k, running(k)) === true) return;
      break;
    case Cause.TimerInterrupt:
    case Cause.ExternalInterrupt:
      enterInterrupt(k);
      break;
    default:
      enterFault(k, running(k), faultOf(k, cause));
  }
  leave(k);
}

/** Decide who runs, and give the CPU to it. */
export function leave(k: KernelState): void {
  schedule(k);
  activate(k);
  if (k.isRootStale) switchRoot(k, k.current);
  const context = k.current === null ? null : k.current.context;
  // Compared first, here and elsewhere: storing an object costs the engine more than looking at one.
  if (k.cpu.context !== context) k.cpu.context = context;
}

function running(k: KernelState): Tcb {
  assert(k.current !== null, "somebody runs who can trap");
  return k.current;
}

/** A system call. True when nothing is left to be done: it took the short way, or was a debug call. */
function enterEcall(k: KernelState, current: Tcb): boolean {
  const number = registerLow(k, current, Register.a7);
  const isNegative = registerHigh(k, current, Register.a7) === -1;
  if (isNegative && number <= seL4_SysCall && number >= seL4_SysYield) {
    stampTime(k);
    if (affordsOrRestart(k) === false) return false;
    const outcome = systemCall(k, current, number);
    if (outcome === "preempted") handlePreemption(k);
    return outcome === "returned";
  }
  if (isNegative && debugCall(k, current, number)) return true;
  enterFault(k, current, unknownSyscall(number, registerHigh(k, current, Register.a7)));
  return false;
}

function enterFault(k: KernelState, current: Tcb, fault: Fault): void {
  stampTime(k);
  if (affordsOrRestart(k)) raiseFault(k, current, fault);
}

function faultOf(k: KernelState, cause: number): Fault {
  const { trapValueLo: lo, trapValueHi: hi } = k.cpu;
  switch (cause) {
    case Cause.InstructionAccess:
    case Cause.InstructionPageFault:
      return vmFault(lo, hi, Status.Instruction);
    case Cause.LoadAccess:
    case Cause.LoadPageFault:
      return vmFault(lo, hi, Status.Load);
    case Cause.StoreAccess:
    case Cause.StorePageFault:
      return vmFault(lo, hi, Status.Store);
    default:
      return userException(cause);
  }
}

function enterInterrupt(k: KernelState): void {
  stampTime(k);
  affords(k);
  handleInterrupt(k);
}

/** External interrupts first; the timer only asks for the clock to be set anew. */
function handleInterrupt(k: KernelState): void {
  if (k.machine.plic.line) handleExternalInterrupt(k);
  else k.reprogram = true;
}

/** A long operation stopped: charge for what it did, and handle what it stopped for. */
function handlePreemption(k: KernelState): void {
  const { current, currentSc } = k;
  if (current !== null && isSchedulable(current)) affords(k);
  else if (currentSc.refills.isConfigured) chargeTurn(k, k.consumed, false);
  else settle(k);
  if (k.cpu.interruptPending()) handleInterrupt(k);
}
