/** A plan that cannot be built: the step that failed, in one sentence. It ends the root task, and with it the machine. */
export class NotBuilt extends Error {
  override readonly name = "NotBuilt";
}
