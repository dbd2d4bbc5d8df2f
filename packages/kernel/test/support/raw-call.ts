/** A system call that no stub makes: any number in a7. */
import { port, Register, SUSPEND, type Syscall } from "@tessera/hal-sim/isa";

const result: Syscall<number> & Iterator<void, number, void> = {
  [Symbol.iterator]() {
    return this;
  },
  next() {
    const cpu = port();
    return cpu.suspended() ? SUSPEND : { done: true, value: cpu.word(Register.a0) };
  },
};

/** `ecall` with `number` in a7 and `argument` in a0; what is in a0 afterwards. */
export function rawCall(number: number, argument: number): Syscall<number> {
  const cpu = port();
  cpu.setWord(Register.a7, number);
  cpu.setWord(Register.a0, argument);
  cpu.ecall();
  return result;
}
