/**
 * Names of C's types, and what TypeScript adds to them: a capability pointer can say what it points at.
 *
 * `seL4_CPtr<"Endpoint">` is a number that remembers its kind, so an endpoint cannot be passed where a TCB is
 * expected. A bare `seL4_CPtr`, or any number, fits everywhere: programs written for C type-check as they stand.
 * The kind exists for the compiler alone; what lies in a slot is known to the kernel.
 */
import type { UserContextName } from "./abi/index.js";

/** A word as programs see it. What another thread sent may exceed 2^53 and is inexact then; see the ...64 variants. */
export type seL4_Word = number;

/** A word as an argument: a number below 2^53, or a bigint below 2^64. */
export type WordLike = number | bigint;

/** C's truth values are integers; here both will do. */
export type seL4_Bool = boolean | number;

/** The label of a reply to an invocation: one of seL4_NoError .. seL4_NotEnoughMemory. */
export type seL4_Error = number;

/** What a capability can be for. */
export type CapKind =
  | "Untyped"
  | "TCB"
  | "Endpoint"
  | "Notification"
  | "Reply"
  | "CNode"
  | "SchedContext"
  | "SchedControl"
  | "IRQControl"
  | "IRQHandler"
  | "DomainSet"
  | "Page"
  | "PageTable"
  | "ASIDControl"
  | "ASIDPool";

/**
 * The address of a capability in the CSpace of the thread that uses it.
 * @typeParam Kind what the program believes to be there; left out, it fits wherever any capability is expected
 */
// biome-ignore lint/suspicious/noExplicitAny: `any` is what makes the bare type fit every kind
export type seL4_CPtr<Kind extends CapKind = any> = number & { readonly kind?: Kind };

/** A capability pointer to untyped memory. */
export type seL4_Untyped = seL4_CPtr<"Untyped">;
/** A capability pointer to a thread control block. */
export type seL4_TCB = seL4_CPtr<"TCB">;
/** A capability pointer to a CNode. */
export type seL4_CNode = seL4_CPtr<"CNode">;
/** A capability pointer to a scheduling context. */
export type seL4_SchedContext = seL4_CPtr<"SchedContext">;
/** A capability pointer to the right to give scheduling contexts their budget. */
export type seL4_SchedControl = seL4_CPtr<"SchedControl">;
/** A capability pointer to the right to make handlers of interrupts. */
export type seL4_IRQControl = seL4_CPtr<"IRQControl">;
/** A capability pointer to the handler of one interrupt. */
export type seL4_IRQHandler = seL4_CPtr<"IRQHandler">;
/** A capability pointer to the right to change domains and their schedule. */
export type seL4_DomainSet = seL4_CPtr<"DomainSet">;
/** A capability pointer to a frame. */
export type seL4_RISCV_Page = seL4_CPtr<"Page">;
/** A capability pointer to a page table. */
export type seL4_RISCV_PageTable = seL4_CPtr<"PageTable">;
/** A capability pointer to the right to make ASID pools. */
export type seL4_RISCV_ASIDControl = seL4_CPtr<"ASIDControl">;
/** A capability pointer to an ASID pool. */
export type seL4_RISCV_ASIDPool = seL4_CPtr<"ASIDPool">;

/** Bits of a mapping: seL4_RISCV_Default_VMAttributes or seL4_RISCV_ExecuteNever. */
export type seL4_RISCV_VMAttributes = number;

/** The registers of a thread. `pc` is where it would start again. */
export type seL4_UserContext = { readonly [name in UserContextName]: seL4_Word };

/** Registers to be written; what is left out counts as 0. */
export type UserContextLike = { readonly [name in UserContextName]?: WordLike };
