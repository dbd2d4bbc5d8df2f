/** Statuses of commands, and so of the shell. SOS tells nobody that of a program: one that could be run has succeeded. */
export const Status = { Done: 0, Failed: 1, Misused: 2, CannotRun: 126, Unknown: 127 } as const;
