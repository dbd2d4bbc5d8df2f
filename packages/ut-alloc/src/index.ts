/** `@tessera/ut-alloc`: an allocator of untyped memory, under the names of the advanced operating systems course. */
export { alloc_retype, type alloc_retype_result, type CPtrOf } from "./alloc-retype.js";
export { type ut_bootinfo, ut_bootstrap } from "./bootstrap.js";
export { ut_alloc_4k_device } from "./device.js";
export { ut_pages_for_region, type ut_region_t, type ut_t } from "./table.js";
export { ut_alloc, ut_alloc_4k_untyped, ut_free, ut_size } from "./ut.js";
