/* SPDX-License-Identifier: MIT */
/*
 * Refusals (refuse.h): counted by row, kept per pcpu for whoever wants to know more than an errno, and told on the
 * console. A guest that is refused in a loop gets LINES lines per second and then silence till the next.
 */
#include "domain/refuse.h"
#include "domain/domain.h"
#include "domain/vcpu.h"
#include "lib/format.h"
#include "machine/clock.h"
#include "machine/pcpu.h"
#include "machine/printk.h"

#define LINES 20u
#define PER_NS 1000000000ul

static const struct {
    const char *id, *errname, *explain;
} rows[REFUSAL_COUNT] = {
#define REFUSAL(symbol, id, errnr, errname, values, explain) [REFUSAL_##symbol] = {id, errname, explain},
#include <abi/refusal_table.h>
};

static const char *const call_names[] = {
#define DECODE_CALL(number, name, nargs, args) [number] = name,
#define DECODE_OP(number, op, name)
#include <abi/decode_table.h>
};

bool refuse_rows, refuse_explained;
uint32_t refuse_hits[REFUSAL_COUNT];

/* Which entry of a batch is worked on: good for the hypercall that said so, told by the vcpu's count of them. */
static uint64_t batch_call[PCPU_MAX];
uint32_t refuse_batch_index[PCPU_MAX];

void refuse_index(unsigned int index)
{
    batch_call[this_cpu()->id] = current->hypercalls;
    refuse_batch_index[this_cpu()->id] = index;
}

/* False when this domain has had its lines for now. */
static bool may_print(struct domain *d)
{
    uint64_t now = clock_now_ns();

    if (!d->explain)
        return false;
    if (now - d->explain_since > PER_NS) {
        if (d->explain_lines > LINES)
            log_info("d%u: %u more refusals", d->id, d->explain_lines - LINES);
        d->explain_since = now;
        d->explain_lines = 0;
    }
    return ++d->explain_lines <= LINES;
}

const char *refuse_call_name(uint64_t nr)
{
    return nr < ARRAY_SIZE(call_names) ? call_names[nr] : NULL;
}

const char *refuse_row_id(uint32_t id)
{
    return rows[id].id;
}

/* The hypercall by its number in rax: a guest's frame keeps it until the result is written. */
static const char *call_name(const struct vcpu *v)
{
    const char *name = v->in_multicall ? "multicall" : refuse_call_name(guest_regs()->rax);

    return name ? name : "hypercall";
}

void refuse_tell(void)
{
    const struct pcpu *cpu = this_cpu();
    const struct vcpu *v = cpu->vcpu;
    const uint32_t id = cpu->refusal;
    char text[288], where[16] = "";

    if (!v || REFUSAL_IS_PROBE(id) || !may_print(v->domain))
        return;
    if (batch_call[cpu->id] == v->hypercalls && v->hypercalls)
        format(where, sizeof(where), "[%u]", refuse_batch_index[cpu->id]);
    format_braces(text, sizeof(text), rows[id].explain, cpu->refusal_value);
    printk("d%uv%u %s%s refused %s%s: %s (%s)", v->domain->id, v->id, call_name(v), where,
           rows[id].errname[0] == 'E' ? "-" : "", rows[id].errname, text, rows[id].id);
}

void refuse_record(uint32_t id, unsigned int n, const uint64_t *values)
{
    struct pcpu *cpu = this_cpu();

    refuse_hits[id]++;
    cpu->refusal = id;
    cpu->refusal_n = n;
    for (unsigned int i = 0; i < n; i++)
        cpu->refusal_value[i] = values[i];
    if (unlikely(refuse_explained))
        refuse_tell();
}

void refuse_fatal(const char *what, uint32_t id, const uint64_t *values)
{
    char text[288];

    refuse_hits[id]++;
    format_braces(text, sizeof(text), rows[id].explain, values);
    log_error("%s: %s (%s)", what, text, rows[id].id);
}

void refuse_dump_rows(void)
{
    for (uint32_t id = 1; id < REFUSAL_COUNT; id++) {
        if (refuse_hits[id])
            printk("row: %s %u", rows[id].id, refuse_hits[id]);
    }
}
