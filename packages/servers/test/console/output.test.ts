/** The buffer of what is on its way out, without a machine. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Output, type PendingWrite } from "../../src/console/output.js";

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (taken: Uint8Array) => new TextDecoder().decode(taken);

describe("the output buffer", () => {
  it("takes a write whole or not at all, and lets in who waits in the order in which they came", () => {
    const output = new Output();
    const admitted: string[] = [];
    const wait = (name: string, length: number): PendingWrite => {
      const write = { bytes: bytes(name.repeat(length)), admitted: () => admitted.push(name) };
      expect(output.write(write.bytes)).toBe(false);
      output.wait(write);
      return write;
    };
    for (let i = 0; i < 8; i++) expect(output.write(bytes("x".repeat(500)))).toBe(true);
    wait("a", 500);
    wait("b", 10); // there would be room for it, but not before who came first
    wait("c", 500);
    output.take(400);
    expect(admitted).toEqual([]);
    output.take(100);
    expect(admitted).toEqual(["a", "b"]);
    expect(text(output.take(5000)).replace(/x/g, "")).toBe("a".repeat(500) + "b".repeat(10));
    expect(admitted).toEqual(["a", "b", "c"]);
  });

  it("who waits and dies keeps nobody behind, and nothing of it comes out", () => {
    const output = new Output();
    for (let i = 0; i < 8; i++) output.write(bytes("x".repeat(500)));
    let admitted = false;
    const dead = { bytes: bytes("dead".repeat(100)), admitted: () => expect.fail("a dead writer was admitted") };
    output.wait(dead);
    output.wait({
      bytes: bytes("b"),
      admitted: () => {
        admitted = true;
      },
    });
    output.forget(dead);
    expect(admitted).toBe(true);
    expect(text(output.take(5000)).replace(/x/g, "")).toBe("b");
  });

  it("has room for echo whatever is written, and says when no more should be typed", () => {
    const output = new Output();
    for (let i = 0; i < 8; i++) output.write(bytes("x".repeat(512)));
    for (let i = 0; i < 1024; i++) {
      expect(output.canEcho).toBe(true);
      output.echo(bytes("e"));
    }
    expect(output.canEcho).toBe(false);
    output.take(4096);
    expect(output.canEcho).toBe(false);
    output.take(1);
    expect(output.canEcho).toBe(true);
  });

  it("whatever is written and taken, nothing is lost, torn or doubled, and the buffer is bounded", () => {
    const act = fc.oneof(
      fc.record({ write: fc.integer({ min: 0, max: 512 }) }),
      fc.record({ echo: fc.integer({ min: 0, max: 10 }) }),
      fc.record({ take: fc.integer({ min: 1, max: 3000 }) }),
    );
    fc.assert(
      fc.property(fc.array(act, { maxLength: 150 }), (acts) => {
        const output = new Output();
        let out = "";
        let next = 0;
        const written: string[] = [];
        for (const act of acts) {
          if ("take" in act) out += text(output.take(act.take));
          else if ("echo" in act) output.echo(bytes(".".repeat(act.echo)));
          else {
            const line = `<${next}:${"-".repeat(Math.max(0, act.write - 10))}>`;
            next += 1;
            written.push(line);
            if (!output.write(bytes(line))) output.wait({ bytes: bytes(line), admitted: () => {} });
          }
        }
        while (!output.isEmpty) out += text(output.take(16));
        expect(out.replaceAll(/\.+/g, "")).toBe(written.join(""));
        expect(output.isPast(output.mark)).toBe(true);
      }),
    );
  });
});
