import { describe, expect, test } from "vitest";
import { UartRegister as R } from "../../src/index.js";
import { Cause, copyIn, copyOut, load } from "../../src/isa/index.js";
import { Rig, RW, syscall } from "../support/rig.js";

const UART = 0x60000;
const IRQ = 10;
const text = (bytes: string) => new TextEncoder().encode(bytes);

function idleRig() {
  const rig = new Rig({ *root() {} });
  rig.machine.plic.enable(IRQ);
  return { ...rig.machine, rig, machine: rig.machine, uart: rig.machine.uart, plic: rig.machine.plic };
}

describe("The UART, driven by a program", () => {
  test("sends what the program stores, and emits it at the end of the slice", () => {
    const chunks: string[] = [];
    const rig = new Rig({
      *root() {
        for (const byte of text("hello")) {
          yield* copyOut(UART, Uint8Array.of(byte));
          expect(chunks).toEqual([]);
        }
        yield* syscall(1);
      },
    });
    rig.map(UART, 0x1000_0000, RW);
    rig.machine.uart.output.subscribe((bytes) => chunks.push(new TextDecoder().decode(bytes)));
    rig.spawn();
    rig.machine.run();
    expect(chunks).toEqual(["hello"]);
  });

  test("brings input by its interrupt, byte for byte", () => {
    const seen: string[] = [];
    const rig = new Rig({
      *root() {
        const byte = new Uint8Array(1);
        yield* copyOut(UART + R.Ier, Uint8Array.of(1));
        for (;;) {
          yield* syscall(1);
          for (;;) {
            yield* copyIn(UART + R.Lsr, byte);
            if ((byte[0]! & 1) === 0) break;
            yield* copyIn(UART + R.RbrThr, byte);
            seen.push(String.fromCharCode(byte[0]!));
          }
        }
      },
    });
    rig.map(UART, 0x1000_0000, RW);
    const { machine } = rig;
    const context = rig.spawn();
    machine.plic.enable(IRQ);
    let signalled = false;
    rig.handlers[Cause.UserEcall] = () => {
      if (!signalled) machine.cpu.context = null;
      signalled = false;
    };
    rig.handlers[Cause.ExternalInterrupt] = () => {
      machine.plic.complete(machine.plic.claim());
      signalled = machine.cpu.context !== null;
      machine.cpu.context = context;
    };
    machine.input("uart", text("ab"));
    expect(machine.run().reason).toBe("idle");
    machine.input("uart", text("c"));
    expect(machine.run().reason).toBe("idle");
    expect(seen.join("")).toBe("abc");
  });

  test("refuses words of 64 bits with an access fault, and takes a longer copy byte by byte", () => {
    const status = new Uint8Array(3);
    const rig = new Rig({
      *root() {
        yield* copyIn(UART + R.Lcr, status);
        yield* load(UART);
      },
    });
    rig.map(UART, 0x1000_0000, RW);
    rig.spawn();
    rig.machine.run();
    expect([...status]).toEqual([0, 8, 0x60]);
    expect(rig.causes).toEqual([Cause.LoadAccess]);
    expect(rig.trapValue).toBe(UART);
  });

  test("A device range with no device behind it is an access fault", () => {
    const rig = new Rig({
      *root() {
        yield* copyOut(UART, Uint8Array.of(1));
      },
    });
    rig.map(UART, 0x4000_0000, RW);
    rig.spawn();
    rig.machine.run();
    expect(rig.causes).toEqual([Cause.StoreAccess]);
  });
});

describe("The registers of the UART", () => {
  test("Enabling the transmitter's interrupt requests one; reading IIR takes it", () => {
    const { uart, plic } = idleRig();
    expect(uart.load(R.IirFcr)).toBe(0x01);
    uart.store(R.Ier, 2);
    expect(plic.claim()).toBe(IRQ);
    expect(uart.load(R.IirFcr)).toBe(0x02);
    expect(uart.load(R.IirFcr)).toBe(0x01);
  });

  test("Below the trigger level of the FIFO the interrupt comes by time-out", () => {
    const { uart, plic, machine } = idleRig();
    uart.store(R.Ier, 1);
    uart.store(R.IirFcr, 0x81);
    uart.receive(text("1234567"));
    expect(plic.claim()).toBe(0);
    machine.cpu.context = null;
    machine.run({ ticks: 5000 });
    expect(uart.load(R.IirFcr)).toBe(0xcc);
    uart.load(R.RbrThr);
    expect(uart.load(R.IirFcr)).toBe(0xc1);
    uart.receive(text("89"));
    expect(uart.load(R.IirFcr)).toBe(0xc4);
  });

  test("The FIFO interrupts at 1, 4, 8 or 14 bytes, as FCR says, and again while it stays there", () => {
    for (const [i, level] of [1, 4, 8, 14].entries()) {
      const { uart, plic } = idleRig();
      uart.store(R.Ier, 1);
      uart.store(R.IirFcr, 1 | (i << 6));
      uart.receive(text("x".repeat(level - 1)));
      expect(plic.claim()).toBe(0);
      uart.receive(text("xx"));
      expect(plic.claim()).toBe(IRQ);
      uart.load(R.RbrThr);
      plic.complete(IRQ);
      expect(plic.claim()).toBe(IRQ);
      expect(uart.load(R.IirFcr)).toBe(0xc4);
      uart.load(R.RbrThr);
      expect(uart.load(R.IirFcr)).toBe(0xc1);
    }
  });

  test("The transmitter's interrupt comes again with every byte sent and with a cleared FIFO; masked, it is forgotten", () => {
    const { uart, plic } = idleRig();
    uart.store(R.Ier, 2);
    uart.load(R.IirFcr);
    plic.complete(plic.claim());
    for (const [register, value] of [
      [R.RbrThr, 65],
      [R.IirFcr, 5],
    ] as const) {
      uart.store(register, value);
      expect(plic.claim()).toBe(IRQ);
      expect(uart.load(R.IirFcr) & 0x0f).toBe(0x02);
      expect(uart.load(R.IirFcr) & 0x0f).toBe(0x01);
      plic.complete(IRQ);
    }
    uart.store(R.RbrThr, 66);
    uart.store(R.Ier, 0);
    uart.store(R.Ier, 1);
    expect(uart.load(R.IirFcr) & 0x0f).toBe(0x01);
  });

  test("IIR tells line status first, then time-out, then received data, then the transmitter", () => {
    const { uart, machine } = idleRig();
    uart.store(R.Mcr, 0x10);
    uart.store(R.IirFcr, 0x81);
    for (let n = 0; n < 4; n++) uart.store(R.RbrThr, n);
    machine.clock.advance(1_000_000);
    machine.clock.ringDue();
    for (let n = 4; n < 17; n++) uart.store(R.RbrThr, n);
    uart.store(R.Ier, 7);
    const told: number[] = [];
    const look = () => told.push(uart.load(R.IirFcr) & 0x0f);
    look();
    uart.load(R.Lsr);
    look();
    uart.load(R.RbrThr);
    look();
    for (let n = 0; n < 8; n++) uart.load(R.RbrThr);
    look();
    look();
    expect(told).toEqual([0x06, 0x0c, 0x04, 0x02, 0x01]);
  });

  test("The receiver is overrun in loopback alone: what is in the FIFO stays, and LSR tells it once", () => {
    const { uart, plic } = idleRig();
    uart.store(R.Mcr, 0x10);
    uart.store(R.IirFcr, 1);
    uart.store(R.Ier, 4);
    for (let n = 0; n < 16; n++) uart.store(R.RbrThr, n);
    expect([uart.load(R.Lsr), plic.claim()]).toEqual([0x61, 0]);
    uart.store(R.RbrThr, 99);
    expect(plic.claim()).toBe(IRQ);
    expect([uart.load(R.IirFcr), uart.load(R.Lsr), uart.load(R.Lsr)]).toEqual([0xc6, 0x63, 0x61]);
    const seen: number[] = [];
    while ((uart.load(R.Lsr) & 1) !== 0) seen.push(uart.load(R.RbrThr));
    expect(seen).toEqual(Array.from({ length: 16 }, (_, n) => n));
  });

  test("A paste of a million bytes arrives whole and in order", () => {
    const { uart } = idleRig();
    const paste = Uint8Array.from({ length: 1_000_000 }, (_, i) => (i * 7) >>> 3);
    uart.store(R.IirFcr, 1);
    uart.receive(paste);
    uart.receive(new Uint8Array(0));
    uart.receive(text("!"));
    let differ = 0;
    for (const byte of paste) if (uart.load(R.RbrThr) !== byte) differ++;
    expect([differ, uart.load(R.RbrThr), uart.load(R.Lsr) & 1]).toEqual([0, 33, 0]);
  });

  test("More than the FIFO holds waits and is never lost", () => {
    const { uart } = idleRig();
    uart.store(R.IirFcr, 1);
    uart.receive(Uint8Array.from({ length: 100 }, (_, i) => i));
    const seen: number[] = [];
    while ((uart.load(R.Lsr) & 1) !== 0) seen.push(uart.load(R.RbrThr));
    expect(seen).toEqual(Array.from({ length: 100 }, (_, i) => i));
  });

  test("The divisor latch shows behind DLAB; scratch and line control keep what they are given", () => {
    const { uart } = idleRig();
    uart.store(R.Lcr, 0x83);
    uart.store(R.RbrThr, 0x34);
    uart.store(R.Ier, 0x12);
    expect([uart.load(R.RbrThr), uart.load(R.Ier), uart.load(R.Lcr)]).toEqual([0x34, 0x12, 0x83]);
    uart.store(R.Lcr, 0x03);
    uart.store(R.Scr, 0xa5);
    expect([uart.load(R.Ier), uart.load(R.Scr)]).toEqual([0, 0xa5]);
  });

  test("Loopback turns data and modem lines around", () => {
    const { uart } = idleRig();
    expect(uart.load(R.Msr)).toBe(0xb0);
    uart.store(R.Mcr, 0x1a);
    expect(uart.load(R.Msr)).toBe(0x90);
    uart.store(R.RbrThr, 0x41);
    expect(uart.load(R.RbrThr)).toBe(0x41);
  });

  test("The kernel's debug console leaves by the same stream", () => {
    const { machine } = idleRig();
    const chunks: number[][] = [];
    machine.output.subscribe((bytes) => chunks.push([...bytes]));
    machine.putDebugChar(72);
    machine.putDebugChar(105);
    machine.run();
    expect(chunks).toEqual([[72, 105]]);
  });
});
