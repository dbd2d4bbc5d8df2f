/** What exists in a kernel, without what changes by living: where threads stand, what has been used of budgets. */
import type { BootedWorld } from "@tessera/testing";

/** `kernel.snapshot()` of a world. */
export type Snapshot = ReturnType<BootedWorld<void>["kernel"]["snapshot"]>;

/** Objects, capabilities and mappings of a snapshot. Objects are called by where they lie: one made anew is no difference. */
export function existing({ objects, capabilities }: Snapshot): unknown {
  const places = new Map(objects.map(({ id, kind, paddr, bytes }) => [id, `${kind} of ${bytes} at ${paddr}`]));
  return {
    objects: objects.map((object) => {
      const { id, name } = object;
      return { object: places.get(id), name, mappings: object.kind === "frame" ? object.mappings : [] };
    }),
    capabilities: capabilities
      .map(({ home, index, kind, object, rights, badge }) => {
        return { home: places.get(home) ?? home, index, kind, object: places.get(object) ?? object, rights, badge };
      })
      .sort((a, b) => (`${a.home}` < `${b.home}` ? -1 : `${a.home}` > `${b.home}` ? 1 : 0) || a.index - b.index),
  };
}
