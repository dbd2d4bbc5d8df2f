/**
 * The contents of a directory: capabilities by name, and whose they are.
 *
 * A capability that is registered lies in a slot of the server, and each client may fill so many of them. Whoever dies
 * takes his entries with him: what they lead to is most likely dead with him.
 */
import type { seL4_CPtr } from "@tessera/libsel4";

/** Capabilities that one client can have registered by way of one offer: in the composition's directory, in its own. */
const ENTRIES_PER_CLIENT = 64;
/** Capabilities that can be registered in all: the others of its slots the server keeps to itself. */
const ENTRIES = 480;

/** How much is registered in all, and by whom. */
export class Registrations {
  readonly #byClient = new Map<number, number>();
  #all = 0;

  /** Whether a client may register one more; it is counted then. */
  add(client: number): boolean {
    const mine = this.#byClient.get(client) ?? 0;
    if (mine === ENTRIES_PER_CLIENT || this.#all === ENTRIES) return false;
    this.#byClient.set(client, mine + 1);
    this.#all += 1;
    return true;
  }

  /** One of a client's is registered no more. */
  remove(client: number): void {
    const left = (this.#byClient.get(client) ?? 0) - 1;
    if (left > 0) this.#byClient.set(client, left);
    else this.#byClient.delete(client);
    this.#all -= 1;
  }
}

interface Entry {
  readonly capability: seL4_CPtr<"Endpoint">;
  readonly client: number;
}

/** The contents of a directory. */
export class Folder {
  readonly #entries = new Map<string, Entry>();
  readonly #registrations: Registrations;

  constructor(registrations: Registrations) {
    this.#registrations = registrations;
  }

  find(name: string): seL4_CPtr<"Endpoint"> | undefined {
    return this.#entries.get(name)?.capability;
  }

  /** The first name behind `name`. */
  after(name: string): string | undefined {
    let first: string | undefined;
    for (const other of this.#entries.keys()) {
      if (other > name && (first === undefined || other < first)) first = other;
    }
    return first;
  }

  /** Keep `capability` under `name` for `client`. @returns why not, or null */
  register(name: string, capability: seL4_CPtr<"Endpoint">, client: number): "NoName" | "Taken" | "Full" | null {
    if (name === "") return "NoName";
    if (this.#entries.has(name)) return "Taken";
    if (!this.#registrations.add(client)) return "Full";
    this.#entries.set(name, { capability, client });
    return null;
  }

  /** @returns what was kept under `name`, to be deleted */
  remove(name: string): seL4_CPtr<"Endpoint"> | undefined {
    const entry = this.#entries.get(name);
    if (entry === undefined) return undefined;
    this.#entries.delete(name);
    this.#registrations.remove(entry.client);
    return entry.capability;
  }

  /** Names that are kept: all, or those of one client. */
  names(client?: number): string[] {
    const all = [...this.#entries].filter(([, entry]) => client === undefined || entry.client === client);
    return all.map(([name]) => name);
  }
}
