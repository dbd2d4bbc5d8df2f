/**
 * Untyped memory: the one method by which all kernel objects are made. seL4 manual, "Capability Management" (Retype)
 * and "Kernel Memory Allocation".
 */
import { port, type Syscall } from "@tessera/hal-sim/isa";
import { UntypedRetype } from "../abi/index.js";
import type { seL4_CNode, seL4_Error, seL4_Untyped, WordLike } from "../types.js";
import { invoke, invokeNamed, setArgument, setCapability } from "./call.js";

/**
 * Make `num_objects` objects of one type out of an untyped, and put their capabilities into consecutive empty slots.
 * The objects lie behind what the untyped has given before; when all of that is gone, it starts over and zeroes the
 * memory first, which may take long and be interrupted. Nothing is allocated but from the untyped.
 *
 * Errors, in the order of the checks (besides those of every invocation, call.ts):
 * - InvalidArgument 0: `type` is no object type.
 * - RangeError 0..38: the objects would be greater than 2^38 bytes (`size_bits` of 64 or more counts as that).
 * - InvalidArgument 1: `size_bits` is below 1 for a CNode, below 4 for an untyped, below 7 for a scheduling context.
 * - FailedLookup, or RangeError 1..64 for `node_depth`: the destination CNode is not found.
 * - FailedLookup, MissingCapability: what is found there is no CNode.
 * - RangeError 0..slots - 1: `node_offset` is behind the CNode's end.
 * - RangeError 1..256: `num_objects`. RangeError 1..room: there are not so many slots behind `node_offset`.
 * - DeleteFirst: one of the slots is not empty.
 * - NotEnoughMemory (bytes left): the untyped cannot hold the objects.
 * - InvalidArgument 1: a device untyped gives only pages and untypeds.
 * @param _service the untyped
 * @param type one of seL4_UntypedObject .. seL4_RISCV_PageTableObject
 * @param size_bits log2 of the bytes (untyped, scheduling context) or of the slots (CNode); else ignored, but below 64
 * @param root CNode at which the search for the destination begins
 * @param node_index address of the destination CNode below `root`
 * @param node_depth bits of `node_index` to be resolved; 0 = `root` itself is the destination
 * @param node_offset first slot in the destination
 * @param num_objects 1 to 256
 * @param name what people call the object, of several `name[0]` and so on: explanations, transcripts and dumps show it. Not
 * part of C's function; it costs nothing, and no program can read it. 1 to 64 characters
 * @throws RangeError when the name is empty or longer
 */
export function seL4_Untyped_Retype(
  _service: seL4_Untyped,
  type: WordLike,
  size_bits: WordLike,
  root: seL4_CNode,
  node_index: WordLike,
  node_depth: WordLike,
  node_offset: WordLike,
  num_objects: WordLike,
  name?: string,
): Syscall<seL4_Error> {
  const cpu = port();
  if (name !== undefined) checkName(name);
  setCapability(cpu, 0, "root", root);
  setArgument(cpu, 0, "type", type);
  setArgument(cpu, 1, "size_bits", size_bits);
  setArgument(cpu, 2, "node_index", node_index);
  setArgument(cpu, 3, "node_depth", node_depth);
  setArgument(cpu, 4, "node_offset", node_offset);
  setArgument(cpu, 5, "num_objects", num_objects);
  return name === undefined
    ? invoke(cpu, _service, UntypedRetype, 1, 6)
    : invokeNamed(cpu, _service, UntypedRetype, 1, 6, name);
}

const MAX_NAME_LENGTH = 64;

function checkName(name: string): void {
  if (typeof name === "string" && name.length > 0 && name.length <= MAX_NAME_LENGTH) return;
  throw new RangeError(`an object's name has 1 to ${MAX_NAME_LENGTH} characters, which ${String(name)} has not`);
}
