/**
 * `@tessera/ut-alloc`: what a root task needs to build a system out of untyped memory, under the names of the advanced
 * operating systems course.
 * @packageDocumentation
 */
export { alloc_retype, type alloc_retype_result, type CPtrOf, free_retyped, type retyped_t } from "./alloc-retype.js";
export {
  bootstrap_cspace_alloc_4k_ut,
  bootstrap_cspace_free_4k_ut,
  bootstrap_cspace_map_frame,
  bootstrap_map_frame,
} from "./backing.js";
export { untyped_in_range } from "./boot-memory.js";
export { type ut_bootinfo, ut_bootstrap } from "./bootstrap.js";
export { cpio_get_file, cpio_write } from "./cpio.js";
export { ut_alloc_4k_device } from "./device.js";
export {
  type dma_addr_t,
  dma_init,
  type dma_init_result,
  type dma_t,
  sos_dma_cache_clean,
  sos_dma_cache_clean_invalidate,
  sos_dma_cache_invalidate,
  sos_dma_malloc,
  sos_dma_phys_to_virt,
  sos_dma_virt_to_phys,
} from "./dma.js";
export {
  ELF_ERROR,
  type elf_bad_file,
  elf_getEntryPoint,
  elf_getNumProgramHeaders,
  elf_getProgramHeaderFileSize,
  elf_getProgramHeaderFlags,
  elf_getProgramHeaderMemorySize,
  elf_getProgramHeaderOffset,
  elf_getProgramHeaderType,
  elf_getProgramHeaderVaddr,
  elf_getSectionNamed,
  type elf_header_read,
  type elf_header_t,
  elf_newFile,
  type elf_opened,
  type elf_program_header_t,
  elf_readHeader,
  elf_readProgramHeaders,
  type elf_section_t,
  type elf_segments_read,
  type elf_t,
  PF_R,
  PF_W,
  PF_X,
  PT_LOAD,
} from "./elf.js";
export { elf_load, type elf_loaded, elf_unload } from "./elf-load.js";
export { type elf_named_bytes, type elf_segment, elf_write, program_segment } from "./elf-write.js";
export {
  ALLOCATED_LIST,
  alloc_frame,
  FREE_LIST,
  frame_data,
  frame_from_ref,
  frame_page,
  type frame_ref_t,
  type frame_t,
  frame_table_cspace,
  frame_table_init,
  type frame_table_t,
  free_frame,
  MAX_FRAMES,
  NO_LIST,
  NULL_FRAME,
} from "./frame-table.js";
export { type image_bootinfo, program_address, program_page, read_image_data } from "./image.js";
export {
  EINVAL,
  ENOMEM,
  IRQ_EP_BADGE,
  IRQ_IDENT_BADGE_BITS,
  type irq_dispatch_t,
  type irq_handled,
  type irq_registered,
  sos_handle_irq_notification,
  sos_init_irq_dispatch,
  type sos_irq_callback_t,
  sos_register_irq_handler,
  VIRTUAL_UART_IRQ,
} from "./irq.js";
export type { made_t } from "./making.js";
export { sos_map_device } from "./map-device.js";
export { MAP_FRAME_NO_MEMORY, map_frame, map_frame_cspace } from "./map-frame.js";
export type { mapped_page_t, page_access_t, vspace_contents_t } from "./mapped-pages.js";
export { free_paging_objects, missing_table_bits, type paging_object_t } from "./paging.js";
export {
  create_process,
  destroy_process,
  type process_options,
  type process_t,
  SOS_IPC_EP_CAP,
  start_process,
} from "./process.js";
export { ut_add_untyped_range, ut_init } from "./range.js";
export {
  INITIAL_TASK_CNODE_SIZE_BITS,
  sos_bootstrap,
  type sos_bootstrap_options,
  type sos_bootstrapped,
} from "./sos-bootstrap.js";
export { free_spawned, spawn, type spawned_t } from "./spawn.js";
export { ut_pages_for_region, type ut_region_t, type ut_t, type ut_table_t } from "./table.js";
export {
  free_thread,
  make_thread,
  type thread_options,
  type thread_spaces,
  type thread_t,
} from "./thread.js";
export { ut_alloc, ut_alloc_4k_untyped, ut_free, ut_size } from "./ut.js";
export {
  PROCESS_ENVIRONMENT,
  PROCESS_IPC_BUFFER,
  PROCESS_PROGRAM,
  PROCESS_STACK_TOP,
  PROCESS_VMEM_START,
  SOS_DEVICE_START,
  SOS_DMA_SIZE_BITS,
  SOS_DMA_START,
  SOS_FRAME_DATA,
  SOS_FRAME_TABLE,
  SOS_IPC_BUFFER,
  SOS_SCRATCH,
  SOS_STACK,
  SOS_STACK_PAGES,
  SOS_UART_RECV_BUF,
  SOS_UT_TABLE,
} from "./vmem-layout.js";
