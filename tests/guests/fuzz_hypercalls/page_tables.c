/* SPDX-License-Identifier: MIT */
/* Page tables: entries by each call there is for them, and whole tables built the proper way. */
#include "fuzz.h"

void do_store(struct player *r)
{
    uint64_t va = a_va(r);

    if (va - (uint64_t)arena >= ARENA * PAGE_SIZE && va - 0xffff960000000000ul >= 1ul << 41)
        return; /* nothing that we need */
    store(r, va & ~7ul, an_entry(r, 1 + random(r) % 3));
}

void do_va_mapping(struct player *r)
{
    unsigned int page = a_page(r);
    uint64_t flags = PICK(r, 0, UVMF_INVLPG | UVMF_LOCAL, UVMF_INVLPG | UVMF_ALL, UVMF_TLB_FLUSH | UVMF_ALL, 3,
                          (uint64_t)r->scratch | 1, a_va(r));

    if (one_in(r, 3))
        call(r, update_va_mapping, arena[page], mfns[page] << 12 | PICK(r, RW, RW, RO, 0), flags);
    else if (one_in(r, 4))
        call(r, update_va_mapping_otherdomain, one_in(r, 4) ? a_strange_va(r) : a_window(r), a_pte(r), flags,
             a_domid(r));
    else
        call(r, update_va_mapping,
             one_in(r, 16)  ? a_strange_va(r)
             : one_in(r, 2) ? a_window(r)
                            : (uint64_t)arena[page],
             a_pte(r), flags);
}

void do_mmu_update(struct player *r)
{
    struct mmu_update *request = (struct mmu_update *)r->scratch;
    unsigned int n = one_in(r, 8) ? 100 : 1 + random(r) % 8;

    for (unsigned int i = 0; i < n; i++) {
        unsigned int level = 1 + random(r) % 4;

        request[i].ptr = mfns[a_table(r, level)] * PAGE_SIZE + (random(r) & (one_in(r, 3) ? 0xff8 : 0x18));
        request[i].val = an_entry(r, level);
        if (one_in(r, 4)) { /* the windows */
            request[i].ptr = virt_to_mfn(boot_root()) * PAGE_SIZE + (300 + random(r) % 4) * 8;
            request[i].val = an_entry(r, 4);
        } else if (one_in(r, 12)) {
            request[i].ptr = a_mfn(r) * PAGE_SIZE + (random(r) & 0xfff);
            request[i].val = an_entry(r, level);
        } else if (one_in(r, 40)) {
            request[i].ptr = a_mfn(r) * PAGE_SIZE + (256 + random(r) % 16) * 8;
        }
        if ((request[i].ptr & 0xff8) == 0xff8 && !one_in(r, 500))
            request[i].ptr ^= 8; /* a root's entry for ourselves */
        request[i].ptr = (request[i].ptr & ~3ul) | PICK(r, 0, 0, 0, 0, 2, 2, 3, 1);
        if ((request[i].ptr & 3) == 1)
            request[i].val = random(r) % 0x10000;
    }
    call(r, mmu_update, one_in(r, 20) ? a_va(r) : (uint64_t)request, one_in(r, 20) ? a_number(r) : n,
         one_in(r, 3) ? a_va(r) : 0, one_in(r, 10) ? random(r) & 0x1ffff : a_domid(r));
}

/* A root with nothing of us would be our end. */
static bool maps_us(struct player *r, unsigned int page)
{
    static const uint8_t code[] = {0x48, 0x8b, 0x07, 0xc3}; /* mov (%rdi), %rax; ret */

    return one_in(r, 1000) ||
           call_code(r, code, (uint64_t[14]){(uint64_t)arena[page] + 511 * 8}) == (long)boot_root()[511];
}

void do_mmuext(struct player *r)
{
    struct mmuext_op *op = (struct mmuext_op *)r->scratch;
    unsigned int n = 1 + random(r) % 6;

    for (unsigned int i = 0; i < n; i++) {
        unsigned int page = ARENA * 3 / 4 + random(r) % (ARENA / 4);

        op[i].cmd = (unsigned int)(one_in(r, 2) ? random(r) % 22 : PICK(r, 0, 1, 2, 3, 4, 4, 4));
        op[i].arg1.mfn = one_in(r, 12) ? a_strange_mfn(r) : one_in(r, 8) ? mfns[a_page(r)] : mfns[page];
        op[i].arg2.src_mfn = a_mfn(r);
        if (op[i].cmd < 4 && one_in(r, 2))
            op[i].cmd = a_level(page) - 1;
        if (op[i].cmd == MMUEXT_NEW_BASEPTR) {
            op[i].arg1.mfn = mfns[page];
            if (!maps_us(r, page))
                op[i].arg1.mfn = virt_to_mfn(boot_root());
        }
        if (op[i].cmd == MMUEXT_SET_LDT) {
            op[i].arg1.linear_addr = a_va(r) & ~0xffful;
            op[i].arg2.nr_ents = (unsigned int)PICK(r, 0, 1, 512, 1024, 8192, 8193, random(r));
        } else if (op[i].cmd >= MMUEXT_TLB_FLUSH_MULTI && op[i].cmd <= MMUEXT_INVLPG_ALL) {
            op[i].arg1.linear_addr = a_va(r);
            op[i].arg2.src_mfn = a_va(r);
        }
    }
    call(r, mmuext_op, one_in(r, 20) ? a_va(r) : (uint64_t)op, one_in(r, 20) ? a_number(r) : n,
         one_in(r, 3) ? a_va(r) : 0, a_domid(r));
}

/* A table the proper way: filled while it is data, shown read-only, pinned, used. */
void do_build(struct player *r)
{
    unsigned int level = 1 + random(r) % 4, page = a_table(r, level);
    uint64_t va = (uint64_t)arena[page];
    struct mmuext_op *op = (struct mmuext_op *)r->scratch;

    if (one_in(r, 3)) {
        *op = (struct mmuext_op){.cmd = MMUEXT_UNPIN_TABLE, .arg1.mfn = mfns[page]};
        call(r, mmuext_op, op, 1, 0, DOMID_SELF);
    }
    if (call(r, update_va_mapping, va, mfns[page] << 12 | RW, UVMF_INVLPG | UVMF_ALL))
        return;
    fill(r, va, 0, PAGE_SIZE);
    for (unsigned int i = random(r) % 12; i > 0; i--)
        store(r, va + (random(r) & (one_in(r, 3) ? 0x7f8 : 0x18)), an_entry(r, level));
    if (level == 4 && !one_in(r, 500))
        for (unsigned int i = 304; i < 512; i++)
            if (boot_root()[i])
                store(r, va + i * 8, boot_root()[i]);
    call(r, update_va_mapping, va, mfns[page] << 12 | RO, one_in(r, 8) ? 0 : UVMF_INVLPG | UVMF_ALL);
    *op = (struct mmuext_op){.cmd = MMUEXT_PIN_L1_TABLE + level - 1, .arg1.mfn = mfns[page]};
    if (!call(r, mmuext_op, op, 1, 0, DOMID_SELF) && level == 4) {
        op->cmd = (unsigned int)PICK(r, MMUEXT_NEW_BASEPTR, MMUEXT_NEW_USER_BASEPTR);
        call(r, mmuext_op, op, 1, 0, DOMID_SELF);
    }
}
