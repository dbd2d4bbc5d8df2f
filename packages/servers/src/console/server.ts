/**
 * The console: driver of the serial port (terminal.ts), and what it offers to whom.
 *
 * Who writes need not be able to read what is typed, so these are two offers. As a file it is both at once: `file` for
 * who has it for good, such as a directory of devices, and `files` for who opens it for others and takes it away again.
 */
import { component } from "../common/component.js";
import { device } from "../common/need.js";
import { File } from "../vfs/interface.js";
import { fileHandlers } from "./file.js";
import { ConsoleFiles, ConsoleInput, ConsoleOutput } from "./interface.js";
import { Terminal } from "./terminal.js";
import { UART, Uart } from "./uart.js";

/** Writers and the reader that wait at a time. */
const WAITING = 48;

/** What its arguments say where nobody types, since input comes out of a file or a program: it is not shown, and can end. */
export const NO_ECHO = "no echo";

/** The driver of the serial port. It needs no other server. For the arguments `NO_ECHO` see there. */
export const consoleServer = component("console", {
  needs: { uart: device(UART) },
  offers: { output: ConsoleOutput, input: ConsoleInput, file: File, files: ConsoleFiles },
  waiting: WAITING,
  *main({ uart: device, output, input, file, files, self }) {
    const terminal = new Terminal(new Uart(device), self, self.args === NO_ECHO);
    device.onInterrupt(() => terminal.interrupted());
    yield* terminal.start();
    output.on(() => null, {
      write: (_, { bytes }) => terminal.write(bytes),
      flush: () => terminal.flush(),
    });
    input.on(
      ({ badge }) => badge,
      {
        readLine: () => terminal.readLine(),
        read: () => terminal.read(),
        take: () => terminal.take(),
        unread: (_, { bytes }) => terminal.unread(bytes),
        mode: (reader, { mode }) => terminal.setMode(reader, mode === "raw"),
        onInterrupt: (reader, { signal }) => terminal.interrupt.watch(reader, signal),
        onReadable: (reader, { signal }) => terminal.onReadable(reader, signal),
      },
      (reader) => terminal.readerDied(reader),
    );
    const asFile = fileHandlers(terminal);
    file.on(() => null, asFile);
    files.on(() => null, { open: () => ({ file: files.session(File, null, asFile) }) });
    yield* self.serve();
  },
});
