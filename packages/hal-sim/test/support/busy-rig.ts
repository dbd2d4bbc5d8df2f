/**
 * Two programs that work, draw on randomness by their calls, and read what comes in on the UART, under a kernel that
 * switches between them: a run that depends on everything that a run may depend on.
 */
import type { MachineOptions } from "../../src/index.js";
import { Cause, compute, copyIn, type Program, Register } from "../../src/isa/index.js";
import { Rig, RW, syscall } from "./rig.js";

const UART_PAGE = 0x60000;
/** Each of the two makes so many rounds of two calls. */
export const ROUNDS = 200;

/** `oddRound`: the round in which both programs compute a hundred cycles longer; default: none. */
export function busyRig(options: Omit<MachineOptions, "image"> = {}, rounds = ROUNDS, oddRound = -1): Rig {
  const worker: Program = function* () {
    const byte = new Uint8Array(1);
    for (let i = 0; i < rounds; i++) {
      const n = yield* syscall(i);
      yield* compute((n % 5000) + (i === oddRound ? 100 : 0));
      yield* copyIn(UART_PAGE, byte);
      yield* syscall(1000 + byte[0]!);
    }
  };
  const rig = new Rig({ a: worker, b: worker }, options);
  const [a, b] = [rig.spawn(0), rig.spawn(1)];
  const { machine } = rig;
  rig.map(UART_PAGE, 0x1000_0000, RW);
  machine.cpu.setTimer(100);
  rig.handlers[Cause.UserEcall] = (context) => rig.setRegister(context, Register.a0, machine.prng.next());
  rig.handlers[Cause.TimerInterrupt] = () => {
    machine.cpu.setTimer(machine.clock.ticks + 100);
    machine.cpu.context = machine.cpu.context === a ? b : a;
  };
  rig.handlers[Cause.InstructionPageFault] = () => {
    machine.powerOff(3);
  };
  return rig;
}
