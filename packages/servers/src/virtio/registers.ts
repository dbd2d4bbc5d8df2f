/** The numbers of virtio over MMIO, version 2, as a driver needs them (virtio 1.2, 4.2.2, 2.1, 2.7 and 6). */

/** Offsets of the registers, 32 bits each. */
export const VirtioRegister = {
  MagicValue: 0x000,
  Version: 0x004,
  DeviceID: 0x008,
  DeviceFeatures: 0x010,
  DeviceFeaturesSel: 0x014,
  DriverFeatures: 0x020,
  DriverFeaturesSel: 0x024,
  QueueSel: 0x030,
  QueueNumMax: 0x034,
  QueueNum: 0x038,
  QueueReady: 0x044,
  QueueNotify: 0x050,
  InterruptStatus: 0x060,
  InterruptACK: 0x064,
  Status: 0x070,
  QueueDescLow: 0x080,
  QueueDriverLow: 0x090,
  QueueDeviceLow: 0x0a0,
  ConfigGeneration: 0x0fc,
  Config: 0x100,
} as const;

/** What `MagicValue` reads. */
export const VIRTIO_MAGIC = 0x7472_6976;
/** What `Version` reads. */
export const VIRTIO_VERSION = 2;

/** Bits of `Status`. */
export const VirtioStatus = {
  Acknowledge: 1,
  Driver: 2,
  DriverOk: 4,
  FeaturesOk: 8,
  NeedsReset: 64,
  Failed: 128,
} as const;

/** Bits of `InterruptStatus`. */
export const VirtioInterrupt = { Used: 1, Config: 2 } as const;

/** Feature 32, in the second word: the device is one of version 1. */
export const VERSION_1 = 1;

/** Flags of a descriptor. */
export const DescriptorFlag = { Next: 1, Write: 2 } as const;
