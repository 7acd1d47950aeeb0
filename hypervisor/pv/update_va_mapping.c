/* SPDX-License-Identifier: MIT */
/*
 * update_va_mapping: one l1 entry, found through the caller's own root table by the address it translates, and the
 * TLB flush that goes with it.
 */
#include "machine/tlb.h"
#include "pv/pt_internal.h"

bool tlb_request_targets(const struct vcpu *v, uint64_t bitmap_va, uint64_t *pcpus)
{
    const struct domain *d = v->domain;
    uint64_t vcpus = 0;

    if (!guest_read(&vcpus, bitmap_va, div_round_up(d->max_vcpus, 8u)))
        return false;
    vcpus &= (1ul << d->max_vcpus) - 1;
    *pcpus = vcpus & 1ul << v->id ? 1ul << this_cpu()->id : 0;
    if (vcpus & ~(1ul << v->id))
        *pcpus |= d->pcpu_mask;
    return true;
}

/* flags: UVMF_ kind in the low bits, and whom it reaches: this vcpu, all, or those of a bitmap at the address. */
static long flush(struct vcpu *v, uint64_t va, uint64_t flags)
{
    uint64_t kind = flags & UVMF_FLUSHTYPE_MASK, whom = flags & ~UVMF_FLUSHTYPE_MASK, pcpus;

    if (kind != UVMF_TLB_FLUSH && kind != UVMF_INVLPG)
        return 0;
    if (whom == UVMF_LOCAL)
        pcpus = 1ul << this_cpu()->id;
    else if (whom == UVMF_ALL)
        pcpus = v->domain->pcpu_mask;
    else if (!tlb_request_targets(v, whom, &pcpus))
        return refuse(guest_copy_efault_read, whom, div_round_up(v->domain->max_vcpus, 8u));
    if (kind == UVMF_INVLPG)
        tlb_flush_page_mask(pcpus, va);
    else
        tlb_flush_mask(pcpus);
    return 0;
}

/* What there is to say against it. */
static __attribute__((cold, noinline)) long update_other(struct domain *d, uint64_t *at, uint64_t va, uint64_t value)
{
    if (at)
        return l1_update(d, at, read_once(*at), value, PT_SET);
    return address_guest(va) ? refuse(update_va_mapping_einval_no_l1_table, va)
                             : refuse(update_va_mapping_einval_hypervisor_address, va);
}

long hc_update_va_mapping(uint64_t va, uint64_t value, uint64_t flags)
{
    struct vcpu *v = current;
    struct domain *d = v->domain;
    long rc = pt_enter(d);

    if (likely(!rc)) {
        uint64_t *at = pt_find_l1e(v, va);

        if (unlikely(!at || !l1_set(at, value, l1e_refused_bits(d), d)))
            rc = update_other(d, at, va, value);
        pt_leave(d, rc);
    }
    if (unlikely(rc == -XEN_ERESTART))
        return hypercall_continue(__HYPERVISOR_update_va_mapping, 3, va, value, flags);
    if (unlikely(rc) || !flags)
        return rc;
    if (unlikely(flags != (UVMF_INVLPG | UVMF_LOCAL)))
        return flush(v, va, flags);
    tlb_flush_page_local(va);
    return 0;
}

long hc_update_va_mapping_otherdomain(uint64_t va, uint64_t value, uint64_t flags, uint64_t domid)
{
    long rc = pt_own_domain((domid_t)domid);

    return rc ? rc : hc_update_va_mapping(va, value, flags);
}
