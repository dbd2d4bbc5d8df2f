/** The recordings' names of what seL4_DebugCapIdentify returns. */
import { CapTag } from "@tessera/libsel4/abi";

export const NO_CAP = "null";

const NAMES: ReadonlyMap<number, string> = new Map<number, string>([
  [CapTag.null, NO_CAP],
  [CapTag.frame, "fr"],
  [CapTag.untyped, "ut"],
  [CapTag.pageTable, "pt"],
  [CapTag.endpoint, "ep"],
  [CapTag.notification, "nt"],
  [CapTag.reply, "rp"],
  [CapTag.cnode, "cn"],
  [CapTag.asidControl, "asidc"],
  [CapTag.thread, "tcb"],
  [CapTag.asidPool, "asidp"],
  [CapTag.irqControl, "irqc"],
  [CapTag.irqHandler, "irqh"],
  [CapTag.zombie, "zom"],
  [CapTag.domain, "dom"],
  [CapTag.schedContext, "sc"],
  [CapTag.schedControl, "scc"],
]);

export function capName(tag: number): string {
  return NAMES.get(tag) ?? `type ${tag}`;
}
