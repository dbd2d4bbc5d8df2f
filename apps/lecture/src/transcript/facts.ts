/**
 * What a transcript consists of: facts, in order of time. Text and JSON show the same ones.
 *
 * Threads and objects are named ("client", "server's endpoint"). Badges, words and addresses are texts in hexadecimal,
 * because they have 64 bits.
 */
interface Common {
  /** When, in ticks of 100 ns. */
  readonly tick: number;
  /** Number of the trace record that says so (the last one, when there are several). */
  readonly record: number;
}

/** Why something failed, in the kernel's words. It is no part of the trace. */
export interface Reason {
  readonly call: string;
  readonly outcome: string;
  /** `file:line:column` of the program, or empty. */
  readonly place: string;
  /** How addresses resolved, a step a line. */
  readonly path: readonly string[];
  /** The check that failed. */
  readonly why: string;
  /** What had happened before to make it so, or empty. */
  readonly history: string;
}

/** A capability that was put into somebody's CSpace. */
export interface Given {
  readonly call: string;
  readonly object: string;
  readonly badge: string | null;
}

/** What one thread does to a thread, an object or a capability. */
export type Deed =
  /** A thread made all that another one consists of, ready to be resumed. */
  | { readonly kind: "builds"; readonly thread: string; readonly objects: readonly string[]; readonly calls: number }
  /** Untyped memory was retyped into smaller untypeds. Bytes of the smallest. */
  | { readonly kind: "cuts"; readonly bytes: number; readonly calls: number }
  | {
      readonly kind: "makes";
      readonly call: string;
      readonly object: string;
      readonly type: string;
      readonly bytes: number;
    }
  /** A capability was made or moved. `into`: whose CSpace, when it is not one's own. */
  | {
      readonly kind: "capability";
      readonly call: string;
      readonly object: string;
      readonly type: string;
      readonly badge: string | null;
      readonly into: string | null;
    }
  | { readonly kind: "invokes"; readonly call: string; readonly object: string; readonly error: string | null }
  /** A system call came to nothing before it reached an object. */
  | { readonly kind: "refused"; readonly call: string; readonly outcome: string }
  | { readonly kind: "resumes" | "suspends"; readonly call: string; readonly thread: string }
  | { readonly kind: "destroys"; readonly call: string; readonly object: string; readonly type: string }
  /** Several objects went in one call. */
  | {
      readonly kind: "clears";
      readonly call: string;
      readonly objects: readonly string[];
      readonly types: readonly string[];
    }
  /** Capabilities to one object were taken out of CSpaces. `from`: whose, when it is not one's own. */
  | {
      readonly kind: "takes";
      readonly call: string;
      readonly object: string;
      readonly badge: string | null;
      readonly from: readonly string[];
    }
  /** Several capabilities were put into one CSpace, one after the other. */
  | { readonly kind: "gives"; readonly into: string; readonly capabilities: readonly Given[] }
  | {
      readonly kind: "waits";
      readonly call: string;
      readonly for: "a message" | "a receiver" | "a signal";
      readonly on: string;
      readonly reply: string | null;
    }
  | {
      readonly kind: "signals";
      readonly notification: string;
      readonly badge: string;
      readonly wakes: string | null;
    }
  | { readonly kind: "notified"; readonly notification: string; readonly badge: string }
  /** A capability came with a message; with `object` null, it came as its badge. */
  | { readonly kind: "receives"; readonly object: string | null; readonly badge: string | null }
  /** The timer interrupted it, and another thread has the CPU from now on, or nobody (null). */
  | { readonly kind: "interrupted"; readonly next: string | null }
  /** Nobody had anything to do, and it has time again. */
  | { readonly kind: "wakes" }
  /** Its scheduling context goes to another thread. */
  | { readonly kind: "lends"; readonly to: string }
  | {
      readonly kind: "faults";
      readonly fault: string;
      /** What it tried: "reading", "writing", "executing", or null when it was no access to memory. */
      readonly access: string | null;
      readonly address: string;
      /** The number that goes with this kind of fault: status, exception, phase. */
      readonly code: number;
      readonly pc: string;
      /** Who sent this address as a word of a message before. */
      readonly from: string | null;
    }
  /** The program broke off. `sentence` says why, and where in which file; the host knows it, not the trace. */
  | { readonly kind: "fails"; readonly how: string; readonly sentence: string | null };

/** A message, or a fault told like one, from one thread to another. */
export interface Message {
  readonly kind: "message";
  /** The receiver. */
  readonly to: string;
  /** The system call that sent it; the kind of fault when the kernel did. */
  readonly call: string;
  readonly how: "send" | "fault" | "reply" | "reply to a fault";
  readonly badge: string;
  readonly label: number;
  /** What the scene calls this label, or null. */
  readonly request: string | null;
  /** Message registers, and those of them that the trace keeps: at most four. */
  readonly length: number;
  readonly words: readonly string[];
  /** The reply object that stands for the sender from now on, or that the answer went through. */
  readonly reply: string | null;
}

export type Fact = Common &
  (
    | ({ readonly who: string; readonly explanation?: Reason } & (Deed | Message))
    /** The trace keeps only its last records. */
    | { readonly kind: "gap"; readonly records: number }
    | { readonly kind: "ends"; readonly how: "idle" | "powered off" | "halted" | "cut off" }
  );

/** A fact with somebody who did it. */
export type Act = Extract<Fact, { who: string }>;
