/** The numbers of virtio over MMIO, version 2 (virtio 1.2, 4.2.2, 2.1 and chapter 6), for drivers and for the transport. */

/** Offsets of the control registers, 32 bits each; the configuration space begins at `Config`. */
export const VirtioRegister = {
  MagicValue: 0x000,
  Version: 0x004,
  DeviceID: 0x008,
  VendorID: 0x00c,
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
  QueueDescHigh: 0x084,
  QueueDriverLow: 0x090,
  QueueDriverHigh: 0x094,
  QueueDeviceLow: 0x0a0,
  QueueDeviceHigh: 0x0a4,
  SHMLenLow: 0x0b0,
  SHMLenHigh: 0x0b4,
  SHMBaseLow: 0x0b8,
  SHMBaseHigh: 0x0bc,
  ConfigGeneration: 0x0fc,
  Config: 0x100,
} as const;

/** What `MagicValue` reads: "virt". */
export const VIRTIO_MAGIC = 0x7472_6976;

/** What `VendorID` reads: "QEMU", since that is whose board this is and what drivers for it look for. */
export const VIRTIO_VENDOR = 0x554d_4551;

/** Bits of `Status`. */
export const VirtioStatus = {
  Acknowledge: 1,
  Driver: 2,
  DriverOk: 4,
  FeaturesOk: 8,
  NeedsReset: 64,
  Failed: 128,
} as const;

/** Bits of `InterruptStatus` and `InterruptACK`. */
export const VirtioInterrupt = { UsedBuffer: 1, ConfigChange: 2 } as const;

/** Numbers of the feature bits that the transport offers for every device. */
export const VirtioFeature = { IndirectDescriptors: 28, Version1: 32 } as const;

/** Values of `DeviceID` for the kinds of devices that a machine can have; 0 is an empty slot. */
export const VirtioDeviceId = { None: 0, Block: 2, Entropy: 4, Socket: 19 } as const;
