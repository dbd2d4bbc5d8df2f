/** Ops are made here from plain numbers, with the fields that an op does not use left 0 or empty. */
import type { Op, OpKind } from "@tessera/conformance/recording";
import { methodName } from "@tessera/libsel4/abi";

export type Words = readonly (number | bigint)[];

interface Fields {
  readonly name?: string;
  readonly c?: number;
  readonly dest?: number;
  readonly reply?: number;
  readonly lab?: number;
  readonly mr?: Words;
  readonly caps?: Words;
  readonly rx?: Words;
  readonly sysno?: number;
  readonly ip4?: boolean;
}

export function makeOp(kind: OpKind, fields: Fields = {}): Op {
  const { c = 0, dest = 0, reply = 0, lab = 0, sysno = 0, ip4 = false } = fields;
  const mr = words(fields.mr);
  const caps = words(fields.caps);
  return {
    name: fields.name ?? kind,
    kind,
    c: BigInt(c),
    dest: BigInt(dest),
    reply: BigInt(reply),
    lab: BigInt(lab),
    mr,
    caps,
    len: BigInt(mr.length),
    xc: BigInt(caps.length),
    rx: words(fields.rx),
    sysno: BigInt(sysno),
    ip4,
  };
}

const NO_WORDS: readonly bigint[] = [];

function words(given: Words | undefined): readonly bigint[] {
  return given === undefined || given.length === 0 ? NO_WORDS : given.map(BigInt);
}

/** The invocation of method `label` on the object in slot `c`. */
export function invocation(label: number, c: number, mr: Words = [], caps: Words = []): Op {
  return makeOp("Call", { name: methodName(label), c, lab: label, mr, caps });
}
