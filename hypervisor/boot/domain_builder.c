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
#include "domain/refuse.h"
#include "domain/trace.h"
#include "domain/vcpu.h"
#include "lib/bits.h"
#include "lib/string.h"
#include "machine/clock.h"
#include "machine/printk.h"
#include "memory/alloc.h"
#include "pv/pagetable.h"

#define PTE_TABLE (PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D)

struct build {
    const struct domain_options *options;
    struct domain *d;
    struct guest_image image;
    struct domain_layout layout;
    mfn_t *p2m;                   /* by pfn; in whole pages, and what is beyond the domain's memory is ~0 */
    uint64_t next_table;          /* the pfn of the next page table to be handed out */
    mfn_t root;
};

static void *pfn_ptr(const struct build *b, uint64_t pfn)
{
    return mfn_ptr(b->p2m[pfn]);
}

/* Memory comes in runs; run by run pfns are given out. */
static void allocate_memory(struct build *b)
{
    uint64_t nr = b->layout.nr_pages, bytes = b->layout.p2m.count << PAGE_SHIFT;
    unsigned int order = 9;

    b->p2m = alloc_bytes(bytes);
    boot_stop_if(!b->p2m, "no memory to make domain %s", b->d->name);
    memset(b->p2m, 0xff, bytes);
    for (uint64_t pfn = 0; pfn < nr;) {
        /* As large as was to be had so far, aligned, and is left: a big domain is made in few steps. */
        order = min(order, min(bit_lowest(pfn | 512), bit_highest(nr - pfn)));
        struct frame *f = alloc_domain_pages(b->d, order, frame_max_mfn, false, pfn);

        boot_stop_if(!f && !order,
                     "domain %s asks for %lu KiB, but only %lu KiB of memory were left; lower memory=", b->d->name,
                     nr * 4, pfn * 4);
        if (!f) {
            order--;
            continue;
        }
        for (uint64_t mfn = frame_mfn(f), end = mfn + (1ul << order); mfn < end; mfn++, pfn++)
            b->p2m[pfn] = mfn;
    }
    for (uint64_t i = 0; i < b->layout.p2m.count; i++)
        memcpy(pfn_ptr(b, b->layout.p2m.start + i), b->p2m + i * 512, PAGE_SIZE);
}

/* To va of the first mapping, which need not be mapped there yet. */
static void write_bytes(struct build *b, uint64_t va, const void *src, size_t len)
{
    while (len) {
        uint64_t offset = va - b->layout.virt_base, in_page = offset & (PAGE_SIZE - 1);
        size_t n = min(len, PAGE_SIZE - in_page);

        memcpy((char *)pfn_ptr(b, offset >> PAGE_SHIFT) + in_page, src, n);
        src = (const char *)src + n;
        va += n;
        len -= n;
    }
}

/* Frames come zeroed: the rest of a segment is there. */
static void write_image(struct build *b, const char *file)
{
    const struct boot_module *ramdisk = b->options->ramdisk;

    for (size_t i = 0; i < b->image.nr_segments; i++) {
        const Elf64_Phdr *s = &b->image.segments[i];

        write_bytes(b, s->p_vaddr, file + s->p_offset, s->p_filesz);
    }
    if (ramdisk)
        write_bytes(b, domain_layout_va(&b->layout, b->layout.ramdisk.start),
                    (const void *)(DIRECT_MAP + ramdisk->start), ramdisk->end - ramdisk->start);
}

/* Stub n of the hypercall page: mov $n, %eax; syscall, with rcx and r11 kept; iret has its own form. */
static void fill_hypercall_page(struct build *b)
{
    static const uint8_t stub[] = {0x51, 0x41, 0x53, 0xb8, 0, 0, 0, 0, 0x0f, 0x05, 0x41, 0x5b, 0x59, 0xc3};
    static const uint8_t iret[] = {0x51, 0x41, 0x53, 0x50, 0xb8, 0, 0, 0, 0, 0x0f, 0x05};
    uint8_t *page;

    if (b->image.hypercall_page == GUEST_IMAGE_UNSET)
        return;
    page = pfn_ptr(b, (b->image.hypercall_page - b->image.virt_base) >> PAGE_SHIFT);
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

static void map_page(struct build *b, uint64_t va, uint64_t pfn)
{
    uint64_t *table = mfn_ptr(b->root);
    bool is_table = in_range(b->layout.tables, pfn) || in_range(b->layout.p2m_tables, pfn);
    uint64_t flags = PTE_P | PTE_US | PTE_A | PTE_D | (is_table ? 0 : PTE_RW);

    for (enum frame_type level = FRAME_L4; level > FRAME_L1; level--) {
        uint64_t *e = &table[pt_index(va, level)];

        if (!(*e & PTE_P))
            *e = b->p2m[b->next_table++] << PAGE_SHIFT | PTE_TABLE;
        table = mfn_ptr(pte_mfn(*e));
    }
    table[pt_index(va, FRAME_L1)] = b->p2m[pfn] << PAGE_SHIFT | flags;
}

static void build_page_tables(struct build *b)
{
    const struct domain_layout *l = &b->layout;
    long rc;

    b->root = b->p2m[l->tables.start];
    b->next_table = l->tables.start + 1;
    for (uint64_t va = l->virt_base, pfn = 0; va < l->v_end; va += PAGE_SIZE, pfn++)
        map_page(b, va, pfn);
    b->next_table = l->p2m_tables.start;
    for (uint64_t i = 0; i < l->p2m.count && l->p2m_tables.count; i++)
        map_page(b, l->p2m_va + (i << PAGE_SHIFT), l->p2m.start + i);
    do {
        rc = pt_enter(b->d);
        if (rc)
            continue;
        rc = pt_pin(b->d, b->root, FRAME_L4);
        pt_leave(b->d, rc);
    } while (rc == -XEN_ERESTART);
    boot_stop_if(rc, "the first page tables of domain %s were refused (%ld)", b->d->name, rc);
}

static void attach_rings(struct build *b, struct start_info *si)
{
    struct domain *d = b->d;

    if (d->privileged)
        return; /* console_io, and a store is its own to make */
    si->store_mfn = b->p2m[b->layout.store]; /* store_evtchn stays 0 until somebody serves the store */
    d->console_mfn = b->p2m[b->layout.console];
    if (console_attach_ring(d)) {
        si->console.domU.mfn = d->console_mfn;
        si->console.domU.evtchn = d->console_port;
    }
}

static void fill_start_info(struct build *b)
{
    const struct domain_layout *l = &b->layout;
    struct start_info *si = pfn_ptr(b, l->start_info);

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

static void start_vcpu(struct build *b)
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
    boot_stop_if(rc, "the first vcpu of domain %s was refused (%ld)", b->d->name, rc);
    v->initialised = VCPU_READY;
    v->up = true;
}

void domain_build(const struct domain_options *options, domid_t id)
{
    const struct boot_module *kernel = options->kernel, *ramdisk = options->ramdisk;
    const void *file = (const void *)(DIRECT_MAP + kernel->start);
    struct build b = {.options = options};
    struct domain *d;
    uint64_t started = clock_now_ns();

    elf_parse(file, kernel->end - kernel->start, &b.image);
    domain_layout_plan(&b.image, options->memory >> PAGE_SHIFT, ramdisk ? ramdisk->end - ramdisk->start : 0, &b.layout);
    b.d = d = domain_create(id, options->name, (uint32_t)options->vcpus, (uint32_t)b.layout.nr_pages);
    boot_stop_if(!d, "no memory to make domain %s", options->name);
    d->explain = options->explain;
    refuse_explained |= d->explain;
    d->weight = (uint32_t)options->weight;
    d->privileged = options->privileged;
    boot_stop_if(!trace_set(d, (enum trace_mode)options->trace), "no memory to watch domain %s", options->name);
    allocate_memory(&b);
    write_image(&b, file);
    fill_hypercall_page(&b);
    fill_start_info(&b);
    build_page_tables(&b);
    start_vcpu(&b);
    alloc_free_bytes(b.p2m, b.layout.p2m.count << PAGE_SHIFT);
    printk("domain %u is %s: %lu MiB, %u vcpu%s, %s%s%s, entry 0x%lx, built in %lu us", id, d->name,
           options->memory >> 20, d->max_vcpus, d->max_vcpus == 1 ? "" : "s", b.image.guest_os,
           b.image.guest_version[0] ? " " : "", b.image.guest_version, b.image.entry, (clock_now_ns() - started) / 1000);
}
