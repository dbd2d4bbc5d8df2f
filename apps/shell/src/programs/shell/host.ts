/**
 * The two devices by which the shell reaches its host: the monitor, to show something that only the host can see, and
 * the power-off register, to end the machine. Neither tells the machine anything.
 */
import { copyOut, type Thread } from "@tessera/hal-sim/isa";
import { again, type Client, type ConsoleOutput, type Device, device } from "@tessera/servers";

/** Where the board has them. */
export const MONITOR = device({ address: 0x10_2000 });
export const POWER_OFF = device({ address: 0x10_0000 });

const PASS = 0x5555;
const FAIL = 0x3333;

/** Have the host show something, below all that was written before. Can block: until that is out. */
export function* askHost(monitor: Device, output: Client<typeof ConsoleOutput>, request: string): Thread<void> {
  yield* again(() => output.flush());
  yield* tellHost(monitor, request);
}

/** Have the host take note of something, for when it is asked. Does not wait for what was written. */
export function* tellHost(monitor: Device, request: string): Thread<void> {
  yield* copyOut(monitor.address, new TextEncoder().encode(`${request.replaceAll("\n", " ")}\n`));
}

/** End the machine with `status`, when all that was written is out. */
export function* powerOff(power: Device, output: Client<typeof ConsoleOutput>, status: number): Thread<void> {
  yield* again(() => output.flush());
  const word = status === 0 ? PASS : FAIL + (status & 0xffff) * 2 ** 16;
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, word, true);
  yield* copyOut(power.address, bytes);
}
