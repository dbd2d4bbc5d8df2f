/** Solutions that are wrong, or only look so: what the report says of them. */
import { expect, test } from "vitest";
import { command } from "./command.js";

test("a solution may assign again what it declares at the top of a file", async () => {
  const { code, out } = await command(["counts", "--only", "M0/write", "--only", "M0/order", "--verbose"]);
  expect(code).toBe(0);
  expect(out).toMatch(/^boot 1$.*^boot 2$/ms);
});

test("a server that dies of must() is told of with the answer that it died of", async () => {
  const { out } = await command(["dies", "--only", "M0/write"]);
  expect(out).toMatch(
    /the kernel says: thread `mine`.*program "mine" threw CallFailed: directory.stat failed: NotFound/s,
  );
});

test("what a program of a check found is not told as a fault of the system as well", async () => {
  const { out } = await command(["--bug", "two-readers", "--only", "M2/one-reader"]);
  expect(out).toContain("what went wrong: what sos_open returns to a second reader is 4");
  expect(out).not.toContain("the kernel says");
});
