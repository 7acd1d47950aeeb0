/* SPDX-License-Identifier: MIT
 * A QEMU plugin: counts what an instruction count hides, root loads (mov to cr3) and single-page flushes
 * (invlpg, invpcid), between the marks that the benchmark sets around one run of each row. Writes a line
 * "cr3 invlpg" a pair of marks, in order, to the file given by out=; with trace=on the address of each
 * instruction between them follows. With entry=ADDRESS instead: a line "all hypervisor", how many instructions were
 * executed from the first time at that address to the first mark, and such a line for each pair of marks. One CPU.
 *
 * The declarations are QEMU's plugin interface, version 1; Debian ships no header for it.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum { CALL_TOUCHES_NO_REGISTERS };
enum { INLINE_ADD };

size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t i);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);
void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
                                           void (*cb)(qemu_plugin_id_t, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn, void (*cb)(unsigned, void *),
                                            int flags, void *data);
void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *insn, int op, void *ptr, uint64_t value);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id, void (*cb)(qemu_plugin_id_t, void *), void *data);
int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv);

__attribute__((visibility("default"))) int qemu_plugin_version = 1;

enum kind { OTHER, CR3_LOAD, PAGE_FLUSH, BEGIN, END };

static FILE *out;
static unsigned long counts[END + 1];

#define MOST 20000 /* addresses kept of one run */
static bool trace, between;
static uint64_t path[MOST];
static unsigned steps;

/* Where every hypervisor of the ABI is: slots 256 to 271 of the root. */
#define HYPERVISOR_FIRST 0xffff800000000000ul
#define HYPERVISOR_LAST  0xffff87fffffffffful

static uint64_t entry;
static struct {
    uint64_t all, hypervisor;
} now, before; /* instructions executed; when the entry was reached, or the last BEGIN */

static enum kind classify(const uint8_t *b, size_t n)
{
    static const uint8_t mark[] = {0x0f, 0x1f, 0x80, 0x01, 0x10, 0x56, 0x50};

    if (n == 7 && !memcmp(b, mark, 3) && !memcmp(b + 4, mark + 4, 3))
        return b[3] == 1 ? BEGIN : b[3] == 2 ? END : OTHER;
    if (n >= 5 && b[0] == 0x66 && b[1] == 0x0f && b[2] == 0x38 && b[3] == 0x82)
        return PAGE_FLUSH; /* invpcid */
    if (n >= 1 && (b[0] & 0xf0) == 0x40) { /* REX */
        b++;
        n--;
    }
    if (n < 3 || b[0] != 0x0f)
        return OTHER;
    if (b[1] == 0x22 && (b[2] & 0x38) == 3 << 3)
        return CR3_LOAD;
    if (b[1] == 0x01 && (b[2] & 0x38) == 7 << 3 && b[2] < 0xc0)
        return PAGE_FLUSH;
    return OTHER;
}

static void executed(unsigned cpu, void *data)
{
    enum kind k = (enum kind)(uintptr_t)data;

    (void)cpu;
    counts[k]++;
    if (k == BEGIN) {
        memset(counts, 0, sizeof(counts));
        steps = 0;
        between = true;
    } else if (k == END) {
        between = false;
        fprintf(out, "%lu %lu", counts[CR3_LOAD], counts[PAGE_FLUSH]);
        for (unsigned i = 0; i < steps; i++)
            fprintf(out, " %lx", path[i]);
        fprintf(out, "\n");
    }
}

static void step(unsigned cpu, void *address)
{
    (void)cpu;
    if (between && steps < MOST)
        path[steps++] = (uint64_t)address;
}

static void entered(unsigned cpu, void *data)
{
    (void)cpu, (void)data;
    if (!before.all)
        before = now;
}

static void marked(unsigned cpu, void *data)
{
    static bool booted;
    enum kind k = (enum kind)(uintptr_t)data;

    (void)cpu;
    if (k == END || !booted)
        fprintf(out, "%lu %lu\n", now.all - before.all, now.hypervisor - before.hypervisor);
    booted = true;
    if (k == BEGIN)
        before = now;
}

static void count_from_entry(struct qemu_plugin_insn *insn, enum kind k)
{
    uint64_t address = qemu_plugin_insn_vaddr(insn);

    qemu_plugin_register_vcpu_insn_exec_inline(insn, INLINE_ADD, &now.all, 1);
    if (address >= HYPERVISOR_FIRST && address <= HYPERVISOR_LAST)
        qemu_plugin_register_vcpu_insn_exec_inline(insn, INLINE_ADD, &now.hypervisor, 1);
    if (address == entry)
        qemu_plugin_register_vcpu_insn_exec_cb(insn, entered, CALL_TOUCHES_NO_REGISTERS, NULL);
    if (k == BEGIN || k == END)
        qemu_plugin_register_vcpu_insn_exec_cb(insn, marked, CALL_TOUCHES_NO_REGISTERS, (void *)(uintptr_t)k);
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
    (void)id;
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        enum kind k = classify(qemu_plugin_insn_data(insn), qemu_plugin_insn_size(insn));

        if (entry) {
            count_from_entry(insn, k);
            continue;
        }
        if (trace)
            qemu_plugin_register_vcpu_insn_exec_cb(insn, step, CALL_TOUCHES_NO_REGISTERS,
                                                   (void *)qemu_plugin_insn_vaddr(insn));
        if (k != OTHER)
            qemu_plugin_register_vcpu_insn_exec_cb(insn, executed, CALL_TOUCHES_NO_REGISTERS,
                                                   (void *)(uintptr_t)k);
    }
}

static void ended(qemu_plugin_id_t id, void *data)
{
    (void)id, (void)data;
    fclose(out);
}

__attribute__((visibility("default")))
int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv)
{
    (void)info;
    if (argc < 1 || strncmp(argv[0], "out=", 4) || !(out = fopen(argv[0] + 4, "w")))
        return -1;
    trace = argc > 1 && !strcmp(argv[1], "trace=on");
    if (argc > 1 && !strncmp(argv[1], "entry=", 6))
        entry = strtoull(argv[1] + 6, NULL, 16);
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_atexit_cb(id, ended, NULL);
    return 0;
}
