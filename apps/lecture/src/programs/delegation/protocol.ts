/** What clients and the server of the file say to each other: labels of messages, and the words with them. */

/** No words. The answer is what the file holds. */
export const READ = 1;
/** One word, a user: let that one read as well. */
export const LET_IN = 2;

/** The label of an answer that says no; all others have label 0. */
export const DENIED = 3;
