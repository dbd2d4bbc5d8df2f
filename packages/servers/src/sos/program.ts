/**
 * A program of SOS as one of an image: it is linked with a client library, and ends when its `main` returns. What calls it
 * by number is a page of the image, and that page is the text of its file.
 */
import type { Program } from "@tessera/hal-sim/isa";
import { program } from "@tessera/libsel4";
import type { SosLibrary, SosProgram } from "./api.js";
import { sosapi } from "./library.js";

/** `sos` as a program of an image, linked with `library`, ours if left out. */
export function executable(sos: SosProgram, library: SosLibrary = sosapi): Program {
  return program(function* (start) {
    const api = library(start);
    yield* api.exit((yield* sos.main(api)) ?? 0);
  });
}
