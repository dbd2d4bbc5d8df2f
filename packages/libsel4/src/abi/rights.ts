/**
 * Rights of a capability: what its holder may do through it (seL4 manual, "Access Rights").
 *
 * On an endpoint Write sends, Read receives, Grant sends capabilities along, GrantReply lets the other side reply.
 * A notification has Write and Read, a frame Read and Write, a reply capability Grant; all other types have none.
 */

declare const rightsBrand: unique symbol;

/** A word of rights. Made by `seL4_CapRights_new`, or one of the constants below. */
export type seL4_CapRights_t = number & { readonly [rightsBrand]: "rights" };

/** Bits of a rights word; bits above them are ignored. */
export const CapRight = { Write: 1, Read: 2, Grant: 4, GrantReply: 8 } as const;

/** How many bits those are. */
export const seL4_CapRightsBits = 4;

/**
 * Rights from single answers, in C's order.
 * @param grantReply may let the other side reply
 * @param grant may send capabilities
 * @param read may receive
 * @param write may send
 */
export function seL4_CapRights_new(
  grantReply: boolean | number,
  grant: boolean | number,
  read: boolean | number,
  write: boolean | number,
): seL4_CapRights_t {
  const bits =
    (grantReply ? CapRight.GrantReply : 0) |
    (grant ? CapRight.Grant : 0) |
    (read ? CapRight.Read : 0) |
    (write ? CapRight.Write : 0);
  return bits as seL4_CapRights_t;
}

/** Does the word hold the right to let the other side reply? */
export function seL4_CapRights_get_capAllowGrantReply(rights: seL4_CapRights_t): boolean {
  return (rights & CapRight.GrantReply) !== 0;
}

/** Does the word hold the right to send capabilities? */
export function seL4_CapRights_get_capAllowGrant(rights: seL4_CapRights_t): boolean {
  return (rights & CapRight.Grant) !== 0;
}

/** Does the word hold the right to receive or read? */
export function seL4_CapRights_get_capAllowRead(rights: seL4_CapRights_t): boolean {
  return (rights & CapRight.Read) !== 0;
}

/** Does the word hold the right to send or write? */
export function seL4_CapRights_get_capAllowWrite(rights: seL4_CapRights_t): boolean {
  return (rights & CapRight.Write) !== 0;
}

export const seL4_ReadWrite = seL4_CapRights_new(false, false, true, true);
export const seL4_AllRights = seL4_CapRights_new(true, true, true, true);
export const seL4_CanRead = seL4_CapRights_new(false, false, true, false);
export const seL4_CanWrite = seL4_CapRights_new(false, false, false, true);
export const seL4_CanGrant = seL4_CapRights_new(false, true, false, false);
export const seL4_CanGrantReply = seL4_CapRights_new(true, false, false, false);
/** All rights but one, and none at all. */
export const seL4_NoWrite = seL4_CapRights_new(true, true, true, false);
export const seL4_NoRead = seL4_CapRights_new(true, true, false, true);
export const seL4_NoRights = seL4_CapRights_new(false, false, false, false);
