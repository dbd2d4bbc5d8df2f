/** `@tessera/testing`: worlds for testing user-level systems on the simulated kernel. */

export {
  expectNoLeaks,
  findLeaks,
  type Leak,
  LeakError,
  type LeakKind,
  type LeakOptions,
  type LeakReport,
} from "./leaks/leaks.js";
export { freeSlots, leaveSlots } from "./slots.js";
export {
  type BootedWorld,
  bootWorld,
  type RootMain,
  type Thrown,
  type World,
  type WorldHost,
  type WorldOptions,
  world,
} from "./world.js";
