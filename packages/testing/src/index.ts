/** `@tessera/testing`: worlds for testing user-level systems on the simulated kernel. */

export { freeSlots, leaveSlots } from "./slots.js";
export {
  type BootedWorld,
  bootWorld,
  type RootMain,
  type Thrown,
  type World,
  type WorldOptions,
  world,
} from "./world.js";
