/** Planting a bug that acts behind each kernel entry. */
import type { Kernel } from "../../src/kernel.js";

/** A kernel that is damaged behind each of its entries. */
export function afterEntries(damage: (kernel: Kernel) => void) {
  return (kernel: Kernel): void => {
    const { cpu } = kernel.machine;
    const enter = cpu.onTrap;
    cpu.onTrap = (cause) => {
      enter(cause);
      damage(kernel);
    };
  };
}
