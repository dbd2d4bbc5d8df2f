/** Doing what the methods of TCBs were decoded to. */
import { Register } from "@tessera/hal-sim/isa";
import { resume, suspend } from "../authority/suspend.js";
import { unbindNotificationFrom } from "../ipc/cancel.js";
import { bindNotification } from "../ipc/notification.js";
import type { Progress } from "../model/result.js";
import type { KernelState } from "../model/state.js";
import { TcbSlot } from "../threads/tcb.js";
import { setRegister } from "../threads/user-registers.js";
import { reply } from "./reply.js";
import type { TcbInvocation } from "./tcb-invocation.js";
import { copyRegisters, readRegisters, rescheduleIfCurrent, writeRegisters } from "./tcb-registers.js";
import { install, installRoots } from "./tcb-roots.js";
import { setPriority, setSchedParams } from "./tcb-scheduling.js";

export function performTcb(k: KernelState, inv: TcbInvocation): Progress {
  const { tcb } = inv;
  switch (inv.op) {
    case "tcb-read":
      readRegisters(k, tcb, inv.suspends, inv.count);
      return "done";
    case "tcb-write":
      writeRegisters(k, tcb, inv.resumes, inv.count);
      return "done";
    case "tcb-copy":
      copyRegisters(k, tcb, inv.source, inv.flags);
      return "done";
    case "tcb-roots":
      return installRoots(k, inv);
    case "tcb-timeout":
      return install(k, tcb, inv.invoked, TcbSlot.TimeoutHandler, inv.handler.cap, inv.handler.source);
    case "tcb-priority":
      setPriority(k, tcb, inv.priority);
      return "done";
    case "tcb-mcp":
      tcb.mcp = inv.mcp;
      return "done";
    case "tcb-sched-params":
      return setSchedParams(k, inv);
    case "tcb-suspend":
      suspend(k, tcb);
      return "done";
    case "tcb-resume":
      resume(k, tcb);
      return "done";
    case "tcb-bind":
      bindNotification(tcb, inv.notification);
      return "done";
    case "tcb-unbind":
      unbindNotificationFrom(tcb);
      return "done";
    case "tcb-tls":
      setRegister(k, tcb, Register.tp, inv.lo, inv.hi);
      rescheduleIfCurrent(k, tcb);
      return "done";
    case "tcb-flags":
      tcb.flags = inv.flags;
      reply(k, [inv.flags, 0]);
      return "done";
  }
}
