/**
 * What is graded: a folder whose `index.ts` exports a solution as its default.
 *
 * A solution says how its operating system is composed, and has the library that its programs call it by. It is booted
 * anew for every check, with other programs and other limits, and never told which check it is.
 */
import type { Personality } from "@tessera/personality";
import type { Component } from "@tessera/servers";
import type { SosLibrary } from "@tessera/servers/sos";

/** What a system is booted with. Up to 16 processes run at a time. */
export interface Boot {
  /** The program that runs from the beginning on: a file on the disk. */
  readonly first: string;
  /** Frames that all processes together may have at a time. */
  readonly frames: number;
  /** Pages that can be on the disk instead. */
  readonly swapPages: number;
  /** Pages that each process has to be able to have, of heap, stack and mappings; for who reserves them. */
  readonly processPages: number;
  /**
   * The disk: a component `disk` that offers a `Directory`, and needs a `Timer`. It takes the place of the course's file
   * server: executables and other files lie at its root, and pages that are swapped out are put there. It can be slow.
   */
  readonly disk: Component;
}

/** Somebody's operating system. */
export interface Solution {
  /** The composition. The serial port of the machine is its console, its real-time clock its timer. */
  personality(boot: Boot): Personality;
  /** What its programs are linked with. */
  readonly sosapi: SosLibrary;
}
