/**
 * Domains: who shares which slice of a fixed schedule. seL4 manual, "Domains".
 *
 * The schedule is a table of (domain, duration in ticks of the timer); an entry of two zeros ends it. With one domain
 * the table has two entries, with more it has 100; the last always is an end.
 */
import { port, type Syscall } from "@tessera/hal-sim/isa";
import { DomainScheduleConfigure, DomainScheduleSetStart, DomainSetSet } from "../abi/index.js";
import { uint8 } from "../arguments.js";
import type { seL4_DomainSet, seL4_Error, seL4_TCB, WordLike } from "../types.js";
import { invoke, setArgument, setCapability } from "./call.js";

/**
 * Put a thread into a domain.
 * Cannot block, but a caller that moves itself waits until its new domain's time comes. Allocates nothing.
 * Errors: InvalidArgument 0: there is no such domain; InvalidArgument 1: `thread` is no TCB.
 * @param domain 0 to the number of domains - 1
 * @param thread the thread
 */
export function seL4_DomainSet_Set(_service: seL4_DomainSet, domain: number, thread: seL4_TCB): Syscall<seL4_Error> {
  const cpu = port();
  setCapability(cpu, 0, "thread", thread);
  setArgument(cpu, 0, "domain", uint8("domain", domain));
  return invoke(cpu, _service, DomainSetSet, 1, 1);
}

/**
 * Write an entry of the schedule. What is left of the running entry stays as it is.
 * Cannot block, allocates nothing.
 * Errors: RangeError: `index` (0 to the table's length - 2); RangeError: `domain`; InvalidArgument 2: `duration` is
 * 2^56 or more; InvalidArgument 1: duration 0 with a domain that is not 0; InvalidArgument 2: it would end the schedule
 * at its start.
 * @param index entry
 * @param domain 0 to the number of domains - 1
 * @param duration in ticks of the timer (10 a microsecond), below 2^56; 0 with domain 0 = the end
 */
export function seL4_DomainSet_ScheduleConfigure(
  _service: seL4_DomainSet,
  index: WordLike,
  domain: number,
  duration: WordLike,
): Syscall<seL4_Error> {
  const cpu = port();
  setArgument(cpu, 0, "index", index);
  setArgument(cpu, 1, "domain", uint8("domain", domain));
  setArgument(cpu, 2, "duration", duration);
  return invoke(cpu, _service, DomainScheduleConfigure, 0, 3);
}

/**
 * Set where the schedule begins, and go there now.
 * Cannot block, but the caller waits when its domain's time is over by it. Allocates nothing.
 * Errors: RangeError: `index` (0 to the table's length - 1); InvalidArgument 0: that entry is an end.
 * @param index entry
 */
export function seL4_DomainSet_ScheduleSetStart(_service: seL4_DomainSet, index: WordLike): Syscall<seL4_Error> {
  const cpu = port();
  setArgument(cpu, 0, "index", index);
  return invoke(cpu, _service, DomainScheduleSetStart, 0, 1);
}
