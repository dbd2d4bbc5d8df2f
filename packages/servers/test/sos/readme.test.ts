/** The run that the README shows. */
import { store, type Thread } from "@tessera/hal-sim/isa";
import { it } from "vitest";
import { Heap, putText, readProcesses, type SosApi } from "../../src/sos/index.js";
import { expectInReadme } from "../common/transcript.js";
import { play, sosProgram } from "./rig.js";

it("a first program starts others, waits for them and deletes one, as the README shows", () => {
  function* say(sos: SosApi, buf: number, line: string): Thread<void> {
    yield* sos.sos_write(1, buf, yield* putText(buf, `${line}\n`));
  }
  const sosh = sosProgram("sosh", function* (sos) {
    const buf = yield* new Heap(sos).malloc(1024);
    for (const name of ["hello", "faulty", "sleeper"]) {
      const pid = yield* sos.sos_process_create(name);
      yield* say(sos, buf, `sosh: ${name} runs as ${pid}`);
      if (name === "sleeper") break;
      yield* say(sos, buf, `sosh: ${yield* sos.sos_process_wait(pid)} has ended`);
    }
    yield* sos.sos_usleep(10_000);
    const table = buf + 512;
    for (const { pid, command, size } of yield* readProcesses(table, yield* sos.sos_process_status(table, 8))) {
      yield* say(sos, buf, `sosh: pid ${pid} ${command}, ${size} pages`);
    }
    const [once, again] = [yield* sos.sos_process_delete(4), yield* sos.sos_process_delete(4)];
    yield* say(sos, buf, `sosh: 4 is deleted: ${once}, and once more: ${again}`);
  });
  const hello = sosProgram("hello", function* (sos) {
    yield* sos.sos_usleep(1000);
    const heap = yield* new Heap(sos).malloc(64);
    yield* say(sos, heap, `hello: I am ${yield* sos.sos_my_id()}, my heap begins at 0x${heap.toString(16)}`);
  });
  const faulty = sosProgram("faulty", function* (sos) {
    yield* sos.sos_usleep(1000);
    yield* store(0x2345_6000, 1);
  });
  const sleeper = sosProgram("sleeper", function* (sos) {
    yield* store(yield* new Heap(sos).malloc(8), 1);
    yield* sos.sos_usleep(1_000_000);
  });
  const output = play([sosh, hello, faulty, sleeper]);
  expectInReadme("sos", output.trimEnd().split("\n"));
});
