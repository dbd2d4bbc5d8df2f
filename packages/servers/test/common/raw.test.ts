/** Messages of no interface, which a server hears as they are, and what it does beside its calls. */
import type { Thread } from "@tessera/hal-sim/isa";
import { seL4_Call, type seL4_CPtr, seL4_GetMR, seL4_MessageInfo_new, seL4_NBSend, seL4_SetMR } from "@tessera/libsel4";
import { expect, it } from "vitest";
import { type Client, calls, component, define, must, op, Raw, sessionOf, u32 } from "../../src/index.js";
import { rigged } from "./rig.js";

const Ears = define("ears", {
  /** A session by which anything can be said. Labels above 100 have to wait for `open`. */
  listen: op({}, { ear: sessionOf(Raw) }),
  open: op({}, { waiting: u32 }),
  /** No ear hears any more. */
  shut: op({}, {}),
});

/** What was heard, and a client with some ways of speaking. */
function heard(speak: (ears: Client<typeof Ears>, say: Say) => Thread): string[] {
  const lines: string[] = [];
  const server = component("server", {
    offers: { ears: Ears },
    waiting: 2,
    *main({ ears, self }) {
      const opened = self.condition();
      const sessions: Parameters<typeof ears.end>[0][] = [];
      self.task(
        (function* () {
          for (;;) {
            yield* opened.wait();
            lines.push("opened");
          }
        })(),
      );
      yield* ears.serve(() => null, {
        listen() {
          const number = sessions.length;
          const hears = function* (_: null, { label, length }: { label: number; length: number }) {
            const word = length > 0 ? seL4_GetMR(0) : "-";
            if (label > 100) yield* opened.wait();
            lines.push(`${number}: ${label} ${word}`);
            return seL4_MessageInfo_new(0, 0, 0, 0);
          };
          const closed = () => void lines.push(`${number} is shut`);
          const ear = ears.hear(null, hears, { waits: true, closed });
          sessions.push(ear);
          return { ear };
        },
        open() {
          const waiting = opened.waiters;
          opened.wake();
          return { waiting };
        },
        *shut() {
          for (const session of sessions) yield* ears.end(session);
        },
      });
    },
  });
  const speaker = component("speaker", {
    needs: { ears: calls(Ears) },
    *main({ ears }) {
      yield* speak(ears, function* (ear, label, word) {
        seL4_SetMR(0, word);
        return (yield* seL4_Call(ear, seL4_MessageInfo_new(label, 0, 0, 1))).label;
      });
      lines.push("speaker ends");
    },
  });
  const other = component("other", {
    needs: { ears: calls(Ears) },
    *main({ ears }) {
      must(yield* ears.open());
      must(yield* ears.shut());
    },
  });
  rigged({ server, speaker, other }, function* (_, start) {
    const clients = [1, 2].map((client) => ({ badge: 0x100 + client, offer: 1 }));
    const { ep } = yield* start("server", { priority: 120, clients });
    yield* start("speaker", { priority: 100, needs: { ears: { ep, badge: 0x101 } } });
    yield* start("other", { priority: 90, needs: { ears: { ep, badge: 0x102 } } });
  });
  return lines;
}

type Say = (ear: seL4_CPtr<"Endpoint">, label: number, word: number) => Thread<number>;

it("a raw session hears any label and word as it is, also those that mean something elsewhere, and answers nothing", () => {
  const lines = heard(function* (ears, say) {
    const { ear } = must(yield* ears.listen());
    const { ear: second } = must(yield* ears.listen());
    for (const label of [0, 1, 2, 99]) expect(yield* say(ear.cptr, label, label + 7)).toBe(0);
    yield* seL4_NBSend(second.cptr, seL4_MessageInfo_new(5, 0, 0, 0));
  });
  const spoken = ["0: 0 7", "0: 1 8", "0: 2 9", "0: 99 106", "1: 5 -"];
  expect(lines).toEqual([...spoken, "speaker ends", "opened", "0 is shut", "1 is shut"]);
});

it("it parks where it may, its server goes on, and tasks are woken like handlers", () => {
  const lines = heard(function* (ears, say) {
    const { ear } = must(yield* ears.listen());
    expect(yield* say(ear.cptr, 101, 1)).toBe(0);
  });
  expect(lines).toEqual(["opened", "0: 101 1", "speaker ends", "0 is shut"]);
});

it("who speaks where nobody listens any more is not answered, nor is who waits when the session ends", () => {
  const lines = heard(function* (ears, say) {
    const { ear } = must(yield* ears.listen());
    must(yield* ears.shut());
    yield* say(ear.cptr, 1, 1);
  });
  expect(lines).toEqual(["0 is shut", "opened"]);
});

it("where there is no room to wait in it is answered at once, and not heard", () => {
  const lines = heard(function* (ears, say) {
    const { ear } = must(yield* ears.listen());
    yield* seL4_NBSend(ear.cptr, seL4_MessageInfo_new(102, 0, 0, 0));
    expect(yield* say(ear.cptr, 103, 1)).toBe(0);
    must(yield* ears.open());
  });
  expect(lines).toEqual(["opened", "0: 102 -", "speaker ends", "opened", "0 is shut"]);
});
