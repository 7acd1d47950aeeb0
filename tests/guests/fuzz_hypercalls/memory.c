/* SPDX-License-Identifier: MIT */
/* Memory given back, taken, exchanged. */
#include "fuzz.h"

void do_memory(struct player *r)
{
    struct xen_memory_exchange *x = (struct xen_memory_exchange *)r->scratch;
    uint64_t *in = (uint64_t *)(r->scratch + PAGE_SIZE), *out = in + 64;
    unsigned int op = random(r) % 4, n = 1 + random(r) % 3, page[3];

    memset(x, 0, sizeof(*x));
    for (unsigned int i = 0; i < n; i++) {
        page[i] = a_page(r);
        in[i] = one_in(r, 20) ? a_strange_mfn(r) : mfns[page[i]];
        out[i] = virt_to_pfn(arena[page[i]]);
        if (one_in(r, 2))
            call(r, update_va_mapping, arena[page[i]], 0, UVMF_INVLPG | UVMF_ALL);
    }
    if (op == 3) {
        in = out;
        for (unsigned int i = 0; i < n; i++)
            out[i] = one_in(r, 20) ? random(r) : out[i];
    }
    x->in = x->out = (struct xen_memory_reservation){.nr_extents = n, .domid = a_domid(r)};
    if (one_in(r, 12)) {
        x->in.nr_extents = a_number(r);
        x->out.nr_extents = one_in(r, 2) ? x->in.nr_extents : a_number(r);
        x->nr_exchanged = one_in(r, 4) ? a_number(r) : 0;
        x->in.extent_order = (unsigned int)PICK(r, 0, 0, 1, 9, 10, 63, 64, 0xffffffff);
        x->out.extent_order = one_in(r, 2) ? x->in.extent_order : 0;
    }
    if (one_in(r, 12))
        x->in.mem_flags = x->out.mem_flags = (unsigned int)random(r);
    set_xen_guest_handle(x->in.extent_start, (xen_pfn_t *)(one_in(r, 20) ? a_va(r) : (uint64_t)in));
    set_xen_guest_handle(x->out.extent_start, (xen_pfn_t *)(one_in(r, 20) ? a_va(r) : (uint64_t)out));
    if (op == 0) {
        if (!call(r, memory_op, XENMEM_exchange, x) && x->nr_exchanged == n)
            for (unsigned int i = 0; i < n; i++)
                mfns[page[i]] = out[i];
    } else if (op == 1) {
        call(r, memory_op, XENMEM_decrease_reservation, x);
    } else if (op == 2) {
        call(r, memory_op,
             PICK(r, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12, 14, 15, 16, 17) | (one_in(r, 4) ? a_number(r) << 6 : 0),
             one_in(r, 2) ? (uint64_t)x : a_va(r));
    } else if (call(r, memory_op,
                    PICK(r, XENMEM_populate_physmap, XENMEM_populate_physmap, XENMEM_increase_reservation), x) == n) {
        for (unsigned int i = 0; i < n; i++)
            mfns[page[i]] = in[i];
    }
    if (op != 1)
        for (unsigned int i = 0; i < n; i++)
            call(r, update_va_mapping, arena[page[i]], mfns[page[i]] << 12 | RW, 0);
}
