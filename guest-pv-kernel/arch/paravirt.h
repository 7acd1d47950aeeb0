/* SPDX-License-Identifier: MIT
 * What the files of arch/ (and selftest/ and bench/) share among themselves and the kernel above never
 * sees. */
#ifndef ARCH_PARAVIRT_H
#define ARCH_PARAVIRT_H

#include "arch/hypercall.h"
#include "arch/seam.h"

#include <xen/event_channel.h>
#include <xen/features.h>
#include <xen/memory.h>
#include <xen/sched.h>
#include <xen/vcpu.h>
#include <xen/version.h>

extern char _text[], _etext[], _erodata[], _end[];
extern char boot_stack[];
extern struct start_info start_info; /* our copy of the builder's page */
/* A page of our image, over which the hypervisor's page is mapped. */
extern char shared_info_page[] __attribute__((aligned(PAGE_SIZE)));
#define SHARED_INFO ((struct shared_info *)shared_info_page)

/* Frames of the image, by address. */
static inline uint64_t image_pfn(const void *va)
{
    return ((uint64_t)va - VIRT_BASE) >> PAGE_SHIFT;
}

/* pfn -> mfn is our table, mfn -> pfn the hypervisor's. */
extern uint64_t *p2m;
#define MACHINE_TO_PHYS ((const uint64_t *)0xffff800000000000UL)

static inline uint64_t pfn_to_mfn(uint64_t pfn)
{
    return p2m[pfn];
}

static inline uint64_t address_to_mfn(const void *va)
{
    uint64_t a = (uint64_t)va;

    return p2m[a >= VIRT_BASE ? image_pfn(va) : (a - DIRECT_BASE) >> PAGE_SHIFT];
}

void paging_setup(void);
void paging_report_p2m(void);
long paging_protect(uint64_t pfn, uint64_t flags); /* direct map's right to one frame */

typedef void (*event_handler)(uint16_t port);
void event_setup_cpu(void);
void event_bind(uint16_t port, unsigned cpu, event_handler handler);
void event_mask(uint16_t port);
void event_unmask(uint16_t port);
void event_dispatch(void);
bool event_console_port(uint16_t *port);

void cpu_register(unsigned id);
void clock_setup_cpu(void);
void trap_setup_cpu(void);
const struct trap_info *trap_table(void);

/* entry.S */
extern char entry_event[], entry_failsafe[], entry_syscall[], entry_syscall32[];
extern const uint64_t entry_vectors[];

#endif
