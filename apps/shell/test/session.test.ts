/** Sessions: what is entered and what is shown, on the real desk, with programs as processes of their own. */

import { Screen } from "@tessera/app-host/testing";
import { describe, expect, it } from "vitest";
import { command, commands } from "./command.js";

/** What commands write. */
const written = async (text: string): Promise<string> => (await commands(text)).out;

/** What stands on the screen in the end. */
function screen(out: string): string {
  const terminal = new Screen();
  terminal.write(out);
  return `${terminal.shown.join("\n")}\n`;
}

describe("commands from standard input", () => {
  it("are carried out without prompt and echo, and the last status is the exit code", async () => {
    expect(await commands("cd /dev\npwd\n")).toEqual({ code: 0, out: "/dev\n", err: "" });
    expect((await commands("cat nothing\n")).code).toBe(1);
    expect((await commands("exit 7\npwd\n")).code).toBe(7);
    expect((await commands("nothing\n")).code).toBe(127);
  });

  it("need no end of line at the end of the text, and none at all", async () => {
    expect(await written("echo a")).toBe("a\n");
    expect((await commands("")).code).toBe(0);
  });

  it("stand in a file as well", async () => {
    const files = new Map([["script", "cd /dev\npwd\nexit 3\n"]]);
    const { code, out } = await command(["--virtual", "--script", "script"], { files });
    expect([code, out]).toEqual([3, "/dev\n"]);
  });

  it("that are longer than any can be are refused, and those behind them carried out", async () => {
    const { code, out } = await commands(`echo ${"x".repeat(9000)}\necho $?\n`);
    expect([code, out]).toEqual([0, "a command is longer than any can be\n2\n"]);
  });

  it("are followed by what they read nothing of: a program has no standard input but what it is given", async () => {
    expect(await written("cat\necho still a command\n")).toBe("still a command\n");
  });
});

describe("a command line", () => {
  it("is words, quoted or not, with the status of the last command", async () => {
    expect(await written("echo 'a  b' \"c $?\" d\\ e # f\ncat nothing; echo $?\n")).toBe(
      "a  b c 0 d e\ncat: nothing: there is no such file or directory\n1\n",
    );
  });

  it("goes on after ; in any case, after && if all went well, after || if not", async () => {
    expect(await written("cat x && echo no || echo yes; echo on; echo a && echo b || echo c\n")).toBe(
      "cat: x: there is no such file or directory\nyes\non\na\nb\n",
    );
  });

  it("that cannot be understood is refused in a sentence, and nothing of it runs", async () => {
    expect(await commands("echo a; cat |\n")).toEqual({
      ...{ code: 2, out: "a command is missing beside |\n", err: "" },
    });
  });

  it("that names no program is told what may have been meant", async () => {
    expect(await written("ehco a\n")).toBe('there is no program "ehco"; did you mean echo?\n');
    expect(await written("hepl\n")).toBe('there is no program "hepl"; did you mean help or head?\n');
  });
});

describe("files and pipes", () => {
  it("programs make, change, show and take away files", async () => {
    const out = await written(
      [
        ...["mkdir d", "echo one > d/a", "echo two >> d/a", "cp d/a d/b", "mv d/b c", "cat c < d/a", "ls d /"],
        ...["rm c d/a d", "ls", "cd nowhere", "mkdir /dev/x", "cp c"],
      ].join("\n"),
    );
    expect(out).toBe(
      [
        ...["one", "two", "d:", "a", "/:", "c", "d/", "dev/", "lost+found/", "dev/", "lost+found/"],
        "cd: nowhere: there is no such file or directory",
        "mkdir: /dev/x: that is not allowed here",
        "cp: takes FROM and TO",
        "",
      ].join("\n"),
    );
  });

  it("a pipeline's programs run at once, each reading what the one before writes", async () => {
    const lines = Array.from({ length: 30 }, (_, i) => `echo line ${i} ${"x".repeat(i * 8)} >> f`).join("\n");
    expect(await written(`${lines}\ncat f | grep 'line 1' | sort -r | head -n 2 | wc\n`)).toMatch(/^2 6 \d+\n$/);
  });

  it("who reads no further ends those who write, and nobody complains", async () => {
    expect(await commands("cat /dev/zero | head -n 0; echo $?\n")).toMatchObject({ out: "0\n", code: 0 });
  });

  it("what the shell says itself goes into files and pipes as well", async () => {
    expect(await written("help > h; grep pwd h; help | grep pwd; ls\n")).toMatch(
      /^( {2}pwd .*)\n\1\ndev\/\nh\nlost\+found\/\n$/,
    );
    expect(await written("echo a | help\n")).toBe("help is the shell's own, and reads nothing\n");
    expect(await written("plan > p\n")).toBe("plan is shown by the host, on the terminal: nothing of it is in here\n");
  });

  it("and no file is harmed on the way", async () => {
    expect(await written("echo mine > /.output; history | wc -l; cat /.output; ls\n")).toBe(
      "1\nmine\n.output\ndev/\nlost+found/\n",
    );
  });

  it("a file that cannot be opened keeps a builtin from being carried out", async () => {
    expect(await written("mkdir d; cd d > /no/where; pwd; pwd > f; pwd >> f; cd d > g; cat /f /g\n")).toBe(
      "/no/where: there is no such file or directory\n/\n/\n/\n",
    );
  });

  it("a file that cannot be opened keeps the whole pipeline from running", async () => {
    expect(await commands("cat < nothing | wc\n")).toMatchObject({
      ...{ out: "nothing: there is no such file or directory\n", code: 1 },
    });
    expect(await written("echo a > /dev/null/b; echo $?; ps | wc -l\n")).toBe(
      "/dev/null/b: it is no directory\n1\n3\n",
    );
  });
});

describe("processes", () => {
  it("that die of a fault are told, with the cause, and a status of their own", async () => {
    expect(await commands("stray\n")).toMatchObject({
      ...{ out: "reading at 0x500000\nstray: died: VMFault at 0x500000\n", code: 139 },
    });
  });

  it("in the background are listed, waited for and killed", async () => {
    const out = await written("sleep 10 &\nspin &\njobs\nkill 2\nmsleep 1\njobs\nwait\ntime\n");
    expect(out).toBe("[1] running  1  sleep 10\n[2] running  2  spin\n[1] running  1  sleep 10\n1970-01-01 00:00:10\n");
  });

  it("of a pipeline in the background go on while the shell waits for commands", async () => {
    const { out } = await command(["--virtual"], {
      keys: [
        ["/ $ ", "msleep 20 | cat > f &\r"],
        ["/ $ ", "sleep 1\r"],
        ["/ $ ", "ls f; exit\r"],
      ],
    });
    expect(screen(out)).toContain("[1] done  msleep 20 | cat > f\n/ $ ls f; exit\nf\n");
  });

  it("a hundred of them, one after the other, leave nothing behind", async () => {
    const text = "echo a | cat > f; stray > g\n".repeat(50);
    const { out } = await commands(`${text}caps\nps\n`);
    expect(out).toMatch(/of \d+ slots for what comes while it runs, [34] are in use/);
    expect(out.trimEnd().split("\n").at(-1)).toMatch(/^ +151 .* ps$/);
  });

  it("can be killed when there is room for no more of them, by their numbers or as a job", async () => {
    const { out, code } = await commands(`${"spin &\n".repeat(16)}ps\nkill 1 %2\nmsleep 1\nps | wc -l\nkill 99 x\n`);
    expect(out).toMatch(
      /^ps cannot run: there is no room left\n17\nkill: 99: there is none\nkill: x: there is none\n$/,
    );
    expect(code).toBe(1);
  });

  it("more than there is room for are refused, and those that run go on", async () => {
    const { out } = await commands(`${"sleep 1 &\n".repeat(20)}wait\necho done\n`);
    expect(out).toMatch(/sleep cannot run: there is no room left/);
    expect(out).toMatch(/done\n$/);
  });
});

describe("at a terminal", () => {
  it("a line is edited, completed, carried out, and the prompt comes back", async () => {
    const { code, out } = await command(["--virtual"], {
      keys: [
        ["/ $ ", "ech\tab\x1b[D\x7fb\r"],
        ["\nbb\n/ $ ", "cat /dev/nu\t; exit 4\r"],
      ],
    });
    expect(code).toBe(4);
    expect(screen(out)).toMatch(/^This is Tessera\./);
    expect(screen(out)).toContain("cat /dev/null ; exit 4\n");
  });

  it("a program in the foreground has the keyboard, by lines and with echo", async () => {
    const { out } = await command(["--virtual"], {
      keys: [
        ["/ $ ", "cat\r"],
        ["cat\n", "hellp\x7fo\r"],
        ["hello\n", "\x04"],
        ["/ $ ", "exit\r"],
      ],
    });
    expect(screen(out)).toContain("/ $ cat\nhello\nhello\n/ $ exit\n");
  });

  it("what is typed behind a command at once is for its program; the shell has what that leaves", async () => {
    const { code, out } = await command(["--virtual"], {
      keys: [["/ $ ", "cat\r\nhello\r\n\x04echo $? > f; wait\rcat f; exit 3\r"]],
    });
    expect(code).toBe(3);
    // What comes behind the end of its input is echoed as it is typed, and read by the shell.
    const rest = ["echo $? > f; wait", "cat f; exit 3"];
    expect(screen(out)).toContain(`/ $ cat\nhello\n${rest.join("\n")}\nhello\n/ $ ${rest[0]}\n`);
    expect(screen(out)).toMatch(/\n\/ \$ cat f; exit 3\n0\n$/);
  });

  it("ctrl-C ends the job in the foreground, and nothing else; what is typed then is the shell's", async () => {
    const { out } = await command(["--virtual"], {
      keys: [
        ["/ $ ", "sleep 1000 &\r"],
        ["/ $ ", "spin | cat\r"],
        ["spin | cat\n", "\x03"],
        ["^C\n/ $ ", "echo $?; jobs\r"],
        ["/ $ ", "exit\r"],
      ],
    });
    expect(screen(out)).toContain("/ $ echo $?; jobs\n130\n[1] running  1  sleep 1000\n/ $ ");
  });

  it("ctrl-C at the prompt gives the line up", async () => {
    const { out } = await command(["--virtual"], {
      keys: [
        ["/ $ ", "echo a\x03"],
        ["^C\n/ $ ", "exit\r"],
      ],
    });
    expect(screen(out)).not.toContain("\na\n");
  });

  it("ctrl-D ends it, and ctrl-] leaves whatever happens", async () => {
    expect((await command(["--virtual"], { keys: [["/ $ ", "\x04"]] })).code).toBe(0);
    expect(
      (
        await command(["--virtual"], {
          keys: [
            ["/ $ ", "spin\r"],
            ["spin\n", "\x1d"],
          ],
        })
      ).code,
    ).toBe(70);
  });

  it("the history is walked through, and shown with numbers", async () => {
    const { out } = await command(["--virtual"], {
      keys: [
        ["/ $ ", "echo one\r"],
        ["/ $ ", "\x1b[A\r"],
        ["/ $ ", "history\r"],
        ["/ $ ", "exit\r"],
      ],
    });
    expect(screen(out)).toContain("one\n/ $ echo one\none\n/ $ history\n    1  echo one\n    2  history\n");
  });
});

describe("a session is recorded and shown again", () => {
  it("with the same output, kernel checks or not", async () => {
    const files = new Map<string, string>();
    const keys = [
      ["/ $ ", "echo hi | cat > f\r"],
      ["/ $ ", "plan shell\rtop\rexit\r"],
    ] as const;
    const first = await command(["--virtual", "--log", "log", "--seed", "7"], { keys, files });
    expect(first.err).toBe("The log of the session is in log; --replay log shows it again.\n");
    const again = await command(["--replay", "log"], { files });
    expect(again.out).toBe(first.out);
    expect(again.err).toMatch(/^\nThe replay is the same run: \d+ trace records, hash [0-9a-f]{8}\.\n$/);
    expect(again.code).toBe(0);
  });

  it("the same commands are the same run, and another seed is another one", async () => {
    const hash = async (...args: string[]) => {
      const files = new Map<string, string>();
      await command(["--virtual", "--log", "log", ...args], { input: "random | cat\n", files });
      return /"hash":"([0-9a-f]{8})","events"/.exec(files.get("log") ?? "")?.[1];
    };
    const first = await hash();
    expect(first).toBeDefined();
    expect(await hash()).toBe(first);
    expect(await hash("--seed", "2")).not.toBe(first);
  });
});

it("what killed programs had open, and what they waited for, is nobody's burden", async () => {
  const copies = 70; // more than one client may have files open
  const lines = ["echo hi > a", ...new Array(copies).fill("cp a b")];
  for (let id = 2 + copies; id < 2 + copies + 40 * 2; id += 2) lines.push("sleep 99999 &", "msleep 2", `kill ${id}`);
  const { out, code } = await commands(`${lines.join("\n")}\nmsleep 1 && cat b\n`);
  expect(code).toBe(0);
  expect(out).toBe("hi\n");
});

it("what is typed ahead of the first prompt is for the commands and programs it was typed for, and nothing gets between", async () => {
  // While it sleeps there is time for a report to come, if one does.
  const keys = [["", "sleep 0.3\rcat > q\rtext\r\x04cat q | wc\rexit 3\r"]] as const;
  const { code, out } = await command([], { keys, columns: 100 });
  expect(code).toBe(3);
  expect(out).not.toContain("[48;");
  expect(out).toMatch(/^ *1 +1 +5\r?$/m);
});
