import { seL4_Yield } from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import { bootScene } from "../support/scene.js";

/** A root task that yields so many times. */
const yields = (times: number) =>
  bootScene(function* () {
    for (let i = 0; i < times; i++) yield* seL4_Yield();
    return times;
  });

describe("A violated invariant", () => {
  it("halts its machine with a dump, while another one goes on", () => {
    const [damaged, healthy] = [yields(100), yields(100)];
    for (const { machine } of [damaged, healthy]) expect(machine.run({ events: 20 }).reason).toBe("limit");
    damaged.kernel.state.current!.inReadyQueue = true;

    // It yields, is not put into the queue that it is said to be in, and nobody runs.
    const stop = damaged.machine.run();
    expect(stop.reason).toBe("halted");
    expect(stop.message).toMatch(/machine halted: .*invariants are violated/);
    expect(stop.message).toMatch(/queues: thread "rootserver" \(\d+\) is marked ready in no queue, or queued unmarked/);
    expect(stop.message).toMatch(/to replay: .*seed 1.*run\(\{ events: 21 \}\)/);
    expect(stop.message).toMatch(/last 50 trace records:/);
    expect(stop.message).toMatch(/Trap/);

    expect(healthy.machine.run().reason).toBe("idle");
    expect(healthy.returned).toEqual({ value: 100 });
  });

  it("leaves the halted machine halted, and its program where it was", () => {
    const damaged = yields(100);
    damaged.machine.run({ events: 20 });
    damaged.kernel.state.current!.inReadyQueue = true;
    const first = damaged.machine.run();
    expect(damaged.machine.run()).toBe(first);
    expect([damaged.returned, damaged.thrown]).toEqual([null, []]);
  });

  it("is not looked for unless asked for", () => {
    const unchecked = bootScene(
      function* () {
        yield* seL4_Yield();
      },
      {},
      { kernel: { checkInvariants: false } },
    );
    unchecked.machine.run({ events: 1 });
    unchecked.kernel.state.threads.values().next().value!.boundNotification = null;
    expect(unchecked.kernel.checkInvariants()).toEqual([]);
    expect(unchecked.machine.run().reason).toBe("idle");
  });
});

describe("An assertion of the kernel", () => {
  it("halts the machine with the claim that failed", () => {
    const broken = yields(100);
    broken.machine.run({ events: 20 });
    broken.kernel.state.current!.inReleaseQueue = true;
    const stop = broken.machine.run();
    expect(stop.reason).toBe("halted");
    expect(stop.message).toMatch(/the kernel expected: |invariants are violated/);
    expect(broken.thrown).toEqual([]);
  });
});
