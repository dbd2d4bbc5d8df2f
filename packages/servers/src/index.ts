/**
 * `@tessera/servers`: interfaces, components, and the servers that an operating system is made of.
 * @packageDocumentation
 */
export { Disk, SECTOR_BYTES } from "./block/interface.js";
export { type BlockOptions, blockServer } from "./block/server.js";
export { Agenda, Condition } from "./common/activity.js";
export {
  type Answer,
  CallFailed,
  Failure,
  fail,
  must,
  type Results,
  SYSTEM_ERRORS,
  type SystemError,
} from "./common/answer.js";
export {
  type AnyClient,
  type Belongings,
  belongingsOf,
  type Client,
  type ClientBase,
  client,
  type Method,
  type Received,
  type ReceivedFields,
  type Sent,
  type SentFields,
  type SessionInterface,
} from "./common/client.js";
export {
  type Component,
  type ComponentSpec,
  component,
  type Nothing,
  type Offers,
  type Status,
} from "./common/component.js";
export { Deadlines, TIMED_OUT } from "./common/deadline.js";
export {
  type AnyInterface,
  type AnyOperation,
  define,
  type Field,
  type Fields,
  type Interface,
  type Operation,
  type OperationOptions,
  type Operations,
  type OwnField,
  op,
  own,
  type SessionField,
  sessionOf,
} from "./common/define.js";
export {
  type Environment,
  type GivenClient,
  type GivenNeed,
  readEnvironment,
  writeEnvironment,
} from "./common/environment.js";
export {
  bool,
  bytes,
  type CapabilityField,
  capability,
  Malformed,
  oneOf,
  text,
  u32,
  u53,
  type WordField,
  type Words,
} from "./common/field.js";
export type {
  Argument,
  Arguments,
  Closed,
  Device,
  Handler,
  Handlers,
  Handles,
  Memory,
  NeedHandle,
  Offer,
  Outcome,
  OwnSpace,
  Priorities,
  ProgramPage,
  Self,
  UntypedMemory,
  WindowedClient,
} from "./common/handles.js";
export {
  clientWindowAddress,
  ENDPOINT_SLOT,
  hasNotification,
  NOTIFICATION_SLOT,
  needAddress,
  OWN_CNODE_SLOT,
  PARENT_SLOT,
  REGION_BYTES,
  type SlotLayout,
  slotLayout,
  slotsOfNeed,
} from "./common/layout.js";
export { rightsOf } from "./common/minting.js";
export { isName } from "./common/name.js";
export { didYouMean, nearNames } from "./common/near.js";
export {
  type CallsNeed,
  calls,
  type DeviceNeed,
  type DeviceOptions,
  device,
  type MemoryNeed,
  memory,
  type Need,
  type Needs,
  PAGE_BYTES,
} from "./common/need.js";
export { LEND } from "./common/protocol.js";
export { Raw } from "./common/raw.js";
export { type ImageProgram, type RawProgram, rawProgram } from "./common/raw-program.js";
export { Registers } from "./common/registers.js";
export {
  addressSpaces,
  type LeftoverNeed,
  leftover,
  type OwnSpaceNeed,
  ownSpace,
  type PrioritiesNeed,
  type ProgramsNeed,
  priorities,
  programs,
  type ResourceNeed,
  type SpacesNeed,
  type TimeNeed,
  time,
  type UntypedNeed,
  untyped,
} from "./common/resource.js";
export { again, Reopening } from "./common/retry.js";
export {
  CLIENT_DIED,
  type Edge,
  edgeBadge,
  type OpenSession,
  type SessionOptions,
  SUPERVISOR_BADGE,
} from "./common/session.js";
export { SIGNAL_BADGE, type SignalHandler, signalBadge } from "./common/signals.js";
export { ENDED, programOf } from "./common/start.js";
export { type TimeEntry, TimeQueue } from "./common/time-queue.js";
export { Window } from "./common/window.js";
export { mustPrint, print } from "./console/client.js";
export { ConsoleFiles, ConsoleInput, ConsoleOutput, LINE_BYTES, READ_BYTES, WRITE_BYTES } from "./console/interface.js";
export { consoleServer, NO_ECHO } from "./console/server.js";
export { ENTROPY_BYTES, Entropy } from "./entropy/interface.js";
export { entropyServer } from "./entropy/server.js";
export { type LogFields, type LogWriter, logTo } from "./log/client.js";
export { LOG_LEVELS, Log, type LogLevel, LogReader } from "./log/interface.js";
export { consoleLogServer, logServer } from "./log/server.js";
export { Access, Dataspace, Space, Spaces } from "./memory/interface.js";
export { type MemoryOptions, memoryServer } from "./memory/server.js";
export { Lookup, NAME_BYTES, NameDirectory, Names } from "./names/interface.js";
export { nameServer } from "./names/server.js";
export { Connections } from "./ninep/interface.js";
export { type NinepOptions, ninepServer } from "./ninep/server.js";
export { PIPE_BYTES, Pipe, Pipes } from "./pipes/interface.js";
export { pipeServer } from "./pipes/server.js";
export { type Budget, parseBudget, parseDuration } from "./plan/duration.js";
export { parsePlan } from "./plan/parse.js";
export {
  type Plan,
  type PlannedComponent,
  type PlannedMemory,
  type PlannedOffer,
  type PlannedResource,
  type PlannedRestart,
  type PlannedRights,
  type PlannedSlot,
  programNames,
  slotCount,
} from "./plan/plan.js";
export { type Decided, type NeedEdge, plannedComponent, rightsText } from "./plan/planned-component.js";
export { PlanTextError, type Position } from "./plan/scan.js";
export { durationText, hex, memoryText, offerText, printPlan, restartText, slotText, timeText } from "./plan/text.js";
export { type PlanProblem, planProblems } from "./plan/well-formed.js";
export {
  type ImageClients,
  type ImageError,
  type ImageOptions,
  type LoadedImage,
  loadImage,
} from "./process/image.js";
export { type Executable, installer } from "./process/installer.js";
export {
  LoadedProcess,
  PROCESS_ARGS_BYTES,
  PROCESS_NAME_BYTES,
  Process,
  ProcessEnd,
  Processes,
  ProcessState,
  ProcessTable,
} from "./process/interface.js";
export { type ProcessServerOptions, processServer } from "./process/server.js";
export { type PlanImage, planImage } from "./root/plan-image.js";
export { planRoot } from "./root/plan-root.js";
export { Listener, STREAM_BYTES, Stream } from "./sockets/interface.js";
export { socketsServer } from "./sockets/server.js";
export { Alarms, Ticks, Timer } from "./timer/interface.js";
export { timerServer } from "./timer/server.js";
export { devfs } from "./vfs/devfs.js";
export { Directory, File, Watch } from "./vfs/interface.js";
export { CHUNK, FILE_NAME_BYTES, PATH_BYTES, TARGET_BYTES, WALK_BYTES } from "./vfs/limits.js";
export { absolute, Namespace } from "./vfs/namespace.js";
export { namesOf, type WalkError, type Walked, walk } from "./vfs/path.js";
export { DEVICE, PLAIN_DIRECTORY, PLAIN_FILE, plainAttributes } from "./vfs/plain.js";
export { ramfs, ramfsOf } from "./vfs/ramfs.js";
export {
  type Answered,
  type Found,
  type PathNames,
  type Place,
  placeInFlat,
  Resolution,
  type ResolveError,
} from "./vfs/resolve.js";
export { FileReader, FileWriter, READ_LINE_BYTES, type ReadError, type WriteError } from "./vfs/sequential.js";
export type { Authority } from "./vfs/server/authority.js";
export { type VfsOptions, vfsServer } from "./vfs/server/server.js";
export { Change, Volume } from "./vfs/volume.js";
