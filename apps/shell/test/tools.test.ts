/** Tools, by what they do and say where something is in the way. */
import { memoryDisk } from "@tessera/hal-sim";
import {
  type Component,
  calls,
  component,
  DEVICE,
  Directory,
  File,
  fail,
  type Handlers,
  PLAIN_DIRECTORY,
  PLAIN_FILE,
} from "@tessera/servers";
import { describe, expect, it } from "vitest";
import { bootDesk } from "../src/machine.js";

/** Of a disk on which nothing is yet. */
const DISK_BYTES = 4 * 2 ** 20;

import { TOOLS } from "../src/programs/tools/index.js";
import { commands } from "./command.js";

const written = async (text: string): Promise<string> => (await commands(text)).out;

/** What stands in for the devices: a file that can be written to, and not be emptied. */
const stone = component("devfs", {
  needs: { console: calls(File) },
  offers: { directory: Directory },
  *main({ directory }) {
    const file: Handlers<typeof File, null> = {
      ...PLAIN_FILE,
      read: () => ({ data: new Uint8Array(0) }),
      write: (_, { data }) => ({ written: data.length }),
      truncate: () => fail("IO"),
      stat: () => DEVICE,
    };
    const handlers: Handlers<typeof Directory, null> = {
      ...PLAIN_DIRECTORY,
      open: () => ({ file: directory.session(File, null, file) }),
      enter: () => fail("NotDirectory"),
      readOnly: () => ({ directory: directory.session(Directory, null, handlers) }),
      next: () => fail("End"),
      stat: () => DEVICE,
      entry: () => DEVICE,
      walk: () => fail("NotDirectory"),
      remove: () => fail("Denied"),
      rename: () => fail("Denied"),
    };
    yield* directory.serve(() => null, handlers);
  },
});

/** What commands write on a desk with a component in place of another. */
function writtenOn(instead: (of: Component) => Component, text: string): string {
  const { machine } = bootDesk({ disks: [memoryDisk(DISK_BYTES)], isTerminal: false, seed: 1, epochMs: 0, instead });
  const decoder = new TextDecoder();
  let out = "";
  machine.output.subscribe((bytes) => {
    out += decoder.decode(bytes);
  });
  for (const typed of ["", text]) {
    machine.input("uart", new TextEncoder().encode(typed));
    expect(machine.run({ events: 100_000 }).reason).toBe("idle");
  }
  return out;
}

describe("cp", () => {
  it("of a file onto itself is refused, by whatever path, and leaves it as it is", async () => {
    expect(await written("echo one > a; mkdir d; cp a a; cp a d/../a; cp a .; cat a\n")).toBe(
      "cp: a and a are the same file\ncp: a and d/../a are the same file\ncp: a and ./a are the same file\none\n",
    );
  });

  it("into a directory has the name of what is copied, however that was called", async () => {
    expect(await written("mkdir d e; echo one > d/a; cd d; cp ../d/./a ../e; ls /e\n")).toBe("a\n");
  });
});

describe("mv", () => {
  it("says which of the two is in the way", async () => {
    const text =
      "echo one > a; mkdir d; mv a nosuch/b; mv nosuch b; mv nosuch/a b; mv d d/e; mv a d/../../d/x/y; mv / d";
    expect(await written(`${text}; mv a /dev/x; mv a a; cat a\n`)).toBe(
      [
        "mv: nosuch/b: there is no such file or directory",
        "mv: nosuch: there is no such file or directory",
        "mv: nosuch/a: there is no such file or directory",
        "mv: d: a directory cannot be moved into itself",
        "mv: d/../../d/x/y: there is no such file or directory",
        "mv: /: a name cannot be like that",
        "mv: /dev/x: that is on another file system than a",
        "one\n",
      ].join("\n"),
    );
  });
});

describe("ln", () => {
  it("gives a file another name, under which it lives on, and makes links that lead anywhere", async () => {
    const text = "echo hi > a; mkdir d; ln a d; ln -s a l; ln -s /nowhere d/n; rm a; cat d/a l; ls -l d\n";
    expect(await written(text)).toMatch(
      /^hi\ncat: l: there is no such file or directory\n-rw-r--r-- 1 3 .* a\nlrwxrwxrwx 1 8 .* n -> \/nowhere\n$/,
    );
  });

  it("says which of the two is in the way", async () => {
    expect(await written("echo a > a; mkdir d; ln d e; ln no x; ln -s a a; ln a /dev/x; ln a\n")).toBe(
      [
        "ln: d: it is a directory",
        "ln: no: there is no such file or directory",
        "ln: a: there is something of that name",
        "ln: /dev/x: that is on another file system than a",
        "ln: takes TARGET and NAME",
        "",
      ].join("\n"),
    );
  });
});

describe("chmod, stat and df", () => {
  it("change and tell what is known of a file, and of a link itself", async () => {
    const said = await written("echo hi > a; ln -s a l; chmod 4711 a; stat a l; chmod 1644 a; ls -l a; sync\n");
    expect(said).toMatch(/^a: file, 3 bytes in 4 KiB\n {2}mode -rws--x--x, names 1, user 0, group 0, number \d+\n/);
    expect(said).toMatch(/\nl: link, 1 bytes in 0 KiB\n {2}mode lrwxrwxrwx, names 1/);
    expect(said).toMatch(/\n-rw-r--r-T 1 3 .* a\n$/);
  });

  it("refuse what is no mode, and what is not there", async () => {
    expect(await written("chmod 9 a; chmod 644; chmod 0777 no; stat no; df no/no; df /dev\n")).toBe(
      [
        "chmod: takes a mode, in octal like 644, and paths",
        "chmod: takes a mode, in octal like 644, and paths",
        "chmod: no: there is no such file or directory",
        "stat: no: there is no such file or directory",
        "df: no/no: there is no such file or directory",
        "/dev: its file system does not say how full it is",
        "",
      ].join("\n"),
    );
  });

  it("count what a file takes", async () => {
    const said = await written("df; random 256 > r; df\n");
    const used = [...said.matchAll(/, (\d+) used, /g)].map(([, kib]) => Number(kib));
    expect(used).toHaveLength(2);
    expect((used[1] as number) - (used[0] as number)).toBe(4);
  });
});

describe("what was opened is closed:", () => {
  it.each(["cp a b", "cat a | tee b | head -n 0"])("%s, more often than a server has sessions", async (line) => {
    expect(await written(`echo one > a\n${`${line}\n`.repeat(40)}cat b\n`)).toBe("one\n");
  });
});

describe("a file that cannot be emptied", () => {
  it("is not written over: by cp, by tee, by the shell", () => {
    const text = "echo one > a; cp a /dev/stone; tee /dev/stone < a; echo two > /dev/stone; echo $?\n";
    expect(writtenOn((of) => (of.name === "devfs" ? stone : of), text)).toBe(
      `cp: /dev/stone: the device does not work\ntee: /dev/stone: the device does not work\n/dev/stone: the device does not work\n1\n`,
    );
  });
});

describe("a word that no message holds", () => {
  const long = "x".repeat(256);

  it("is refused where it is a name of a file, by whoever takes it", async () => {
    const lines = ["cd", "cat", "ls", "rm", "mkdir", "tee", "mv a", "cp a", "echo a >", "cat <"];
    const out = await written(`echo one > a\n${lines.map((line) => `${line} ${long}; echo $?\n`).join("")}`);
    const tools = ["cd: ", "cat: ", "ls: ", "rm: ", "mkdir: ", "tee: ", "mv: ", "cp: ", "", ""];
    expect(out).toBe(tools.map((tool) => `${tool}${long}: a name cannot be like that\n1\n`).join(""));
    expect(await written(`cat d/${long}/e\n`)).toMatch(/: a name cannot be like that\n$/);
  });

  it("names no program", async () => {
    const name = "x".repeat(65);
    expect(await commands(`${name}; echo still here\n`)).toMatchObject({
      out: `there is no program "${name}"\nstill here\n`,
    });
    expect((await commands(`exec ${name}\n`)).code).toBe(127);
  });
});

it("a builtin that exec is to run is told from what is misspelt", async () => {
  expect(await commands("exec pwd\n")).toMatchObject({
    ...{ out: "pwd is the shell's own, and no program: leave exec out\n", code: 127 },
  });
  expect(await written("exec toString\n")).toBe('there is no program "toString"\n');
});

it("a word with NUL in it is refused: it would be two", async () => {
  const sentence = "a word has NUL in it, which no program can be given\n";
  expect(await written('mkdir "x\0y"\nmkdir x\0y\nmkdir x\\\0y\necho a > b\0\nls\n')).toBe(
    `${sentence.repeat(4)}dev/\nlost+found/\n`,
  );
});

describe("a tool's words", () => {
  it("are said by --help, and by help, in a line", async () => {
    const names = TOOLS.map(({ name }) => name);
    const lines = (await written(names.map((name) => `exec ${name} --help\n`).join(""))).trimEnd().split("\n");
    expect(lines).toHaveLength(names.length);
    for (const [i, name] of names.entries()) expect(lines[i]).toMatch(new RegExp(`^${name}( [^:]+)?: \\S`));
    expect(lines).toContain("head [-n LINES] [FILE...]: the first lines, 10 unless another number is said");
    const asked = "help head; help cd; help nothere; help cd head; help wc | wc -l\n";
    expect((await written(asked)).split("\n")).toEqual([
      "head [-n LINES] [FILE...]: the first lines, 10 unless another number is said",
      "cd [DIRECTORY]: go to a directory, to / if none is named",
      'there is no program "nothere"',
      "help takes one name, of a builtin or a program",
      "1",
      "",
    ]);
  });

  it("are refused where they are options that it does not have, and nothing is done", async () => {
    expect(await written("echo a > f; mkdir -p d; echo $?; rm -r f; ls -a; sort -x f; ls\n")).toBe(
      [
        "mkdir: there is no option -p: mkdir PATH...",
        "2",
        "rm: there is no option -r: rm PATH...",
        "ls: there is no option -a: ls [-l] [PATH...]",
        "sort: there is no option -x: sort [-n] [-r] [FILE...]",
        "dev/",
        "f",
        "lost+found/",
        "",
      ].join("\n"),
    );
    expect(await written("echo -e > f; grep -- -e f; grep -v -- -e f; cat -- f; head f -n 0; head -n\n")).toBe(
      "-e\n-e\nhead: behind -n a word is missing: head [-n LINES] [FILE...]\n",
    );
    expect(await written("mkdir ./-p; ls; rm ./-p; ls -l; echo b | grep -v -i A\n")).toMatch(
      /^-p\/\ndev\/\nlost\+found\/\ndrwxr-xr-x .* dev\/\ndrwx------ .* lost\+found\/\nb\n$/,
    );
  });
});
