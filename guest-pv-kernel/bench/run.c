/* SPDX-License-Identifier: MIT
 * The list of rows, and running one: in the process that asked, with this cpu's events masked. */
#include "arch/expect.h"
#include "bench/rows.h"
#include "bench/run.h"
#include "lib/format.h"
#include "lib/string.h"
#include "process/process.h"

#include <stddef.h>
#include <xen/callback.h>

static const struct bench *const files[] = {
    call_rows, table_rows, trap_rows, event_rows, memory_rows, smp_rows,
};

static const struct bench *bench_find(unsigned index)
{
    for (unsigned f = 0; f < sizeof(files) / sizeof(files[0]); f++)
        for (const struct bench *b = files[f]; b->operation; b++)
            if (!index--)
                return b;
    return NULL;
}

/* Once by way of trial: an answer that is not the right one, or an exception, is no measurement. */
static uint64_t bench_try(uint64_t b)
{
    const struct bench *row = (const struct bench *)b;
    long rc = row->run(row->n);

    if (row->undo)
        row->undo(row->n);
    return rc == row->wants || (!row->wants && rc >= 0) ? 0 : (uint64_t)rc;
}

static void bench_row(const struct bench *b, struct bench_info *info)
{
    struct bench_result r;
    struct expect e;
    uint64_t rc;

    if (!b->run) {
        string_copy(info->why, b->why, sizeof(info->why));
        return;
    }
    if (b->begin && !b->begin(b->n)) {
        string_copy(info->why, "its preparation was refused", sizeof(info->why));
        return;
    }
    rc = expect_run(&e, bench_try, (uint64_t)b);
    if (e.trapped)
        format_buffer(info->why, sizeof(info->why), "raises exception %lu", e.regs.vector);
    else if (rc)
        format_buffer(info->why, sizeof(info->why), "answers %ld", (long)rc);
    else {
        bench_measure(b, &r);
        info->samples = r.samples;
        info->min = r.min;
        info->median = r.median;
    }
    if (b->end)
        b->end(b->n);
}

bool bench_run(unsigned index, struct bench_info *info, bool run)
{
    const struct bench *found = bench_find(index);
    struct bench row;
    bool irq;

    if (!found)
        return false;
    row = *found;
    if (!row.n)
        row.n = (uint16_t)cpu_count;
    string_copy(info->operation, row.operation, sizeof(info->operation));
    string_copy(info->form, row.form, sizeof(info->form));
    info->n = row.n;
    if (!run)
        return true;
    irq = irq_save();
    bench_row(&row, info);
    irq_restore(irq);
    return true;
}

/* ---- handlers for bounces ---- */
extern char bench_syscall[], bench_vector_6[], bench_vector_14[], bench_vector_80[];

static uint64_t bench_handler(unsigned vector)
{
    switch (vector) {
    case 6:
        return (uint64_t)bench_vector_6;
    case 14:
        return (uint64_t)bench_vector_14;
    case 0x80:
        return (uint64_t)bench_vector_80;
    default:
        return 0;
    }
}

void bench_handlers(bool ours)
{
    static struct trap_info table[64];
    struct callback_register syscall = {
        .type = CALLBACKTYPE_syscall,
        .flags = CALLBACKF_mask_events,
        .address = (uint64_t)(ours ? bench_syscall : entry_syscall),
    };
    const struct trap_info *t = trap_table();

    for (unsigned i = 0; t[i].address; i++) {
        table[i] = t[i];
        if (ours && bench_handler(t[i].vector))
            table[i].address = bench_handler(t[i].vector);
    }
    HYPERVISOR_set_trap_table(table);
    HYPERVISOR_callback_op(CALLBACKOP_register, &syscall);
}

/* One root for both rings: what a kernel does that needs no protection from its users. */
void bench_bounces(unsigned mode)
{
    const struct root *r = &current()->space.root;

    bench_handlers(mode != BENCH_BOUNCE_OFF);
    bench_extended(MMUEXT_NEW_USER_BASEPTR,
                   pfn_to_mfn(mode == BENCH_BOUNCE_ONE_ROOT ? r->kernel_pfn : r->user_pfn));
}
