/** What the methods of TCBs are to do, decoded. */
import type { Cap } from "../caps/cap.js";
import type { Slot } from "../caps/slot.js";
import type { Notification } from "../ipc/notification.js";
import type { Tcb } from "../threads/tcb.js";
import type { SchedContext } from "../time/sched-context.js";

/** A capability to put into a TCB, and the slot it is derived from; the null capability clears. */
export interface Installed {
  readonly cap: Cap;
  readonly source: Slot | null;
}

export type TcbInvocation =
  | { readonly op: "tcb-read"; readonly tcb: Tcb; readonly suspends: boolean; readonly count: number }
  | { readonly op: "tcb-write"; readonly tcb: Tcb; readonly resumes: boolean; readonly count: number }
  | { readonly op: "tcb-copy"; readonly tcb: Tcb; readonly source: Tcb; readonly flags: number }
  | {
      readonly op: "tcb-roots";
      readonly tcb: Tcb;
      readonly invoked: Slot;
      readonly faultHandler: Installed | null;
      readonly cspace: Installed | null;
      readonly vspace: Installed | null;
      readonly buffer: Installed | null;
      readonly bufferLo: number;
      readonly bufferHi: number;
      readonly reschedules: boolean;
    }
  | { readonly op: "tcb-timeout"; readonly tcb: Tcb; readonly invoked: Slot; readonly handler: Installed }
  | { readonly op: "tcb-priority"; readonly tcb: Tcb; readonly priority: number }
  | { readonly op: "tcb-mcp"; readonly tcb: Tcb; readonly mcp: number }
  | {
      readonly op: "tcb-sched-params";
      readonly tcb: Tcb;
      readonly invoked: Slot;
      readonly handler: Installed;
      readonly mcp: number;
      readonly priority: number;
      readonly sc: SchedContext | null;
    }
  | { readonly op: "tcb-suspend" | "tcb-resume" | "tcb-unbind"; readonly tcb: Tcb }
  | { readonly op: "tcb-bind"; readonly tcb: Tcb; readonly notification: Notification }
  | { readonly op: "tcb-tls"; readonly tcb: Tcb; readonly lo: number; readonly hi: number }
  | { readonly op: "tcb-flags"; readonly tcb: Tcb; readonly flags: number };
