/** The interfaces that a personality's servers speak, found from what its components offer. */
import { type AnyInterface, type Component, LEND } from "@tessera/servers";

/** Interfaces by name: those that are offered, and those of the sessions that their operations open. */
export function interfacesOf(components: readonly Component[]): ReadonlyMap<string, AnyInterface> {
  const found = new Map<string, AnyInterface>();
  const add = (of: AnyInterface): void => {
    if (found.has(of.name)) return;
    found.set(of.name, of);
    for (const { results } of Object.values(of.operations)) {
      for (const field of Object.values(results)) if (field.carries === "session" && field.of !== null) add(field.of);
    }
  };
  for (const { offers } of components) for (const of of Object.values(offers)) add(of);
  return found;
}

/** The interface of the session that operation number `label` of `of` opens; null: it opens none. */
export function openedBy(of: AnyInterface, label: number): AnyInterface | null {
  if (label === LEND) return of;
  const operation = Object.values(of.operations)[label - 1];
  const session = Object.values(operation?.results ?? {}).find(({ carries }) => carries === "session");
  return session?.carries === "session" ? (session.of ?? of) : null;
}
