/* SPDX-License-Identifier: MIT */
/*
 * A hypercall as a line of text. Which argument is what, what it points to and what constants are called comes from
 * tables made from abi/spec/; here is only how each kind is written. Guests' structures are read through guest copy.
 */
#include "domain/console.h"
#include "domain/domain.h"
#include "domain/guest_copy.h"
#include "domain/refuse.h"
#include "domain/trace.h"
#include "domain/vcpu.h"
#include "lib/format.h"
#include "lib/string.h"
#include "machine/printk.h"
#include <abi/trace_table.h>

enum kind { HEX, NUMBER, SIGNED, NAMED, FLAGS, POINTER, OUT, SUB_OP, STRUCT, LIST };
/* Of an operation's number: an argument, the structure's first member, its low bits. */
enum where { CALL, FIRST, BITS };

/* An argument, or a member of an operation's structure; in the order of calls. */
static const struct item {
    const char *name;
    uint8_t call, op, place, size, kind, group;
    bool out;
    uint8_t words;
} items[] = {
#define TRACE_ITEM(call, op, name, place, size, kind, group, out, words)                                               \
    {name, call, op, place, size, kind, group, out, words},
#include <abi/trace_table.h>
};

static const struct op {
    const char *name;
    uint16_t size;
    uint8_t call, number, where;
} ops[] = {
#define TRACE_OP(call, number, name, size, where) {name, size, call, number, where},
#include <abi/trace_table.h>
};

static const struct {
    const char *name;
    int64_t value;
    uint8_t group;
} names[] = {
#define TRACE_NAME(group, name, value) {name, value, group},
#include <abi/trace_table.h>
};

#define GROUP_ERRNO   0
#define LIST_SHOWN    2u
#define STRUCT_BYTES  72u  /* what is bigger is shown as an address */
#define CALL_LENGTH   264u /* what is longer is cut, so that the result has its place */

struct text {
    size_t n;
    bool failed; /* the call: what it would have written means nothing */
    char s[CALL_LENGTH + 96];
};

static void PRINTF_LIKE(2, 3) put(struct text *t, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    t->n = min(t->n + format_va(t->s + t->n, sizeof(t->s) - t->n, fmt, ap), sizeof(t->s) - 1);
    va_end(ap);
}

static void put_names(struct text *t, unsigned int group, bool flags, int64_t value)
{
    const char *bar = "";

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        int64_t v = names[i].value;

        if (names[i].group != group || (flags ? !v || (value & v) != v : value != v || *bar))
            continue;
        put(t, "%s%s", bar, names[i].name);
        bar = "|";
        if (flags)
            value &= ~v;
    }
    if (!*bar || (flags && value))
        put(t, flags ? "%s0x%lx" : "%s%ld", bar, value);
}

static void put_value(struct text *t, const struct item *i, uint64_t value)
{
    unsigned int unused = 64 - 8 * i->size;
    int64_t number = (int64_t)(value << unused) >> unused;

    if (i->out && t->failed && i->kind != OUT)
        put(t, "?");
    else if (i->kind == NAMED || i->kind == FLAGS)
        put_names(t, i->group, i->kind == FLAGS, number);
    else if (i->kind == NUMBER)
        put(t, "%lu", value);
    else if (i->kind == SIGNED)
        put(t, "%ld", number);
    else if (i->kind == OUT && value)
        put(t, "&%s", i->name);
    else if (i->kind == HEX || i->kind == SUB_OP || value)
        put(t, "0x%lx", value);
    else
        put(t, "NULL");
}

/* NULL: no such operation. */
static const struct op *find_op(unsigned int call, uint32_t number)
{
    for (size_t i = 0; i < ARRAY_SIZE(ops); i++) {
        if (ops[i].call == call && ops[i].number == number)
            return &ops[i];
    }
    return NULL;
}

static void put_items(struct text *t, unsigned int call, unsigned int op, const char *data, const char *comma);

/* Where structures say themselves what they are, operation 0 tells their size: it is that of all. */
static void put_structs(struct text *t, const struct op *op, uint64_t va, uint32_t count, bool list)
{
    char data[STRUCT_BYTES];

    if (!op || !op->size || op->size > sizeof(data) || !va || !guest_read(data, va, op->size)) {
        put(t, va ? "0x%lx" : "NULL", va);
        return;
    }
    put(t, list && count != 1 ? "[" : "");
    for (uint32_t i = 0; i < min(count, LIST_SHOWN) && guest_read(data, va + i * op->size, op->size); i++) {
        const struct op *each = op;
        bool tell;
        uint32_t first;

        memcpy(&first, data, sizeof(first));
        if (op->where != CALL)
            each = find_op(op->call, op->where == BITS ? first & 7 : first);
        tell = each && (op->where == FIRST || (op->where == BITS && each->number));
        put(t, "%s{%s", i ? ", " : "", tell ? each->name : "");
        if (each)
            put_items(t, each->call, each->number, data, tell ? ", " : "");
        else
            put(t, "%u", first);
        put(t, "}");
    }
    put(t, count > LIST_SHOWN ? ", ...]" : list && count != 1 ? "]" : "");
}

/* All of a structure, or the arguments of a call. */
static void put_items(struct text *t, unsigned int call, unsigned int op, const char *data, const char *comma)
{
    const struct op *sub_op = find_op(call, 0);

    for (const struct item *i = items; i < items + ARRAY_SIZE(items); i++) {
        uint64_t value = 0, next;

        if (i->call != call || i->op != op)
            continue;
        memcpy(&value, data + i->place, i->size);
        put(t, "%s", comma);
        comma = ", ";
        if (op != TRACE_ARGUMENT)
            put(t, "%s=", i->name);
        if (i->kind == SUB_OP)
            sub_op = find_op(call, (uint32_t)value);
        if (i->kind == SUB_OP && sub_op) {
            put(t, "%s", sub_op->name);
        } else if (i->kind == STRUCT || i->kind == LIST) {
            memcpy(&next, data + i->place + sizeof(value), sizeof(next));
            put_structs(t, sub_op, value, i->kind == LIST ? (uint32_t)next & INT32_MAX : 1, i->kind == LIST);
        } else {
            put_value(t, i, value);
        }
    }
}

void trace_print(const struct vcpu *v, const struct trace_call *c, long result)
{
    const char *name = refuse_call_name(c->nr);
    struct text t = {.failed = result < 0};

    put(&t, "d%uv%u %s%s(", v->domain->id, v->id, c->in_multicall ? "  " : "", name ? name : "hypercall");
    if (name)
        put_items(&t, (unsigned int)c->nr, TRACE_ARGUMENT, (const char *)c->arg, "");
    else
        put(&t, "%lu", c->nr);
    if (t.n > CALL_LENGTH) {
        t.n = CALL_LENGTH;
        put(&t, "...");
    }
    put(&t, ") = ");
    if (c->continued)
        put(&t, "?, to be continued");
    else if ((uint64_t)result < 0x10000 || (uint64_t)-result >= 4096)
        put(&t, result < 0x10000 && result >= 0 ? "%ld" : "0x%lx", result);
    else
        put_names(&t, GROUP_ERRNO, false, result);
    put(&t, " <%lu ticks>%s%s", c->ticks, c->row ? " " : "", c->row ? refuse_row_id(c->row) : "");
    console_wait(); /* what is watched is to be seen whole: a domain gets as slow as the line */
    printk("%s", t.s);
}

unsigned int trace_pack(const struct trace_call *c, uint32_t *words)
{
    unsigned int n = 1;

    words[0] = (uint32_t)c->nr & 0xfffff;
    for (const struct item *i = items; i < items + ARRAY_SIZE(items) && i->call <= c->nr; i++) {
        if (i->call != c->nr || i->op != TRACE_ARGUMENT || !i->words)
            continue;
        words[0] |= (uint32_t)i->words << (20 + 2 * i->place / 8);
        memcpy(&words[n], &c->arg[i->place / 8], i->words * sizeof(*words));
        n += i->words;
    }
    return n;
}
