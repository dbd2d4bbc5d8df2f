/**
 * `@tessera/hal-sim`: the simulated RISC-V machine. It knows nothing of capabilities; a kernel installs itself as
 * `machine.cpu.onTrap`. What programs and stubs need of it is `@tessera/hal-sim/isa`.
 * @packageDocumentation
 */
export { Alarm, Clock, CYCLES_PER_TICK, TICKS_PER_MS } from "./clock.js";
export { type CostModel, DEFAULT_COSTS } from "./cost-model.js";
export { programStack } from "./cpu/call-site.js";
export { Context } from "./cpu/context.js";
export { Cpu } from "./cpu/cpu.js";
export type { DeviceDescription, MachineDescription, PhysicalRange } from "./description.js";
export { Monitor } from "./devices/monitor.js";
export { Plic } from "./devices/plic.js";
export { PowerCommand } from "./devices/power-off.js";
export { Rtc, RtcRegister } from "./devices/rtc.js";
export { Uart, UartRegister } from "./devices/uart.js";
export {
  BLOCK_CONFIG_BYTES,
  BLOCK_HEADER_BYTES,
  BLOCK_ID_BYTES,
  BLOCK_RANGE_BYTES,
  BLOCK_RANGE_UNMAP,
  BlockConfig,
  BlockFeature,
  BlockRequestType,
  BlockStatus,
} from "./devices/virtio/block-format.js";
export { DescriptorChain } from "./devices/virtio/chain.js";
export { DESCRIPTOR_BYTES, DescriptorFlag } from "./devices/virtio/descriptors.js";
export type { VirtioDevice } from "./devices/virtio/device.js";
export { NO_INTERRUPT, type Virtqueue } from "./devices/virtio/queue.js";
export {
  VIRTIO_MAGIC,
  VIRTIO_VENDOR,
  VirtioDeviceId,
  VirtioFeature,
  VirtioInterrupt,
  VirtioRegister,
  VirtioStatus,
} from "./devices/virtio/registers.js";
export { SocketOperation, SocketShutdown } from "./devices/virtio/socket/packet.js";
export type { SocketEnd } from "./devices/virtio/socket/socket.js";
export { VirtioMmio } from "./devices/virtio/transport.js";
export { type DiskBackEnd, SECTOR_BYTES } from "./disks/back-end.js";
export type { DiskContents, DiskError, DiskIdentity, DiskInput, DiskZeroes } from "./disks/disk-input.js";
export type { BadSectors, DiskFaults } from "./disks/faults.js";
export { type MemoryDisk, memoryDisk } from "./disks/memory-disk.js";
export { type PowerCutDisk, powerCutDisk, type Survives } from "./disks/power-cut-disk.js";
export type { RealTimeHost } from "./host-time.js";
export { createImage, type Image, type ImageProgram } from "./image/image.js";
export { type InputEntry, InputLog, parseInputLog } from "./input-log.js";
export { refuseUnknownOptions } from "./known-options.js";
export { type LiveOptions, LiveRun } from "./live-run.js";
export { Machine } from "./machine.js";
export { Bus } from "./memory/bus.js";
export { PhysicalMemory } from "./memory/physical.js";
export { PAGE_BYTES, Pte } from "./memory/sv39.js";
export type { Words } from "./memory/words.js";
export type { MachineOptions } from "./options.js";
export { Prng } from "./prng.js";
export type { Divergence } from "./replay/divergence.js";
export { parseRunLog, RunLogError } from "./replay/parse-run-log.js";
export { type RecorderOptions, RunRecorder } from "./replay/recorder.js";
export { type Replay, ReplayComparison, replayOptions, replayRun } from "./replay/replay.js";
export {
  type Checkpoint,
  type RunEnd,
  type RunIdentity,
  type RunLog,
  runLogText,
  type SystemFacts,
} from "./replay/run-log.js";
export { type HostSocket, HostSockets, type Inlet, type SocketEvent } from "./sockets.js";
export type { RunLimit, Stop } from "./stop.js";
export { FIRST_KERNEL_EVENT, MachineEvent, ProgramFailure, Trace, type TraceRecord } from "./trace.js";
export { lastRecords, recordsBefore } from "./trace-text.js";
