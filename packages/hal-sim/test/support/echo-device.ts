/**
 * A virtio device that writes back what it read, in the order that a test wants: at once, or held until it is let go.
 * Its configuration space is four bytes; it offers feature 5 and has two queues.
 */
import type { DescriptorChain, VirtioDevice, Virtqueue } from "../../src/index.js";

export class EchoDevice implements VirtioDevice {
  readonly name = "echo";
  readonly id = 42;
  readonly features = 1 << 5;
  readonly config = Uint8Array.of(1, 2, 3, 4);
  readonly queueSizes = [64, 16];
  /** Hold requests back instead of answering at once. */
  holds = false;
  readonly held: { queue: Virtqueue; chain: DescriptorChain }[] = [];
  closings = 0;

  notified(queue: Virtqueue): void {
    for (;;) {
      const chain = queue.take();
      if (chain === null) return;
      if (this.holds) this.held.push({ queue, chain });
      else this.answer(queue, chain);
    }
  }

  closed(): void {
    this.closings++;
    this.held.length = 0;
  }

  answer(queue: Virtqueue, chain: DescriptorChain): void {
    const bytes = new Uint8Array(chain.readableBytes);
    chain.read(0, bytes);
    queue.complete(chain, chain.write(0, bytes));
  }
}
