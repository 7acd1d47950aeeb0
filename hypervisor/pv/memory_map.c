/* SPDX-License-Identifier: MIT */
/* memory_op's questions: the domain's and the machine's memory maps, and where the M2P is. */
#include "pv/memory_op.h"

#define M2P_START    0xffff800000000000ul
#define M2P_END      0xffff804000000000ul
#define M2P_EXTENT   MIB(2)

const struct memory_e820 *memory_op_machine_map;
uint32_t memory_op_machine_entries;

long memory_map(struct vcpu *v, struct xen_memory_map *m)
{
    struct memory_e820 all = {0, (uint64_t)v->domain->max_pages << PAGE_SHIFT, MEMORY_E820_RAM};
    uint64_t buffer = (uint64_t)m->buffer.p;

    m->nr_entries = min(m->nr_entries, 1u);
    if (m->nr_entries && !guest_write(buffer, &all, sizeof(all)))
        return refuse(guest_copy_efault_write, buffer, sizeof(all));
    return 0;
}

/* Rights come first, then the structure. */
long memory_machine_map(struct vcpu *v, uint64_t arg)
{
    uint32_t entries = memory_op_machine_entries, bytes = entries * (uint32_t)sizeof(struct memory_e820);
    struct xen_memory_map m;
    uint64_t buffer;

    if (!v->domain->privileged)
        return refuse(memory_op_eperm_not_privileged, XENMEM_machine_memory_map);
    if (!guest_read(&m, arg, sizeof(m)))
        return refuse(guest_copy_efault_read, arg, sizeof(m));
    buffer = (uint64_t)m.buffer.p;
    if (buffer && m.nr_entries < entries)
        return refuse(memory_op_einval_machine_memory_map_too_small, m.nr_entries, entries);
    if (buffer && !guest_write(buffer, memory_op_machine_map, bytes))
        return refuse(guest_copy_efault_write, buffer, bytes);
    m.nr_entries = entries;
    if (!guest_write(arg, &m, sizeof(m)))
        return refuse(guest_copy_efault_write, arg, sizeof(m));
    return 0;
}

long memory_machphys_mapping(struct vcpu *v UNUSED, struct xen_machphys_mapping *m)
{
    *m = (struct xen_machphys_mapping){M2P_START, M2P_END, frame_max_mfn - 1};
    return 0;
}

long memory_machphys_list(struct vcpu *v UNUSED, struct xen_machphys_mfn_list *x)
{
    uint64_t extents = div_round_up(frame_max_mfn * sizeof(uint64_t), M2P_EXTENT);
    uint64_t list = (uint64_t)x->extent_start.p;

    x->nr_extents = (unsigned int)min((uint64_t)x->max_extents, extents);
    for (uint64_t i = 0; i < x->nr_extents; i++) {
        uint64_t mfn = ptr_mfn(frame_m2p) + i * (M2P_EXTENT >> PAGE_SHIFT);

        if (!guest_write_at(list, i, &mfn))
            return refuse(guest_copy_efault_write, list + i * sizeof(mfn), sizeof(mfn));
    }
    return 0;
}
