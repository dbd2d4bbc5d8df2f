import { describe, expect, test } from "vitest";
import { PowerCommand, RtcRegister as R } from "../../src/index.js";
import { Cause, compute, copyIn, copyOut } from "../../src/isa/index.js";
import { Rig, RW } from "../support/rig.js";

const IRQ = 11;

describe("The real-time clock", () => {
  test("shows the machine's clock in nanoseconds from the epoch of the options", () => {
    const { machine } = new Rig({ *root() {} }, { epochMs: 1_700_000_000_123 });
    machine.clock.advance(4_567_000);
    const low = machine.rtc.load(R.TimeLow);
    const now = (BigInt(machine.rtc.load(R.TimeHigh)) << 32n) | BigInt(low);
    expect(now).toBe(1_700_000_000_123_000_000n + 4_567_000n);
  });

  test("can be set", () => {
    const { rtc, clock } = new Rig({ *root() {} }).machine;
    rtc.store(R.TimeHigh, 5);
    rtc.store(R.TimeLow, 7);
    clock.advance(100);
    expect([rtc.load(R.TimeLow), rtc.load(R.TimeHigh)]).toEqual([107, 5]);
  });

  test("interrupts at its alarm, in idle time", () => {
    const rig = new Rig({ *root() {} });
    const { machine } = rig;
    machine.plic.enable(IRQ);
    machine.rtc.store(R.IrqEnabled, 1);
    machine.rtc.store(R.AlarmHigh, 0);
    machine.rtc.store(R.AlarmLow, 3_000_000);
    expect(machine.rtc.load(R.AlarmStatus)).toBe(1);
    let at = 0;
    rig.handlers[Cause.ExternalInterrupt] = () => {
      at = machine.clock.cycles - machine.cost.kernelEntry;
      expect(machine.plic.claim()).toBe(IRQ);
      machine.rtc.store(R.ClearInterrupt, 1);
      machine.plic.complete(IRQ);
    };
    expect(machine.run().reason).toBe("idle");
    expect(at).toBe(3_000_000);
    expect(machine.rtc.load(R.AlarmStatus)).toBe(0);
  });

  test("interrupts a computation at its alarm, driven through a device page", () => {
    const word = (value: number) => new Uint8Array(Uint32Array.of(value).buffer);
    const status = word(99);
    const rig = new Rig({
      *root() {
        yield* copyOut(0x60000 + R.IrqEnabled, word(1));
        yield* copyOut(0x60000 + R.AlarmLow, word(50_000));
        yield* compute(100_000);
        yield* copyIn(0x60000 + R.AlarmStatus, status);
      },
    });
    rig.map(0x60000, 0x10_1000, RW);
    rig.machine.plic.enable(IRQ);
    rig.spawn();
    let at = 0;
    rig.handlers[Cause.ExternalInterrupt] = () => {
      at = rig.machine.clock.cycles - rig.machine.cost.kernelEntry;
      rig.machine.plic.complete(rig.machine.plic.claim());
    };
    rig.machine.run();
    expect(at).toBe(50_000);
    expect([...status]).toEqual([0, 0, 0, 0]);
  });

  test("keeps a ring while its interrupt is off, and requests it when that is switched on", () => {
    const { plic, rtc, clock } = new Rig({ *root() {} }).machine;
    plic.enable(IRQ);
    rtc.store(R.AlarmLow, 700);
    clock.advance(1000);
    clock.ringDue();
    expect([rtc.load(R.AlarmStatus), rtc.load(R.IrqEnabled), plic.claim()]).toEqual([0, 0, 0]);
    rtc.store(R.IrqEnabled, 1);
    expect([rtc.load(R.IrqEnabled), plic.claim()]).toEqual([1, IRQ]);
    rtc.store(R.ClearInterrupt, 1);
    plic.complete(IRQ);
    rtc.store(R.IrqEnabled, 0);
    rtc.store(R.IrqEnabled, 1);
    expect(plic.claim()).toBe(0);
  });

  test("shows the alarm as it was written; the low word arms it, and a later alarm takes the place of an earlier", () => {
    const { plic, rtc, clock } = new Rig({ *root() {} }).machine;
    plic.enable(IRQ);
    rtc.store(R.IrqEnabled, 1);
    rtc.store(R.AlarmHigh, 3);
    expect([rtc.load(R.AlarmHigh), rtc.load(R.AlarmStatus)]).toEqual([3, 0]);
    rtc.store(R.AlarmLow, 0xffff_ffff);
    expect([rtc.load(R.AlarmHigh), rtc.load(R.AlarmLow), rtc.load(R.AlarmStatus)]).toEqual([3, 0xffff_ffff, 1]);
    rtc.store(R.AlarmHigh, 0);
    rtc.store(R.AlarmLow, 5000);
    rtc.store(R.AlarmLow, 9000);
    clock.advance(8999);
    clock.ringDue();
    expect([plic.claim(), rtc.load(R.AlarmStatus)]).toEqual([0, 1]);
    clock.advance(1);
    clock.ringDue();
    expect([plic.claim(), rtc.load(R.AlarmStatus)]).toEqual([IRQ, 0]);
  });

  test("An alarm in the past rings at once; one that is cleared never does", () => {
    const { plic, rtc, clock } = new Rig({ *root() {} }).machine;
    plic.enable(IRQ);
    rtc.store(R.IrqEnabled, 1);
    clock.advance(1000);
    rtc.store(R.AlarmLow, 500);
    expect(plic.claim()).toBe(IRQ);
    rtc.store(R.ClearInterrupt, 1);
    plic.complete(IRQ);
    rtc.store(R.AlarmLow, 5000);
    rtc.store(R.ClearAlarm, 1);
    clock.advance(10_000);
    clock.ringDue();
    expect(plic.claim()).toBe(0);
  });
});

describe("Power-off", () => {
  test("by a store of a program ends the run, with its code", () => {
    for (const [value, code] of [
      [PowerCommand.Pass, 0],
      [PowerCommand.Fail | (7 << 16), 7],
    ] as const) {
      const rig = new Rig({
        *root() {
          yield* copyOut(0x60000, new Uint8Array(Uint32Array.of(value).buffer));
          throw new Error("went on");
        },
      });
      rig.map(0x60000, 0x10_0000, RW);
      const context = rig.spawn();
      expect(rig.machine.run()).toMatchObject({ reason: "power-off", code });
      expect(context.lastThrow).toBeNull();
    }
  });
});
