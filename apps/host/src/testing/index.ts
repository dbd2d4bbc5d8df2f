/** `@tessera/app-host/testing`: sessions without a process, for tests. */
export { type PlayedCommand, playCommand, type Surroundings, type Written } from "./play-command.js";
export { Screen } from "./screen.js";
