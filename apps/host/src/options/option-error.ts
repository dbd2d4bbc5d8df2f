/** A bad option, or a file that cannot be used: one sentence for the user, and an exit code of its own. */
export class OptionError extends Error {}
