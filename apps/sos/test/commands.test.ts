/** What the shell of SOS carries out, on the real system: files, processes, time. Nobody sits there, so no prompts. */
import { describe, expect, it } from "vitest";
import { command, commands } from "./command.js";

const written = async (...lines: string[]): Promise<string> => (await commands(`${lines.join("\n")}\n`)).out;

describe("files", () => {
  it("are copied, shown and listed; what there is not is not made by looking for it", async () => {
    const out = await written(
      "benchmark -d",
      "cp results.tsv copy",
      "cat copy",
      "ls copy none",
      "cat none",
      "ls none",
      "cp copy copy",
    );
    expect(out).toMatch(/^\{"unit":"us","rows":\[\n\{"bytes":512,"write_us":\[\d+\],"read_us":\[\d+\]\},\n/m);
    expect(out).toMatch(/^file {5}rw- +\d+ bytes +\d+ ms {2}copy\n/m);
    expect(out.match(/there is no file none\n/g)).toHaveLength(3);
    expect(out).toContain("cp: copy and copy are one file\n");
  });

  it("dir lists them all, and the console first, which has one reader", async () => {
    const [first, ...rest] = (await written("dir", "cat console")).split("\n");
    expect(first).toMatch(/^special {2}rw- .* console$/);
    expect(rest.join("\n")).toContain(
      "cat: console cannot be opened to be read: it has one reader, and that is this shell",
    );
  });

  it("benchmark tries every size ten times, with buffers that do not fit into the frames", async () => {
    const { out } = await commands("benchmark -p\n", "--frames", "16");
    const { unit, rows } = JSON.parse(out.slice(out.indexOf("{"))) as {
      unit: string;
      rows: Record<string, number[]>[];
    };
    expect(unit).toBe("us");
    expect(rows.map(({ bytes }) => bytes)).toEqual(Array.from({ length: 10 }, (_, i) => 512 * 2 ** i));
    for (const { write_us, read_us } of rows) expect([write_us?.length, read_us?.length]).toEqual([10, 10]);
    expect(out.match(/KiB\/s, read/g)).toHaveLength(10);
  });
});

describe("processes", () => {
  it("run in the background, are listed and killed, and pids come back late", async () => {
    const out = await written(
      "exec clock &",
      "clock &",
      "ps",
      "kill 3",
      "ps",
      "kill 3",
      "kill 4",
      "exec clock &",
      "kill 5",
    );
    const lists = out.split("  PID  PAGES  STARTED MS  COMMAND\n").slice(1);
    const names = (list = "") =>
      [...list.matchAll(/^ +(\d+) +\d+ +\d+ {2}(\w+)$/gm)].map(([, pid, name]) => `${pid} ${name}`);
    expect(names(lists[0])).toEqual(["2 sosh", "3 clock", "4 clock"]);
    expect(names(lists[1])).toEqual(["2 sosh", "4 clock"]);
    expect(out).toContain("kill: there is no process 3\n");
    expect(out).toMatch(/^clock has the pid 5$/m);
    expect(out).not.toMatch(/^clock \d: /m);
  });

  it("the machine ends with the last of them, with the status of the shell", async () => {
    const { code, out } = await commands("clock &\nexit 3\n");
    expect(code).toBe(3);
    expect(out.match(/^clock 3: \d+ s$/gm)).toHaveLength(10);
  });

  it("one that dies is told of, and its neighbours go on; a shell that is killed is 137", async () => {
    const { code, out } = await commands("clock &\nfault\nkill 2\necho\n");
    expect(out).toContain("kill: 2 is this shell, and it ends\n");
    expect(out).toMatch(/^sos: fault \(4\) has died: VMFault at 0x70000000: nothing lies there$/m);
    expect(out.match(/^clock 3: \d+ s$/gm)).toHaveLength(10);
    expect(code).toBe(137);
  });

  it("see one another in memory that they share", async () => {
    const out = await written("share &", "share &", "sleep 4", "share");
    expect(out.match(/^share: .*$/gm)).toEqual([
      "share: number 1 of those that see this page",
      "share: number 2 of those that see this page",
      "share: 2 have come while number 1 was here",
      "share: 2 have come while number 2 was here",
      "share: number 1 of those that see this page",
      "share: 1 have come while number 1 was here",
    ]);
  });

  it("are refused when there is no memory for one more, with a reason, and the others go on", async () => {
    const { out } = await commands(`${"clock &\n".repeat(5)}exec clock\n`, "--frames", "16");
    const why = "there is no memory, or no room, for one more process; end one: `ps`, `kill PID`";
    expect(out).toContain(
      `clock cannot be run: ${why}\nclock cannot be run: ${why}\nexec: clock cannot be run: ${why}\n`,
    );
    expect(out.match(/^clock \d: \d+ s$/gm)).toHaveLength(3 * 10);
  });

  it("use more memory than there is, together, and each has its own", async () => {
    const { out } = await commands("thrash &\nthrash &\nthrash\n", "--frames", "24");
    expect(out.match(/^thrash: 64 pages are written$/gm)).toHaveLength(3);
    expect(out.match(/^thrash: read 3 of 3 times, after \d+ ms; 0 pages are wrong$/gm)).toHaveLength(3);
  });
});

describe("time", () => {
  it("passes while the shell sleeps, and not otherwise", async () => {
    const out = await written("mtime", "sleep 2", "mtime", "msleep 30", "mtime", "time");
    const times = [...out.matchAll(/^(\d+) microseconds/gm)].map(([, us]) => Number(us));
    expect(times).toHaveLength(3);
    expect(Math.round(((times[1] as number) - (times[0] as number)) / 10_000)).toBe(200);
    expect(Math.round(((times[2] as number) - (times[1] as number)) / 10_000)).toBe(3);
    expect(out).toMatch(/^[23] seconds since the start$/m);
  });
});

it("what is no command, or misused, is answered in a sentence", async () => {
  const sentences = [
    ["sl", '"sl" is no command, and no program; did you mean ls?'],
    ["xyzzy 1", '"xyzzy" is no command'],
    ["exec xyzzy", "exec: xyzzy cannot be run: there is no such file"],
    ["exec bin", "exec: bin cannot be run: it is no program"],
    ["bin", "bin cannot be run: it is no program"],
    ["kill", "usage: kill PID"],
    ["kill -1", "usage: kill PID"],
    ["sleep x", "usage: sleep SECONDS"],
    ["sleep 99999999999", "sleep: at most 999999999"],
    ["cat", "usage: cat FILE"],
    ["cat bin", "cat: bin cannot be opened to be read: it is a directory"],
    ["cp bin/clock bin", "cp: bin cannot be opened to be written: it is a directory"],
    ["exit 256", 'exit: a status is a number from 0 to 255, not "256"'],
    ["exit foo", 'exit: a status is a number from 0 to 255, not "foo"'],
    ["exit 1 2", "usage: exit [STATUS]"],
    ["cp a", "usage: cp FROM TO"],
    ["benchmark -x", "usage: benchmark [-d | -p]"],
    ["ls &", "ls: only programs run in the background"],
  ];
  const lines = ["   ", ...sentences.map(([line]) => line as string), "&"];
  expect((await written(...lines)).trimEnd().split("\n")).toEqual(sentences.map(([, sentence]) => sentence));
});

describe("the end of the input", () => {
  it("is the end of the last line, too, at which the commands have ended", async () => {
    expect(await commands("exit 4")).toEqual({ code: 4, out: "", err: "" });
    expect((await commands("\nmsleep 10\ntime")).out).toMatch(/^[01] seconds since the start\n$/);
  });

  it("is that of every shell", async () => {
    expect(await commands("exec sosh\nexec sosh\ntime\n")).toMatchObject({ code: 0, err: "" });
  });

  it.each([
    { text: "", status: 0 },
    { text: "nosuch\n", status: 127 },
    { text: "nosuch\n\n  \n", status: 127 },
    { text: "nosuch\ntime\n", status: 0 },
    { text: "cat nosuch\n", status: 1 },
    { text: "cat nosuch\nexit\n", status: 1 },
    { text: "ls none bin\n", status: 1 },
    { text: "kill x\n", status: 2 },
    { text: "bin\n", status: 126 },
    { text: "exec xyzzy &\n", status: 126 },
    { text: "clock &\n", status: 0 },
  ])("ends with the status of the last command: $text", async ({ text, status }) => {
    expect((await commands(text)).code).toBe(status);
  });
});

it("who leaves is told what still runs, and the machine ends with it", async () => {
  // In one piece: in virtual time the next one would come when the clock is at its end.
  const { code, out } = await command(["--virtual"], { keys: [["$ ", "clock &\rexit 3\r"]] });
  expect(code).toBe(3);
  expect(out).toContain("Still running: 3 clock. The machine ends with the last of them; ctrl-] leaves at once.\n");
  expect(out).toMatch(/clock 3: \d+ s\n$/);
});
