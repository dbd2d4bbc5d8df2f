/** What clients and the directory say to each other: labels of messages, and the words with them. */

/** A name and a value: keep it, unless there is one. */
export const PUT = 1;
/** A name. The answer is its value. */
export const GET = 2;

/** Labels of answers that say no; all others have label 0. */
export const TAKEN = 3;
export const NOTHING = 4;
