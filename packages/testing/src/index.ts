/**
 * `@tessera/testing`: worlds for testing user-level systems on the simulated kernel.
 * @packageDocumentation
 */
export { BootedWorld, type Thrown, type World } from "./booted-world.js";
export { Driver } from "./driver.js";
export {
  expectNoLeaks,
  findLeaks,
  type Leak,
  LeakError,
  type LeakKind,
  type LeakOptions,
  type LeakReport,
} from "./leaks/leaks.js";
export type { RootMain, WorldHost, WorldOptions } from "./options.js";
export { freeSlots, leaveSlots } from "./slots.js";
export { whoWaits } from "./who-waits.js";
export { bootWorld, world } from "./world.js";
