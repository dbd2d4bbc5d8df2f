/** `@tessera/app-host/answers`: what the host knows of a run from outside, in words. */
export { type Exchange, exchangesIn } from "./conversation.js";
export { interfacesOf } from "./interfaces.js";
export { type Suspect, whyText } from "./why.js";
