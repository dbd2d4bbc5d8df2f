/**
 * A program of SOS as one of an image: it is linked with a client library, and ends when its `main` returns. What calls it
 * by number is a page of the image, and that page is the text of its file.
 */
import { type RawProgram, rawProgram } from "../common/raw-program.js";
import type { SosLibrary, SosProgram } from "./api.js";
import { sosapi } from "./library.js";

/**
 * `sos` as a program of an image, linked with `library`, ours if left out.
 * @throws RangeError for a name that no program can have
 */
export function executable(sos: SosProgram, library: SosLibrary = sosapi): RawProgram {
  return rawProgram(sos.name, function* (start) {
    const api = library(start);
    yield* api.exit((yield* sos.main(api)) ?? 0);
  });
}
