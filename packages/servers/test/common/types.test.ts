/** What does not compile, and what is refused when an interface or a component is defined. */
import { describe, expect, expectTypeOf, it } from "vitest";
import {
  type Answer,
  type Client,
  calls,
  capability,
  component,
  define,
  device,
  fail,
  memory,
  op,
  own,
  type SystemError,
  sessionOf,
  text,
  u32,
} from "../../src/index.js";

const File = define("file", { read: op({ offset: u32 }, { count: u32 }, ["IO"]) });
const Files = define("files", {
  open: op({ path: text(255) }, { file: sessionOf(File) }, ["NotFound", "Denied"]),
  sync: op({}, {}),
});

describe("types", () => {
  it("of a client follow from the interface", () => {
    type Open = Client<typeof Files>["open"];
    expectTypeOf<Parameters<Open>>().toEqualTypeOf<[args: { readonly path: string }]>();
    expectTypeOf<ReturnType<Open>>().toEqualTypeOf<
      Generator<void, Answer<{ readonly file: Client<typeof File> }, "NotFound" | "Denied">, void>
    >();
    expectTypeOf<Parameters<Client<typeof Files>["sync"]>>().toEqualTypeOf<[]>();
    type Sync = ReturnType<Client<typeof Files>["sync"]> extends Generator<void, infer A, void> ? A : never;
    expectTypeOf<Extract<Sync, { error: string }>["error"]>().toEqualTypeOf<SystemError>();
  });

  it("refuse wrong arguments, undeclared errors, and needs that are not declared", () => {
    component("editor", {
      needs: { files: calls(Files) },
      *main({ files, ...others }) {
        // @ts-expect-error: a path is a text
        yield* files.open({ path: 7 });
        // @ts-expect-error: it takes a path
        yield* files.open();
        // @ts-expect-error: there is no such operation
        yield* files.remove({ path: "/" });
        const opened = yield* files.open({ path: "/" });
        // @ts-expect-error: there is a file only where there is no error
        opened.file;
        // @ts-expect-error: this error is not declared
        expectTypeOf(opened.error === "Full").toBeBoolean();
        // @ts-expect-error: a log is not among its needs
        others.log;
      },
    });
    component("ramfs", {
      offers: { files: Files },
      *main({ files }) {
        yield* files.serve(() => ({ opened: 0 }), {
          // @ts-expect-error: this error is not declared
          open: (session) => (session.opened > 3 ? fail("Full") : fail("Denied")),
          sync() {},
        });
        // @ts-expect-error: `sync` has no handler
        yield* files.serve(() => null, { open: () => fail("Denied") });
        // @ts-expect-error: it has no errors of its own
        yield* files.serve(() => null, { open: () => fail("Denied"), sync: () => fail("Denied") });
        // @ts-expect-error: the answer has a file
        yield* files.serve(() => null, { open: () => ({}), sync() {} });
      },
    });
  });
});

describe("what no message can hold is refused at its definition", () => {
  it.each([
    [
      () => define("f", { w: op({ a: text(900), b: text(100) }, {}) }),
      "f.w, its arguments: take up to 128 words, a message has 120",
    ],
    [
      () => define("f", { w: op({ a: capability("Page"), b: sessionOf(File) }, {}) }),
      "capability(Page) and session(file) in one message, of which the kernel delivers one",
    ],
    [
      () => define("f", { w: op({ a: own(), b: own(), c: own(), d: own() }, {}) }),
      "are 4 capabilities, a message has 3",
    ],
    [() => define("f", { w: op({}, { a: own() }) }), "own() is for arguments"],
    [() => define("f", { w: op({}, { error: u32 }) }), 'a result cannot be called "error"'],
    [() => define("f", { close: op({}, {}) }), 'an operation cannot be called "close"'],
    [() => define("f", {}), "from 1 to 255 operations, not 0"],
    [() => define("F f", { w: op({}, {}) }), 'not "F f"'],
    [() => define("f", { w: op({ "1": u32 }, {}) }), 'a field cannot be called "1"'],
    [() => define("f", { toString: op({}, {}) }), 'an operation cannot be called "toString"'],
    [() => component("valueOf", { *main() {} }), 'not "valueOf"'],
    [() => text(2000), "a message holds from 1 to 952 bytes"],
    [() => device({ address: 0x1000_0004 }), "an address is a multiple of 4096"],
    [() => memory(0), "from 1 to 512 pages, not 0"],
    [() => component("c", { needs: { self: calls(File) }, *main() {} }), 'nothing can be called "self"'],
    [() => component("c", { needs: { f: calls(File) }, offers: { f: File }, *main() {} }), '"f" is needed and offered'],
    [() => component("c", { signals: true, slots: 0, *main() {} }), "by capabilities that it makes, so it has slots"],
    [
      // @ts-expect-error: an operation is what op() returns
      () => define("f", { read: { offset: u32 } }),
      "f.read is no operation: write read: op({ … }, { … })",
    ],
    [
      // @ts-expect-error: text takes its length
      () => define("f", { read: op({ line: text }, {}) }),
      'f.read, its arguments: "line" is no field: write one such as line: u32 or line: text(80)',
    ],
    [
      // @ts-expect-error: a need is what calls() returns
      () => component("c", { needs: { file: File }, *main() {} }),
      'c: its need "file" is none: write file: calls(…), device(…) or memory(…)',
    ],
    [
      // @ts-expect-error: an offer is an interface
      () => component("c", { offers: { file: calls(File) }, *main() {} }),
      'c: its offer "file" is no interface: write file: what define(…) has returned',
    ],
    // @ts-expect-error: it has no main
    [() => component("c", {}), "c: without a main it does nothing: write *main({ … }) { … }"],
    [() => component("c", { passive: true, *main() {} }), "a passive component offers something"],
    [
      () =>
        component("c", {
          passive: true,
          offers: { f: define("f", { w: op({}, {}, [], { waits: true }) }) },
          *main() {},
        }),
      "a passive component cannot offer f.w, which waits",
    ],
  ])("%s", (make, sentence) => {
    expect(make).toThrow(sentence);
  });
});
