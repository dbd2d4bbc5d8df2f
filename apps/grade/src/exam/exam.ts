/**
 * A check under way: a machine with the system under test on it, seen and driven from outside.
 *
 * It runs in virtual time, in steps of a tenth of a millisecond. What is waited for is looked for between steps; so is
 * what the programs have found wrong, which ends the check at once.
 */
import { createImage, Machine } from "@tessera/hal-sim";
import { bootKernel, type Kernel, type KernelSnapshot } from "@tessera/kernel";
import { planImage } from "@tessera/servers";
import { findLeaks, whoWaits } from "@tessera/testing";
import type { Solution } from "../solution.js";
import type { Check } from "./check.js";
import { addClients } from "./clients.js";
import { type DiskCounts, diskOf } from "./disk.js";
import { executableFile, FIRST, linkedPrograms } from "./programs.js";
import { Failed, Witness } from "./witness.js";

const TICKS_PER_US = 10;
const STEP_TICKS = 1000;
const SECONDS = 20;
/** Kernel entries of one check, over ten times what ours takes: who only runs in circles is stopped by it. */
const MOST_EVENTS = 400_000;
const FRAMES = 128;
const SWAP_PAGES = 1280;
const PROCESS_PAGES = 72;
const TRACE_RECORDS = 2 ** 17;
/** Leaks that are told one by one. */
const TOLD_LEAKS = 3;
/** States of threads that wait for somebody. */
const STUCK: readonly string[] = ["BlockedOnReply", "BlockedOnSend"];

/** What happens while it runs that somebody may want to hear of. */
export interface ExamOptions {
  readonly seed: number;
  /** Called between steps: a sign of life. */
  readonly alive: () => void;
}

export class Exam {
  readonly machine: Machine;
  readonly kernel: Kernel;
  readonly witness: Witness;
  readonly disk: DiskCounts = { reads: 0, writes: 0 };
  readonly #alive: () => void;
  readonly #endTicks: number;
  #output = "";
  readonly #reports: string[] = [];

  /** @throws whatever the solution throws; and what refuses its composition */
  constructor(solution: Solution, check: Check, { seed, alive }: ExamOptions) {
    this.#alive = alive;
    this.witness = new Witness(() => this.machine.clock.ticks / TICKS_PER_US, seed);
    const files = new Map<string, Uint8Array>();
    const personality = solution.personality({
      first: FIRST,
      frames: check.frames ?? FRAMES,
      swapPages: check.swapPages ?? SWAP_PAGES,
      processPages: check.processPages ?? PROCESS_PAGES,
      disk: diskOf(check.disk ?? { readUs: 0, writeUs: 0 }, this.disk, files),
    });
    if (check.clients !== undefined) addClients(personality, check.clients, this.witness);
    const system = planImage(personality.plan(), personality.components());
    // Behind those of the plan, which names none of them: they are found by what lies in their files.
    const own = linkedPrograms(check, solution, this.witness);
    for (const [i, { name }] of own.entries()) files.set(name, executableFile(Object.keys(system.programs).length + i));
    const programs = { ...system.programs, ...Object.fromEntries(own.map(({ name, program }) => [name, program])) };
    this.machine = new Machine({ image: createImage(programs, system.data), seed, traceRecords: TRACE_RECORDS });
    this.kernel = bootKernel(this.machine);
    this.#endTicks = (check.seconds ?? SECONDS) * 1_000_000 * TICKS_PER_US;
    const decoder = new TextDecoder();
    this.machine.output.subscribe((bytes) => {
      this.#output += decoder.decode(bytes, { stream: true });
    });
    this.machine.reports.subscribe((text) => this.#reports.push(text));
  }

  /** All that the console has shown, with ends of lines as they are written in programs. */
  get output(): string {
    return this.#output.replaceAll("\r\n", "\n");
  }

  /** What the machine had to say to people. */
  get reports(): readonly string[] {
    return this.#reports;
  }

  get snapshot(): KernelSnapshot {
    return this.kernel.snapshot();
  }

  /** Somebody types. */
  type(text: string): void {
    this.machine.input("uart", new TextEncoder().encode(text));
  }

  /**
   * Run until a program has told `what`, or it holds.
   * @param words what is waited for, if it is no word that a program tells
   * @throws Failed when it does not come, or a program found something wrong
   */
  until(what: string | (() => boolean), words = `"${String(what)}"`): void {
    const holds = typeof what === "string" ? () => this.witness.count(what) > 0 : what;
    while (!holds()) {
      const isIdle = this.#step(words);
      if (isIdle && !holds()) {
        throw new Failed(`nobody has anything left to do, and ${words} has not come${this.#whoIsStuck()}`);
      }
    }
    this.#throwFailure();
  }

  /** Run to the end of the first program. */
  toEnd(): void {
    this.until("end", "the end of the first program");
  }

  /** Let time pass; no more of it than until nobody has anything left to do. */
  rest(us: number): void {
    const end = this.machine.clock.ticks + us * TICKS_PER_US;
    while (this.machine.clock.ticks < end && !this.#step(null));
    this.#throwFailure();
  }

  /** @throws Failed when there is anything in the kernel that was not there in the snapshot */
  expectNoLeaks(before: KernelSnapshot, words: string): void {
    const { leaks, text } = findLeaks(this.kernel, before);
    if (leaks.length === 0) return;
    const [totals] = text.split("\n");
    const more = leaks.length > TOLD_LEAKS ? [`and ${leaks.length - TOLD_LEAKS} more`] : [];
    throw new Failed(
      [`${words} ${totals}`, ...leaks.slice(0, TOLD_LEAKS).map((leak) => leak.text), ...more].join("\n"),
    );
  }

  /** @returns whether only an input can wake it any more */
  #step(waitsFor: string | null): boolean {
    const { machine } = this;
    this.#throwFailure();
    const { reason, message } = machine.run({ ticks: STEP_TICKS, events: Math.max(0, MOST_EVENTS - machine.events) });
    this.#throwFailure();
    this.#alive();
    const missing = waitsFor === null ? "" : `, and ${waitsFor} has not come`;
    if (reason === "halted" || reason === "power-off") throw new Failed(`the machine has stopped: ${message}`);
    if (machine.events >= MOST_EVENTS) {
      throw new Failed(`the system runs in circles: ${MOST_EVENTS} kernel entries${missing}`);
    }
    if (machine.clock.ticks > this.#endTicks) {
      const seconds = Math.round(machine.clock.ticks / TICKS_PER_US / 1_000_000);
      throw new Failed(`${seconds} seconds have passed${missing}${this.#whoIsStuck()}`);
    }
    return reason === "idle";
  }

  /** Those who wait for somebody's answer, or to be heard, the youngest first: servers at rest wait for nobody. */
  #whoIsStuck(): string {
    const snapshot = this.snapshot;
    const objects = snapshot.objects.filter((object) => object.kind !== "thread" || STUCK.includes(object.state));
    return whoWaits({ ...snapshot, objects: objects.reverse() });
  }

  #throwFailure(): void {
    if (this.witness.failure !== null) throw new Failed(this.witness.failure);
  }
}
