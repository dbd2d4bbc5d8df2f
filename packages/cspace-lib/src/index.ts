/**
 * `@tessera/cspace-lib`: capability spaces at user level, under the names of the advanced operating systems course.
 * @packageDocumentation
 */
export { cspace_adopt, cspace_adopt_two_level, type two_level_parts } from "./adopt.js";
export type { backing_ut, cspace_alloc_t, cspace_mapped } from "./backing.js";
export {
  BF_WORD_BITS,
  bf_clr_bit,
  bf_clr_range,
  bf_create,
  bf_first_free,
  bf_get_bit,
  bf_set_bit,
  bf_words,
} from "./bitfield.js";
export { cspace_create_one_level, cspace_create_two_level, type cspace_created } from "./create.js";
export {
  BOT_LVL_PER_NODE,
  type bot_lvl_node_t,
  CNODE_SIZE_BITS,
  CNODE_SLOT_BITS,
  CNODE_SLOTS,
  CSPACE_ERROR,
  CSPACE_NOERROR,
  type cspace_t,
  MAPPING_SLOTS,
  WATERMARK_SLOTS,
} from "./cspace.js";
export { cspace_destroy } from "./destroy.js";
export {
  cspace_copy,
  cspace_delete,
  cspace_irq_control_get,
  cspace_mint,
  cspace_move,
  cspace_mutate,
  cspace_revoke,
  cspace_untyped_retype,
} from "./ops.js";
export { cspace_alloc_slot, cspace_free_slot } from "./slots.js";
