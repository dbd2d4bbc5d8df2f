/** What the host shows: capabilities, reasons, time and the plan, of the real desk. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { commands } from "./command.js";

const written = async (text: string): Promise<string> => (await commands(text)).out;

describe("caps", () => {
  it("lists what the shell holds, with what it is for: each line of the reviewed plan, and what came since", async () => {
    const out = await written("caps\n");
    expect(out).toMatch(/^shell holds \d+ capabilities/);
    expect(out).toMatch(/ root\.endpoint +WP .* who has started it/);
    expect(out).toMatch(/ vfs\.endpoint +WGP +0x101 +root: it may call vfs's files \(directory\), and send it/);
    expect(out).toMatch(/monitor, a device's registers at 0x102000\n/);
    const reviewed = readFileSync(new URL("../authority.txt", import.meta.url), "utf8");
    const own = /component shell \{[\s\S]*?\n\}/.exec(reviewed)?.[0] ?? "";
    const slots = [...own.matchAll(/^ +(\d+): /gm)].map(([, slot]) => slot);
    expect(slots.length).toBeGreaterThan(10);
    for (const slot of slots) expect(out).toMatch(new RegExp(`^${slot} `, "m"));
  });

  it("of anybody who exists, and of nobody else", async () => {
    expect(await written("caps timer\n")).toMatch(/rtc: it hears the interrupt/);
    expect(await written("caps nobody\n")).toMatch(/^nobody is called "nobody": there are \w+, /);
  });

  it("tells what came while it ran: what was made of which slot, and who is signalled by it", async () => {
    const out = await written("sleep 9 &\ncaps process\ncaps\n");
    expect(out).toMatch(
      /^(\d+) +process\.memory +memory: memory to make objects of\n[\s\S]*^\d+ +process\.memory\[3\] +made by it, of the memory in slot \1\n/m,
    );
    expect(out).toMatch(
      /^(\d+) +process\.memory\[15\] [\s\S]*^\d+ +sleep\.1 vspace +made by it, of the memory in slot \1\n/m,
    );
    expect(out).toMatch(/^\d+ +shell\.notification +W +0x\w+ +by this it signals shell\n/m);
    expect(out).toMatch(/^\d+ +shell\.notification +W +0x\w+ +made by it, for others to signal it by\n/m);
  });

  it("of a process: what its program needs, and not a slot more", async () => {
    const out = await written("sleep 9 &\ncaps sleep.1\ncaps 1\n");
    const [first = "", second] = out.split(/(?=sleep\.1 holds)/);
    expect(second).toBe(first);
    expect(first).toMatch(/^sleep\.1 holds \d+ capabilities/);
    expect(first).toMatch(/timer\.endpoint +WGP +0x[0-9a-f]+ +timer: what was given to it as a timer\n/);
    expect(first).toMatch(/console\.endpoint .* stdout: what was given to it as a file\n/);
    expect(first).not.toMatch(/vfs|devfs|pipes|root\./);
  });
});

describe("why", () => {
  it("names the operation and the server that refused, from the trace", async () => {
    expect(await written("cat nothing\nwhy\n")).toMatch(
      /\ncat nothing: status 1\ncat\.1 asked vfs for directory\.open "nothing" and was answered NotFound\n$/,
    );
    expect(await written("cd /nowhere\nwhy\n")).toMatch(
      /\nshell asked vfs for directory\.enter "nowhere" and was answered NotFound\n$/,
    );
    expect(await written("rm /dev/null\nwhy\n")).toMatch(
      /rm\.1 asked devfs for directory\.remove "null" and was answered Denied/,
    );
    expect(await written("cat äääääääääääääää\nwhy\n")).toContain('directory.open "ääääääääääää…"');
  });

  it("tells all of what was refused, the last of many, and not that a list was at its end", async () => {
    const first = await written("ls one / two\nwhy\n");
    expect(first.slice(first.indexOf("ls one / two: "))).toBe(
      [
        "ls one / two: status 1",
        'ls.1 asked vfs for directory.enter "one" and was answered NotFound',
        'ls.1 asked vfs for directory.enter "two" and was answered NotFound',
        "",
      ].join("\n"),
    );
    const many = await written("cat a b c d e f g\nwhy\n");
    expect(many).toMatch(
      /status 1\ncat\.1 was refused 2 more before\n.* "c" .*\n(.*\n){3}.* "g" and was answered NotFound\n$/,
    );
  });

  it("explains the fault that a process died of, with the line of its program", async () => {
    expect(await written("stray\nwhy\n")).toMatch(
      /thread `stray\.1` \(programs\/tools\/stray\.ts:\d+:\d+\): reading 0x500000 .*: VMFault/,
    );
  });

  it("is about what has failed last, whatever went well since, and says when nothing has", async () => {
    expect(await written("echo a; ls /; pwd; why\n")).toBe("a\ndev/\nlost+found/\n/\nnothing has failed yet\n");
    const out = await written("cat nothing\necho a | wc\ncd /dev; pwd; caps; why\n");
    expect(out).toMatch(/\ncat nothing: status 1\ncat\.1 asked vfs for .* "nothing" and was answered NotFound\n$/);
  });

  it("of the shell tells what the failed command was refused, and nothing of others", async () => {
    const out = await written("cd one\nmkdir two; cd two; ls nix; cat < three\ncd ..; ls; why\n");
    expect(out.slice(out.lastIndexOf("cat < three: "))).toBe(
      [
        "cat < three: three: there is no such file or directory",
        'shell asked vfs for directory.open "three" and was answered NotFound',
        "",
      ].join("\n"),
    );
    expect(await written("cd one\n'\nwhy\n")).toMatch(/^cd: one: .*\na ' is not closed\n': a ' is not closed\n$/);
  });

  it("of a pipeline names those that failed, also when its status is 0 or it ran in the background", async () => {
    const text = "cat one two | wc -l; why\n";
    expect(await written(text)).toMatch(
      /\ncat one two \| wc -l: cat\.1: status 1\ncat\.1 .* "one" .*\ncat\.1 .* "two" .*\n$/,
    );
    const behind = await written("msleep 5 | cat - one &\necho a; wait; ls; why\n");
    expect(behind).toMatch(/\nmsleep 5 \| cat - one: cat\.2: status 1\ncat\.2 .* "-" .*\ncat\.2 .* "one" .*\n$/);
  });
});

describe("top", () => {
  it("tells whose time everybody runs on, and that all of it adds up", async () => {
    const out = await written("spin &\nmsleep 50\ntop\n");
    expect(out).toMatch(/^spin\.1 +50 +runs +process\.time\[\d+\] +in turns/m);
    expect(out).toMatch(/^console +190 .* its own +1\.5 of 10 ms /m);
    const shares = [...out.matchAll(/(\d+\.\d)%/g)].map(([, share]) => Number(share));
    expect(Math.abs(shares.reduce((sum, share) => sum + share, 0) - 100)).toBeLessThan(2);
  });
});

describe("plan and trace", () => {
  it("plan is the reviewed text, whole or of one component", async () => {
    const reviewed = readFileSync(new URL("../authority.txt", import.meta.url), "utf8");
    const out = await written("plan\n");
    expect(out.replace('  args "commands"\n', "")).toBe(reviewed);
    const [block, called] = (await written("plan vfs\n")).split(/(?<=^\}\n)/m);
    expect(reviewed).toContain(block);
    expect(called).toBe("vfs.files is called by shell\n");
  });

  it("trace shows the last records, as many as are asked for", async () => {
    const lines = (await written("trace 7\n")).trimEnd().split("\n");
    expect(lines).toHaveLength(7);
    for (const line of lines) expect(line).toMatch(/^#\d+ tick \d+ \w+ /);
    // In front of the request, and of the shell's preparing it, lies the end of what ran before.
    const before = await written("random 4 > f; trace 200\n");
    expect(before).toMatch(/"random\.1"/);
    expect(before).not.toMatch(/ Output /);
    expect(await written("pwd; pwd; trace 300\n")).toMatch(/ Output 96 "monitor" byte=115\n/);
    expect(await written("trace 0\n")).toBe('trace: a number of records from 1 to 1000, not "0"\n');
  });

  it("what nobody knows is said to be so", async () => {
    expect(await written("plan nobody\n")).toBe('there is no component "nobody"\n');
  });
});
