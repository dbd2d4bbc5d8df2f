/**
 * Invocation labels: which method of the invoked kernel object a message asks for (message info, label).
 *
 * The numbering is that of MCS on RISC-V 64 without the hardware debug API. Endpoints, notifications and reply
 * objects take any label; every other object refuses a label that is not its own (IllegalOperation).
 */
export const InvalidInvocation = 0;
export const UntypedRetype = 1;
export const TCBReadRegisters = 2;
export const TCBWriteRegisters = 3;
export const TCBCopyRegisters = 4;
export const TCBConfigure = 5;
export const TCBSetPriority = 6;
export const TCBSetMCPriority = 7;
export const TCBSetSchedParams = 8;
export const TCBSetTimeoutEndpoint = 9;
export const TCBSetIPCBuffer = 10;
export const TCBSetSpace = 11;
export const TCBSuspend = 12;
export const TCBResume = 13;
export const TCBBindNotification = 14;
export const TCBUnbindNotification = 15;
export const TCBSetTLSBase = 16;
export const TCBSetFlags = 17;
export const CNodeRevoke = 18;
export const CNodeDelete = 19;
export const CNodeCancelBadgedSends = 20;
export const CNodeCopy = 21;
export const CNodeMint = 22;
export const CNodeMove = 23;
export const CNodeMutate = 24;
export const CNodeRotate = 25;
export const IRQIssueIRQHandler = 26;
export const IRQAckIRQ = 27;
export const IRQSetIRQHandler = 28;
export const IRQClearIRQHandler = 29;
export const DomainSetSet = 30;
export const DomainScheduleConfigure = 31;
export const DomainScheduleSetStart = 32;
export const SchedControlConfigureFlags = 33;
export const SchedContextBind = 34;
export const SchedContextUnbind = 35;
export const SchedContextUnbindObject = 36;
export const SchedContextConsumed = 37;
export const SchedContextYieldTo = 38;

/** First label that belongs to the architecture (the second name is C's for the sel4_arch group, empty here). */
export const nInvocationLabels = 39;
export const nSeL4ArchInvocationLabels = 39;

export const RISCVPageTableMap = 39;
export const RISCVPageTableUnmap = 40;
export const RISCVPageMap = 41;
export const RISCVPageUnmap = 42;
export const RISCVPageGetAddress = 43;
export const RISCVASIDControlMakePool = 44;
export const RISCVASIDPoolAssign = 45;
export const RISCVIRQIssueIRQHandlerTrigger = 46;

/** One behind the greatest label. */
export const nArchInvocationLabels = 47;
