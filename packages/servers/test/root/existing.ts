/** What exists in a kernel, without what changes by living: where threads stand, what has been used of budgets. */
import type { BootedWorld } from "@tessera/testing";

/** `kernel.snapshot()` of a world. */
export type Snapshot = ReturnType<BootedWorld<void>["kernel"]["snapshot"]>;

/** Objects, capabilities and mappings of a snapshot. */
export function existing({ objects, capabilities }: Snapshot): unknown {
  return {
    objects: objects.map((object) => {
      const { id, kind, name, paddr, bytes } = object;
      return { id, kind, name, paddr, bytes, mappings: object.kind === "frame" ? object.mappings : [] };
    }),
    capabilities: capabilities.map(({ home, index, kind, object, rights, badge }) => {
      return { home, index, kind, object, rights, badge };
    }),
  };
}
