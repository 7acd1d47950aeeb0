/* SPDX-License-Identifier: MIT */
/* Grants: entries that change at any moment, and operations on them. */
#include "fuzz.h"

static grant_handle_t handles[32];

void do_grants(struct player *r)
{
    union {
        struct gnttab_map_grant_ref map;
        struct gnttab_unmap_grant_ref unmap;
        struct gnttab_copy copy;
        struct gnttab_transfer transfer;
        struct gnttab_setup_table setup;
        uint64_t words[8];
    } *op = (void *)r->scratch;
    unsigned int command = random(r) % 16, slot = random(r) % ARRAY_SIZE(handles);
    volatile uint32_t *entry;

    entry = (uint32_t *)grant_window + (random(r) % 32) * 2;
    if (one_in(r, 2)) {
        entry[1] = (uint32_t)a_mfn(r);
        entry[0] = (uint32_t)PICK(r, 1, 1, 5, 2, 3, 0, random(r) & 0xffff) |
                   (uint32_t)(one_in(r, 6) ? PICK(r, 0, 1, 2, 0x7ff0) : own_domid) << 16;
    }
    for (unsigned int i = 0; i < 8; i++)
        op->words[i] = one_in(r, 3) ? random(r) : a_number(r);
    command = command > 12 ? command % 2 : command;
    switch (command) {
    case GNTTABOP_map_grant_ref:
        op->map = (struct gnttab_map_grant_ref){
            .host_addr = a_target(r),
            .ref = (uint32_t)random(r) % 34,
            .dom = one_in(r, 8) ? a_domid(r) : own_domid,
            .flags = (uint32_t)(one_in(r, 6) ? random(r) & 0xff : PICK(r, 2, 2, 6, 6, 3, 0x12))};
        if (op->map.flags & GNTMAP_contains_pte)
            op->map.host_addr = mfns[a_table(r, 1)] * PAGE_SIZE + (random(r) & 0x18);
        break;
    case GNTTABOP_unmap_grant_ref:
        op->unmap.host_addr = a_target(r);
        op->unmap.handle = one_in(r, 8) ? (uint32_t)random(r) : handles[slot];
        break;
    case GNTTABOP_copy:
        op->copy.source.u.gmfn = one_in(r, 2) ? random(r) % 34 : a_mfn(r);
        op->copy.dest.u.gmfn = one_in(r, 2) ? random(r) % 34 : a_mfn(r);
        op->copy.source.domid = op->copy.dest.domid = a_domid(r);
        op->copy.source.offset = (uint16_t)(one_in(r, 8) ? random(r) : random(r) % 4096);
        op->copy.dest.offset = op->copy.source.offset;
        op->copy.len = (uint16_t)(one_in(r, 8) ? random(r) : 4096u - op->copy.source.offset % 4096);
        op->copy.flags = (uint16_t)(random(r) & 3);
        break;
    case GNTTABOP_transfer:
        op->transfer.domid = a_domid(r);
        op->transfer.mfn = a_mfn(r);
        break;
    case GNTTABOP_setup_table:
        op->setup.dom = DOMID_SELF;
        op->setup.nr_frames = (uint32_t)PICK(r, 0, 1, 2, 64, random(r));
        set_xen_guest_handle(op->setup.frame_list, (xen_pfn_t *)a_va(r));
        break;
    default:
        if (!one_in(r, 4))
            *(uint16_t *)op = DOMID_SELF;
        if (command == GNTTABOP_set_version)
            op->words[0] = PICK(r, 1, 1, 1, 2, 3);
    }
    if (!call(r, grant_table_op, command, one_in(r, 20) ? a_va(r) : (uint64_t)op, one_in(r, 20) ? a_number(r) : 1) &&
        command == GNTTABOP_map_grant_ref && !op->map.status)
        handles[slot] = op->map.handle;
}
