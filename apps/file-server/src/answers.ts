/** What the host says when the stage asks why somebody was refused: read from the trace, which changes nothing. */
import { exchangesIn, interfacesOf } from "@tessera/app-host/answers";
import type { System } from "@tessera/app-host/session";
import type { AnyInterface } from "@tessera/servers";

/** Who answers. */
export class Answers {
  readonly #system: System;
  readonly #interfaces: ReadonlyMap<string, AnyInterface>;

  constructor(system: System) {
    this.#system = system;
    this.#interfaces = interfacesOf(system.components);
  }

  /** The answer to `why NAME`: a line with its end. */
  to(request: string): string {
    const { machine, plan } = this.#system;
    const [, name = ""] = request.split(" ");
    const nameOf = (id: number) => machine.trace.nameOf(id);
    const refused = exchangesIn(machine.trace, plan, this.#interfaces, nameOf).findLast(
      ({ client, error }) => nameOf(client) === name && error !== null && error !== "End",
    );
    if (refused === undefined) return "";
    const { server, operation, about, error } = refused;
    const what = about === null ? operation : `${operation} ${JSON.stringify(about)}`;
    return `  ${server} answered ${error} when ${name} asked it for ${what}\n`;
  }
}
