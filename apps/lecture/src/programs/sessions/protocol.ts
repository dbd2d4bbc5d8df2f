/** What clients and the server of sessions say to each other: labels of messages, and the words with them. */

/** Through the door, with no words. The answer brings a capability: the session. */
export const OPEN = 1;
/** Through a session, one word: add it. The answer is the session's total. */
export const ADD = 2;
/** Through a session: wait until somebody adds something. The answer is that one's total, whenever it comes. */
export const AWAIT = 3;
/** Through a session: answer in the server's place who waits. The answer brings a capability: the reply object. */
export const TAKE_OVER = 4;
/** From the maker of the endpoint alone, one word: this client is dead. */
export const GONE = 5;

/** The label of an answer that says no; all others have label 0. */
export const REFUSED = 9;
