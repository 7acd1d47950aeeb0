/* SPDX-License-Identifier: MIT */
/*
 * The PV boot contract, kept: what a guest kernel finds at its entry. Page tables are written here as the guest would
 * write them and then go through the same validation as a guest's own: the builder has no way around it.
 */
#include "boot/domain_builder.h"
#include "boot/domain_layout.h"
#include "boot/guest_image.h"
#include "domain/console.h"
#include "domain/domain.h"
#include "domain/vcpu.h"
#include "lib/bits.h"
#include "lib/string.h"
#include "machine/printk.h"
#include "memory/alloc.h"
#include "memory/m2p.h"
#include "pv/pagetable.h"

#define PTE_TABLE (PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D)

struct build {
    const struct domain_options *options;
    struct domain *d;
    struct guest_image image;
    struct domain_layout layout;
    struct pfn_range tables_left; /* page tables not yet handed out */
    mfn_t root;
    struct boot_error *err;
};

/*
 * While building, the p2m is only in its own frames, wherever they came to lie: entry pfn is found through the frame
 * that holds it. The list of those frames is all the builder keeps.
 */
static mfn_t *p2m_frames;

static mfn_t mfn_of(uint64_t pfn)
{
    const mfn_t *entries = mfn_ptr(p2m_frames[pfn / 512]);

    return entries[pfn % 512];
}

static void *pfn_ptr(uint64_t pfn)
{
    return mfn_ptr(mfn_of(pfn));
}

/*
 * Memory comes in runs; run by run pfns are given out. The p2m's frames are among the memory itself, so mfns wait in
 * a list of ours until all are known.
 */
static int allocate_memory(struct build *b)
{
    uint64_t nr = b->layout.nr_pages;
    mfn_t *list = alloc_bytes(nr * sizeof(mfn_t));
    unsigned int order = 9;

    p2m_frames = alloc_bytes(b->layout.p2m.count * sizeof(mfn_t));
    if (!list || !p2m_frames)
        return boot_fail(b->err, "out of memory");
    for (uint64_t pfn = 0; pfn < nr;) {
        /* As large as is left, aligned, and was to be had: a big domain is made in few steps. */
        order = min(order, min(bit_lowest(pfn | 512), bit_highest(nr - pfn)));
        struct frame *f = alloc_domain_pages(b->d, order);
        if (!f && order) {
            order--;
            continue;
        }
        if (!f)
            return boot_fail(b->err, "domain %s asks for %lu KiB, but only %lu KiB of memory were "
                             "left; lower memory=", b->d->name, nr * 4, pfn * 4);
        for (uint64_t i = 0; i < 1ul << order; i++, pfn++) {
            list[pfn] = frame_mfn(f) + i;
            m2p_set(list[pfn], pfn);
        }
        order = 9;
    }
    for (uint64_t i = 0; i < b->layout.p2m.count; i++) {
        mfn_t mfn = list[b->layout.p2m.start + i];

        p2m_frames[i] = mfn;
        for (uint64_t e = 0; e < 512; e++) {
            uint64_t pfn = i * 512 + e;
            ((mfn_t *)mfn_ptr(mfn))[e] = pfn < nr ? list[pfn] : ~0ul;
        }
    }
    alloc_free_bytes(list, nr * sizeof(mfn_t));
    return 0;
}

static int write_image(void *context, uint64_t va, const void *src, size_t len)
{
    struct build *b = context;

    while (len) {
        uint64_t offset = va - b->layout.virt_base;
        size_t n = min(len, PAGE_SIZE - (offset & (PAGE_SIZE - 1)));

        if (src) {
            memcpy((char *)pfn_ptr(offset >> PAGE_SHIFT) + (offset & (PAGE_SIZE - 1)), src, n);
            src = (const char *)src + n;
        }
        va += n; /* frames come zeroed */
        len -= n;
    }
    return 0;
}

/* Stub n of the hypercall page: mov $n, %eax; syscall, with rcx and r11 kept; iret has its own form. */
static void fill_hypercall_page(uint8_t *page)
{
    static const uint8_t stub[] = {0x51, 0x41, 0x53, 0xb8, 0,    0,    0,
                                   0,    0x0f, 0x05, 0x41, 0x5b, 0x59, 0xc3};
    static const uint8_t iret[] = {0x51, 0x41, 0x53, 0x50, 0xb8, 0, 0, 0, 0, 0x0f, 0x05};

    memset(page, 0xcc, PAGE_SIZE);
    for (unsigned int n = 0; n < PAGE_SIZE / 32; n++) {
        memcpy(page + n * 32, stub, sizeof(stub));
        page[n * 32 + 4] = (uint8_t)n;
    }
    memcpy(page + __HYPERVISOR_iret * 32, iret, sizeof(iret));
    page[__HYPERVISOR_iret * 32 + 5] = __HYPERVISOR_iret;
}

static bool in_range(struct pfn_range r, uint64_t pfn)
{
    return pfn - r.start < r.count;
}

/* The table of the next level under entry `index` of `table`, made if it is not there. */
static uint64_t *next_table(struct build *b, uint64_t *table, unsigned int index)
{
    if (!(table[index] & PTE_P)) {
        mfn_t mfn = mfn_of(b->tables_left.start++);

        b->tables_left.count--;
        table[index] = mfn << PAGE_SHIFT | PTE_TABLE;
    }
    return mfn_ptr(pte_mfn(table[index]));
}

static void map_page(struct build *b, uint64_t va, uint64_t pfn)
{
    uint64_t *table = mfn_ptr(b->root);
    bool is_table = in_range(b->layout.tables, pfn) || in_range(b->layout.p2m_tables, pfn);
    uint64_t flags = PTE_P | PTE_US | PTE_A | PTE_D | (is_table ? 0 : PTE_RW);

    for (enum frame_type level = FRAME_L4; level > FRAME_L1; level--)
        table = next_table(b, table, pt_index(va, level));
    table[pt_index(va, FRAME_L1)] = mfn_of(pfn) << PAGE_SHIFT | flags;
}

static int build_page_tables(struct build *b)
{
    const struct domain_layout *l = &b->layout;
    long rc;

    b->root = mfn_of(l->tables.start);
    b->tables_left = (struct pfn_range){l->tables.start + 1, l->tables.count - 1};
    for (uint64_t va = l->virt_base, pfn = 0; va < l->v_end; va += PAGE_SIZE, pfn++)
        map_page(b, va, pfn);
    if (l->p2m_tables.count) {
        b->tables_left = l->p2m_tables;
        for (uint64_t i = 0; i < l->p2m.count; i++)
            map_page(b, l->p2m_va + (i << PAGE_SHIFT), l->p2m.start + i);
    }
    do {
        rc = pt_enter(b->d);
        if (rc)
            continue;
        rc = pt_pin(b->d, b->root, FRAME_L4);
        pt_leave(b->d, rc);
    } while (rc == -XEN_ERESTART);
    return rc ? boot_fail(b->err, "the first page tables of domain %s were refused (%ld)",
                          b->d->name, rc)
              : 0;
}

static void attach_rings(struct build *b, struct start_info *si)
{
    struct domain *d = b->d;

    d->store_mfn = mfn_of(b->layout.store);
    d->console_mfn = mfn_of(b->layout.console);
    si->store_mfn = d->store_mfn; /* store_evtchn stays 0 until somebody serves the store */
    if (d->privileged)
        return; /* console_io */
    d->console_ring = mfn_ptr(d->console_mfn);
    if (console_attach_ring(d)) {
        si->console.domU.mfn = d->console_mfn;
        si->console.domU.evtchn = d->console_port;
    }
}

static void fill_start_info(struct build *b)
{
    const struct domain_layout *l = &b->layout;
    struct start_info *si = pfn_ptr(l->start_info);

    strlcpy(si->magic, "xen-3.0-x86_64", sizeof(si->magic));
    si->nr_pages = l->nr_pages;
    si->shared_info = b->d->shared_info_mfn << PAGE_SHIFT;
    si->flags = b->d->privileged ? SIF_PRIVILEGED | SIF_INITDOMAIN : 0;
    si->pt_base = domain_layout_va(l, l->tables.start);
    si->nr_pt_frames = l->tables.count;
    si->mfn_list = l->p2m_va;
    if (l->ramdisk.count) {
        si->mod_len = b->options->ramdisk->end - b->options->ramdisk->start;
        if (b->image.mod_start_pfn) {
            si->flags |= SIF_MOD_START_PFN;
            si->mod_start = l->ramdisk.start;
        } else {
            si->mod_start = domain_layout_va(l, l->ramdisk.start);
        }
    }
    strlcpy((char *)si->cmd_line, b->options->cmdline, sizeof(si->cmd_line));
    if (l->p2m_tables.count) {
        si->first_p2m_pfn = l->p2m.start;
        si->nr_p2m_frames = l->p2m.count + l->p2m_tables.count;
    }
    attach_rings(b, si);
}

static int start_vcpu(struct build *b)
{
    static struct vcpu_guest_context c;
    struct vcpu *v = b->d->vcpu[0];
    long rc;

    c = (struct vcpu_guest_context){
        .flags = VGCF_in_kernel,
        .user_regs = {
            .rip = b->image.entry,
            .rsp = domain_layout_va(&b->layout, b->layout.stack) + PAGE_SIZE,
            .rsi = domain_layout_va(&b->layout, b->layout.start_info),
            .cs = FLAT_KERNEL_CS,
            .ss = FLAT_KERNEL_SS,
            .rflags = 1u << 9, /* interrupts on */
        },
        .kernel_ss = FLAT_KERNEL_SS,
        .kernel_sp = domain_layout_va(&b->layout, b->layout.stack) + PAGE_SIZE,
        .ctrlreg[3] = b->root << PAGE_SHIFT,
    };
    do
        rc = vcpu_set_context(v, &c);
    while (rc == -XEN_ERESTART);
    if (rc)
        return boot_fail(b->err, "the first vcpu of domain %s was refused (%ld)", b->d->name, rc);
    v->initialised = true;
    v->up = true;
    return 0;
}

/* The image, understood and placed; tells whether the domain can be made before anything is taken for it. */
static int plan(struct build *b, const void **elf)
{
    const struct boot_module *k = b->options->kernel, *r = b->options->ramdisk;

    *elf = (const void *)(DIRECT_MAP + k->start);
    if (elf_parse(*elf, k->end - k->start, &b->image, b->err))
        return -1;
    return domain_layout_plan(&b->image, b->options->memory >> PAGE_SHIFT,
                              r ? r->end - r->start : 0, &b->layout, b->err);
}

int domain_build(const struct domain_options *options, domid_t id, bool explain_default,
                 struct domain **out, struct boot_error *err)
{
    struct build b = {.options = options, .err = err};
    const void *elf;

    if (plan(&b, &elf))
        return -1;
    b.d = domain_create(id, options->name, (uint32_t)options->vcpus, (uint32_t)b.layout.nr_pages);
    if (!b.d)
        return boot_fail(err, "no memory to make domain %s", options->name);
    b.d->explain = options->explain_given ? options->explain : explain_default;
    b.d->weight = (uint32_t)options->weight;
    b.d->privileged = options->privileged;
    if (allocate_memory(&b) || elf_load(&b.image, elf, write_image, &b))
        return -1;
    if (options->ramdisk)
        write_image(&b, domain_layout_va(&b.layout, b.layout.ramdisk.start),
                    (const void *)(DIRECT_MAP + options->ramdisk->start),
                    options->ramdisk->end - options->ramdisk->start);
    if (b.image.hypercall_page != GUEST_IMAGE_UNSET)
        fill_hypercall_page(pfn_ptr((b.image.hypercall_page - b.image.virt_base) >> PAGE_SHIFT));
    fill_start_info(&b);
    if (build_page_tables(&b) || start_vcpu(&b))
        return -1;
    alloc_free_bytes(p2m_frames, b.layout.p2m.count * sizeof(mfn_t));
    printk("domain %u is %s: %lu MiB, %u vcpus, %s %s, entry %#lx", id, b.d->name,
           options->memory >> 20, b.d->max_vcpus, b.image.guest_os, b.image.guest_version, b.image.entry);
    *out = b.d;
    return 0;
}
