/* SPDX-License-Identifier: MIT */
/* set_gdt, update_descriptor, and the LDT: pv/vcpu_state.h tells the rules. */
#include "machine/segments.h"
#include "pv/pt_internal.h"
#include "pv/vcpu_state.h"

#define DESC_PRESENT (1ul << 47)
#define DESC_SEGMENT (1ul << 44) /* code or data, not system */
#define DESC_DPL3    (3ul << 45)
#define DESC_TYPE    (15ul << 40)
#define DESC_CALL_GATE (12ul << 40)

#define PF_PRESENT 1u
#define PF_USER    4u

#define GDT_PER_FRAME 512u
#define LDT_MAX       8192u

/* A gate may lead to any segment that is ring 3, which is all but our own ones among the reserved selectors. */
static bool gate_selector_ok(uint16_t selector)
{
    return selector & 4 || selector < GDT_RESERVED || (selector | 3) == SEL_USER32 || (selector | 3) == SEL_USER64;
}

bool descriptor_fix(uint64_t *desc)
{
    uint64_t d = *desc;

    if (!(d & DESC_PRESENT) || !(d & (DESC_SEGMENT | DESC_TYPE))) /* system type 0 faults on any use */
        return true;
    if (d & DESC_SEGMENT) {
        *desc = d | DESC_DPL3;
        return true;
    }
    *desc = d & ~DESC_DPL3; /* and so does a gate of DPL 0 */
    return (d & DESC_TYPE) == DESC_CALL_GATE && gate_selector_ok((uint16_t)(d >> 16));
}

static uint32_t gdt_frames(uint32_t entries)
{
    return div_round_up(entries, GDT_PER_FRAME);
}

long descriptors_set_gdt(struct vcpu *v, const uint64_t *frames, uint32_t entries)
{
    uint32_t n = gdt_frames(entries), old = gdt_frames(v->gdt_entries);

    for (uint32_t i = 0; i < n; i++) {
        long rc = segdesc_get(v->domain, frames[i]);
        if (rc) {
            while (i--)
                segdesc_put(v->domain, frames[i]);
            return rc;
        }
    }
    /* The old ones are out of the CPU before they are given back. */
    if (v == this_cpu()->loaded)
        gdt_map_guest_frames(frames, n);
    for (uint32_t i = 0; i < old; i++)
        segdesc_put(v->domain, v->gdt_frame[i]);
    for (uint32_t i = 0; i < n; i++)
        v->gdt_frame[i] = frames[i];
    v->gdt_entries = entries;
    return 0;
}

long hc_set_gdt(uint64_t list, uint64_t entries)
{
    uint64_t frames[GDT_GUEST_FRAMES];
    uint32_t n = (uint32_t)entries;

    if (n > GDT_GUEST_FRAMES * GDT_PER_FRAME)
        return refuse(set_gdt_einval_too_many_entries, n);
    if (!guest_read(frames, list, gdt_frames(n) * sizeof(frames[0])))
        return refuse(guest_copy_efault_read, list, gdt_frames(n) * sizeof(frames[0]));
    return descriptors_set_gdt(current, frames, n);
}

/* A page that holds no descriptors in use: the write is the plain store the guest could do itself. */
static __attribute__((noinline)) long update_plain(struct domain *d, uint64_t maddr, uint64_t desc, uint64_t fixed, bool good)
{
    mfn_t mfn = maddr >> PAGE_SHIFT;

    if (maddr & 7)
        return refuse(update_descriptor_einval_misaligned, maddr);
    if (pt_owner_of(mfn) != d->id)
        return refuse(update_descriptor_einval_frame_not_owned, maddr, pt_owner_of(mfn));
    if (!good)
        return refuse(descriptor_einval_bad_descriptor, desc, (maddr & (PAGE_SIZE - 1)) / 8);
    if (!pt_hold_writable(d, mfn))
        return refuse(update_descriptor_einval_frame_wrong_type, maddr, mfn, frame_type(frame_of(mfn)));
    write_once(*(uint64_t *)(DIRECT_MAP + maddr), fixed);
    pt_drop_writable(mfn);
    return 0;
}

long hc_update_descriptor(uint64_t maddr, uint64_t desc)
{
    struct domain *d = current->domain;
    uint64_t fixed = desc;
    bool good = descriptor_fix(&fixed), done = false;

    if (likely(good && !(maddr & 7))) {
        spin_lock(&d->mm_lock);
        done = table_is_valid(d, maddr >> PAGE_SHIFT, FRAME_SEGDESC);
        if (likely(done))
            write_once(*(uint64_t *)(DIRECT_MAP + maddr), fixed);
        spin_unlock(&d->mm_lock);
    }
    return likely(done) ? 0 : update_plain(d, maddr, desc, fixed, good);
}

void descriptors_drop_ldt_frames(struct vcpu *v)
{
    if (v == this_cpu()->loaded)
        ldt_unmap_frames();
    for (unsigned int i = 0; i < ARRAY_SIZE(v->ldt_frame); i++) {
        if (v->ldt_frame[i])
            segdesc_put(v->domain, v->ldt_frame[i]);
        v->ldt_frame[i] = 0;
    }
}

long descriptors_set_ldt(struct vcpu *v, uint64_t va, uint32_t entries)
{
    if (entries > LDT_MAX || va & (PAGE_SIZE - 1) || !guest_range_ok(va, entries * sizeof(uint64_t)))
        return refuse(mmuext_op_einval_ldt_bad, va, entries);
    if (va == v->ldt_base && entries == v->ldt_entries)
        return 0;
    descriptors_drop_ldt_frames(v);
    v->ldt_base = va;
    v->ldt_entries = entries;
    ldt_load(entries);
    return 0;
}

void descriptors_load(struct vcpu *v)
{
    gdt_map_guest_frames(v->gdt_frame, gdt_frames(v->gdt_entries));
    ldt_unmap_frames();
    for (unsigned int i = 0; i < ARRAY_SIZE(v->ldt_frame) && v->ldt_entries; i++)
        if (v->ldt_frame[i])
            ldt_map_frame(i, v->ldt_frame[i]);
    ldt_load(v->ldt_entries);
}

void descriptors_release(struct vcpu *v)
{
    descriptors_drop_ldt_frames(v);
    v->ldt_entries = 0;
    descriptors_set_gdt(v, NULL, 0);
}

bool descriptors_ldt_read(const struct vcpu *v, const struct regs *regs, uint64_t va)
{
    return va - ldt_area(this_cpu()->id) < v->ldt_entries * sizeof(uint64_t) &&
           !(regs->error_code & (PF_PRESENT | PF_USER));
}

bool descriptors_ldt_map(struct vcpu *v, uint64_t va)
{
    uint64_t offset = va - ldt_area(this_cpu()->id);
    unsigned int slot = (unsigned int)(offset >> PAGE_SHIFT);
    const uint64_t *at;
    uint64_t e;

    spin_lock(&v->domain->mm_lock);
    at = pt_find_l1e(v, v->ldt_base + offset);
    e = at ? *at : 0;
    spin_unlock(&v->domain->mm_lock);
    if (!(e & PTE_P) || segdesc_get(v->domain, pte_mfn(e)) != 0)
        return false;
    v->ldt_frame[slot] = pte_mfn(e);
    ldt_map_frame(slot, v->ldt_frame[slot]);
    return true;
}
