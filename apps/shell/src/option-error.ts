/** A bad option, or a file that cannot be used: one sentence for the user, and exit code 2. */
export class OptionError extends Error {}
