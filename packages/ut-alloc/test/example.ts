/** A root task that takes over all memory, starts a client as a process of its own, answers it, and ends it. */
import {
  program,
  rootTask,
  seL4_Call,
  seL4_CapInitThreadVSpace,
  seL4_DebugPutString,
  seL4_EndpointBits,
  seL4_EndpointObject,
  seL4_GetMR,
  seL4_MessageInfo_new,
  seL4_Recv,
  seL4_ReplyBits,
  seL4_ReplyObject,
  seL4_SetMR,
} from "@tessera/libsel4";
import {
  alloc_retype,
  destroy_process,
  frame_table_init,
  program_page,
  SOS_IPC_EP_CAP,
  sos_bootstrap,
  start_process,
  ut_size,
} from "@tessera/ut-alloc";

/** Program 1 of the image. It knows nothing but the slot of its server's endpoint. */
export const client = program(function* () {
  seL4_SetMR(0, 42);
  yield* seL4_Call(SOS_IPC_EP_CAP, seL4_MessageInfo_new(0, 0, 0, 1));
});

/** Program 0. */
export const root = rootTask(function* (bootinfo) {
  const { cspace } = yield* sos_bootstrap(bootinfo);
  const frame_table = frame_table_init(cspace, seL4_CapInitThreadVSpace);
  const { cptr: ep } = yield* alloc_retype(seL4_EndpointObject, seL4_EndpointBits, cspace);
  const { cptr: reply } = yield* alloc_retype(seL4_ReplyObject, seL4_ReplyBits, cspace);
  yield* seL4_DebugPutString(`${Math.floor(ut_size(cspace) / 2 ** 20)} MiB of untyped memory\n`);

  const options = {
    name: "client",
    program: program_page(bootinfo, 1),
    priority: 100,
    sched_control: bootinfo.schedcontrol.start,
    server: { ep, badge: 101 },
  };
  const started = yield* start_process(cspace, options, frame_table);
  if (started.error !== 0) throw new Error(started.reason);

  const { badge } = yield* seL4_Recv(ep, reply);
  yield* seL4_DebugPutString(`client ${badge} says ${seL4_GetMR(0)}\n`);
  yield* destroy_process(started.made, cspace, frame_table);
});
