/**
 * Recordings on disk: files of one scenario a line, plain (`.jsonl`) or compressed (`.jsonl.gz`).
 * Every line counts, also one that is empty or no JSON; only what follows the last line break is no line.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

/** What the user named cannot be read. The message is one sentence. */
export class Unreadable extends Error {
  override readonly name = "Unreadable";
}

/** The recording files that `path` stands for: itself, or those in a folder and the folders in it, by name. */
export function recordingFiles(path: string): string[] {
  let isFolder: boolean;
  try {
    isFolder = statSync(path).isDirectory();
  } catch {
    throw new Unreadable(`There is no file or folder ${path}.`);
  }
  if (!isFolder) return [path];
  const names = readdirSync(path, { recursive: true, encoding: "utf8" });
  const files = names.filter((name) => name.endsWith(".jsonl") || name.endsWith(".jsonl.gz"));
  if (files.length === 0) throw new Unreadable(`The folder ${path} holds no .jsonl file.`);
  return files.sort().map((name) => join(path, name));
}

/** The text of a recording file, decompressed. */
export function readText(file: string): string {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
    // A gzip file is told by its first two bytes, whatever its name.
    if (bytes[0] === 0x1f && bytes[1] === 0x8b) bytes = gunzipSync(bytes);
  } catch (error) {
    throw new Unreadable(`The file ${file} cannot be read: ${(error as Error).message}.`);
  }
  if (bytes.length === 0) throw new Unreadable(`The file ${file} holds no scenario.`);
  return new TextDecoder().decode(bytes);
}

export function linesOf(text: string): string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}
