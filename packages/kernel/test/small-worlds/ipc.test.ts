/** Every interleaving of three threads at an endpoint and a notification, against plain lists. */
import { CapTag } from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import { afterEntries } from "../support/damage.js";
import { IPC_FIGURES } from "./figures.js";
import { IpcModel } from "./ipc-model.js";
import { exploreIpc, type IpcSetting, replayIpc, type Turn } from "./ipc-worlds.js";

const equal: IpcSetting = { priorities: [100, 100, 100], sharesReply: false, hasServer: false, isBound: false };
const bound: IpcSetting = { ...equal, isBound: true };
const server: IpcSetting = { ...equal, hasServer: true };

const SETTINGS: readonly (readonly [name: keyof typeof IPC_FIGURES, setting: IpcSetting])[] = [
  ["three active threads", equal],
  ["one reply object for all", { ...equal, sharesReply: true }],
  ["a notification bound to a thread, with time to lend", bound],
  ["a passive server", server],
  ["a passive server of higher priority", { ...server, priorities: [100, 110, 120] }],
  ["a passive server with a bound notification", { ...server, isBound: true }],
];

describe("Every interleaving of three threads with scripts of any length", () => {
  it.each(SETTINGS)("ends as in the model: %s", { timeout: 120_000 }, (name, setting) => {
    expect(exploreIpc(setting)).toEqual(IPC_FIGURES[name]);
  });
});

describe("The exploration of interleavings finds", () => {
  it("a model in which urgent threads do not come first", () => {
    class Fifo extends IpcModel {
      protected override queue(queue: number[], i: number): void {
        queue.push(i);
      }
    }
    expect(() => exploreIpc({ ...equal, priorities: [100, 110, 120] }, () => new Fifo())).toThrow(/the model/);
  });

  it("a model in which an answer does not give time back", () => {
    class Greedy extends IpcModel {
      protected override donate(sc: number, to: number): void {
        if (this.threads[to]?.state !== "reply") super.donate(sc, to);
      }
    }
    expect(() => exploreIpc(server, () => new Greedy())).toThrow(/"step":"Call"/);
  });

  it("a kernel in which the last of three signals is lost", () => {
    const plant = afterEntries(({ state }) => {
      for (const [, { cap }] of state.rootCNode!.occupied()) {
        if (cap.type === CapTag.notification && cap.object.wordLo === 7) cap.object.wordLo = 3;
      }
    });
    expect(() => exploreIpc(equal, undefined, plant)).toThrow(
      /(.*"step":"(Signal|NBSendRecv to the notification)".*\n){3}/,
    );
  });

  it("a kernel in which a Call lends no time for good, and what it prints shows it again", () => {
    const plant = afterEntries(({ state }) => {
      for (const sc of state.schedContexts) {
        if (sc.replyHead !== null) sc.replyHead.nextSc = null;
        sc.replyHead = null;
      }
    });
    const found = messageOf(() => exploreIpc(server, undefined, plant));
    const path = JSON.parse(found.slice(found.lastIndexOf("after [") + "after ".length)) as Turn[];
    expect(path.at(-1)?.step).toMatch(/Call/);
    expect(messageOf(() => replayIpc(server, path, plant))).toBe(found);
    replayIpc(server, path);
  });
});

function messageOf(run: () => void): string {
  try {
    run();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("nothing was found");
}
