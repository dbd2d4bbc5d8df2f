/**
 * The installer: writes programs of the image into files when the system starts, so that whoever makes processes of files
 * finds them there. What it is told names the folder, which it makes if there is none.
 *
 *     page of the image ──seen at an address of its own──▸ bytes ─▸ an executable under another name ─▸ renamed
 *
 * A program of the image is a page of instructions that call it by its number, and that page is the text of its file: what
 * a process executes is what lies in its memory, wherever that came from. Whoever looks finds a whole program or none.
 */
import { copyIn, PROGRAM_BYTES, type Thread } from "@tessera/hal-sim/isa";
import {
  seL4_CanRead,
  seL4_PageTableBits,
  seL4_RISCV_ExecuteNever,
  seL4_RISCV_Page_Map,
  seL4_RISCV_Page_Unmap,
  throwOnError,
} from "@tessera/libsel4";
import { type elf_segment, elf_write, PF_R, PF_X } from "@tessera/ut-alloc";
import { must } from "../common/answer.js";
import type { Client } from "../common/client.js";
import { type Component, component } from "../common/component.js";
import { calls } from "../common/need.js";
import type { RawProgram } from "../common/raw-program.js";
import { ownSpace, programs, untyped } from "../common/resource.js";
import { Directory } from "../vfs/interface.js";
import { namesOf } from "../vfs/path.js";
import { FileWriter } from "../vfs/sequential.js";
import { makeViewTables, VIEW_TABLES } from "./view.js";

/** A program that becomes a file. */
export interface Executable extends RawProgram {
  /** What the file holds beside its text, which lies at 0x10000. */
  readonly segments?: readonly elf_segment[];
}

/** Where the text of each program lies in the process that runs it. */
const TEXT = 0x1_0000;
/** What is written last of a file's name, until all of it is there. */
const UNFINISHED = ".new";

/**
 * A component that writes these programs into files; its arguments are the path of the folder. It dies when a file cannot
 * be written, and writes all of them again if it is started again.
 * @throws RangeError when there are no programs, or two of a name
 */
export function installer(list: readonly Executable[]): Component {
  return component("installer", {
    needs: {
      files: calls(Directory),
      programs: programs(list),
      tables: untyped(seL4_PageTableBits + Math.ceil(Math.log2(VIEW_TABLES))),
      view: ownSpace(),
    },
    signals: true,
    slots: VIEW_TABLES + 16,
    *main({ files, programs: pages, tables, view, self }) {
      yield* makeViewTables(self.cspace, tables.cptr, view);
      const folder = yield* enter(files, self.args);
      for (const [i, { page }] of pages.entries()) {
        const { address, vspace } = view;
        throwOnError(yield* seL4_RISCV_Page_Map(page, vspace, address, seL4_CanRead, seL4_RISCV_ExecuteNever), "view");
        const text = new Uint8Array(PROGRAM_BYTES);
        yield* copyIn(address, text);
        throwOnError(yield* seL4_RISCV_Page_Unmap(page), "view");
        yield* install(folder, list[i] as Executable, text);
      }
      if (folder !== files) yield* folder.close();
      // It stays, and nobody signals it: who ends is told of at the console, and this is no news to anybody.
      yield* self.signalled();
    },
  });
}

/** The folder at the end of a path, made where there is none. */
function* enter(files: Client<typeof Directory>, path: string): Thread<Client<typeof Directory>> {
  let folder = files;
  for (const name of namesOf(path)) {
    const { directory } = must(yield* folder.enter({ name, create: true }), "installer.enter");
    if (folder !== files) yield* folder.close();
    folder = directory;
  }
  return folder;
}

/** Write a file, in place of one that may be there. */
function* install(
  folder: Client<typeof Directory>,
  { name, segments = [] }: Executable,
  text: Uint8Array,
): Thread<void> {
  const executable = elf_write(TEXT, [{ vaddr: TEXT, bytes: text, flags: PF_R | PF_X }, ...segments]);
  const unfinished = `${name}${UNFINISHED}`;
  const { file } = must(yield* folder.open({ name: unfinished, create: true, write: true }), "installer.open");
  must(yield* file.truncate({ size: 0 }), "installer.truncate");
  must(yield* new FileWriter(file).write(executable), "installer.write");
  yield* file.close();
  must(yield* folder.rename({ name: unfinished, directory: folder, to: name }), "installer.rename");
}
