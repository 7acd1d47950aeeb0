/* SPDX-License-Identifier: MIT */
/* A hypercall as a line of text and as words of a record: each kind of argument, and calls that a hostile guest might make. */
#include "fake_domain.h"
#include "domain/console.h"
#include "domain/trace.h"
#include <xen/event_channel.h>
#include <xen/grant_table.h>
#include <xen/memory.h>
#include <xen/sched.h>

static struct domain *d;

/* What the line stands on: always ready. */
void console_wait(void)
{
}

static int setup(void **state)
{
    (void)state;
    fake_domain_reset(1);
    d = fake_domain_new(3, 2);
    fake_on(0);
    fake_current(d->vcpu[1]);
    return 0;
}

#define CALL(name, ...) ((struct trace_call){.nr = __HYPERVISOR_##name, .arg = {__VA_ARGS__}, .ticks = 9})
#define SAYS(call, result, text)                                                                   \
    do {                                                                                           \
        struct trace_call call_ = call;                                                            \
        trace_print(d->vcpu[1], &call_, result);                                                   \
        assert_string_equal(fake_said, "d3v1 " text);                                              \
    } while (0)

static void test_numbers_and_names(void **state)
{
    (void)state;
    SAYS(CALL(fpu_taskswitch, (uint32_t)-1), 0, "fpu_taskswitch(-1) = 0 <9 ticks>");
    SAYS(CALL(stack_switch, 0xe02b, 0x1000), 0, "stack_switch(0xe02b, 0x1000) = 0 <9 ticks>");
    SAYS(CALL(update_va_mapping, 0x1000, 0, UVMF_INVLPG | UVMF_ALL), 0, "update_va_mapping(0x1000, 0x0, UVMF_ALL|UVMF_INVLPG) = 0 <9 ticks>");
    SAYS(CALL(update_va_mapping, 0x1000, 0, 0), 0, "update_va_mapping(0x1000, 0x0, 0x0) = 0 <9 ticks>");
    SAYS(CALL(vm_assist, VMASST_CMD_enable, VMASST_TYPE_writable_pagetables), 0,
         "vm_assist(VMASST_CMD_enable, VMASST_TYPE_writable_pagetables) = 0 <9 ticks>");
    SAYS(CALL(vm_assist, 77, 77), -38, "vm_assist(0x4d, 77) = -ENOSYS <9 ticks>");
    SAYS(CALL(set_timer_op, 123456789012), 0, "set_timer_op(123456789012) = 0 <9 ticks>");
    SAYS(CALL(get_debugreg, 6), 0xffff0ff0, "get_debugreg(6) = 0xffff0ff0 <9 ticks>");
    SAYS(CALL(multicall, 0, 1), -14, "multicall(NULL, 1) = -EFAULT <9 ticks>");
}

static void test_structures(void **state)
{
    struct evtchn_bind_virq bind = {.virq = VIRQ_TIMER, .vcpu = 1, .port = 7};
    struct mmu_update updates[3] = {{0x1000, 2}, {0x2001, 3}, {0x3000, 4}};
    struct mmuext_op ext = {.cmd = MMUEXT_PIN_L4_TABLE, .arg1.mfn = 0x77};
    struct sched_shutdown shutdown = {.reason = 99};

    (void)state;
    SAYS(CALL(event_channel_op, EVTCHNOP_bind_virq, (uint64_t)&bind), 0,
         "event_channel_op(EVTCHNOP_bind_virq, {virq=VIRQ_TIMER, vcpu=1, port=7}) = 0 <9 ticks>");
    SAYS(CALL(event_channel_op, EVTCHNOP_bind_virq, (uint64_t)&bind), -17,
         "event_channel_op(EVTCHNOP_bind_virq, {virq=VIRQ_TIMER, vcpu=1, port=?}) = -EEXIST <9 ticks>");
    SAYS(CALL(event_channel_op, EVTCHNOP_bind_virq, BAD_POINTER), -14,
         "event_channel_op(EVTCHNOP_bind_virq, 0xffff800000000000) = -EFAULT <9 ticks>");
    SAYS(CALL(mmu_update, (uint64_t)updates, 3, 0, DOMID_SELF), 0,
         "mmu_update([{ptr=0x1000, val=0x2}, {MMU_MACHPHYS_UPDATE, ptr=0x2001, val=0x3}, ...], 3, NULL, DOMID_SELF) = 0 <9 ticks>");
    SAYS(CALL(mmu_update, (uint64_t)updates, 0x80000001, 8, 5), 0, "mmu_update({ptr=0x1000, val=0x2}, 2147483649, &done, 5) = 0 <9 ticks>");
    SAYS(CALL(mmuext_op, (uint64_t)&ext, 1, 0, DOMID_SELF), 0, "mmuext_op({MMUEXT_PIN_L4_TABLE, arg1.mfn=0x77}, 1, NULL, DOMID_SELF) = 0 <9 ticks>");
    ext.cmd = 1000;
    SAYS(CALL(mmuext_op, (uint64_t)&ext, 1, 0, DOMID_SELF), -38, "mmuext_op({1000}, 1, NULL, DOMID_SELF) = -ENOSYS <9 ticks>");
    SAYS(CALL(sched_op, SCHEDOP_shutdown, (uint64_t)&shutdown), 0, "sched_op(SCHEDOP_shutdown, {reason=99}) = 0 <9 ticks>");
}

static void test_row_and_continuation(void **state)
{
    struct trace_call c = CALL(sched_op, SCHEDOP_yield);

    (void)state;
    c.row = REFUSAL_guest_copy_efault_read;
    c.in_multicall = true;
    trace_print(d->vcpu[1], &c, -14);
    assert_string_equal(fake_said, "d3v1   sched_op(SCHEDOP_yield, NULL) = -EFAULT <9 ticks> guest_copy.efault.read");
    c.row = 0;
    c.continued = true;
    trace_print(d->vcpu[1], &c, 29);
    assert_string_equal(fake_said, "d3v1   sched_op(SCHEDOP_yield, NULL) = ?, to be continued <9 ticks>");
}

static void test_record(void **state)
{
    struct trace_call grant = CALL(grant_table_op, GNTTABOP_copy, 0x1234567800, 9), stack = CALL(stack_switch, 0xe02b, 0x1122334455667788);
    uint32_t words[TRACE_WORDS];

    (void)state;
    assert_int_equal(trace_pack(&grant, words), 3); /* the list is memory: not recorded */
    assert_int_equal(words[0], __HYPERVISOR_grant_table_op | 1u << 20 | 1u << 24);
    assert_true(words[1] == GNTTABOP_copy && words[2] == 9);
    assert_int_equal(trace_pack(&stack, words), 5);
    assert_int_equal(words[0], __HYPERVISOR_stack_switch | 2u << 20 | 2u << 22);
    assert_true(words[3] == 0x55667788 && words[4] == 0x11223344);
}

/* Any call with any numbers, and structures of random bytes: the line fits, and nothing beyond the structures is read. */
static void test_hostile(void **state)
{
    uint64_t seed = 11, args[6];
    char *memory = malloc(2 * 72);
    uint32_t words[TRACE_WORDS];

    (void)state;
    for (unsigned int i = 0; i < 100000; i++) {
        struct trace_call c = {.nr = unit_below(&seed, HYPERCALL_COUNT), .row = (uint32_t)unit_below(&seed, REFUSAL_COUNT)};
        bool list = c.nr == __HYPERVISOR_mmu_update || c.nr == __HYPERVISOR_mmuext_op;

        for (unsigned int n = 0; n < 2 * 72; n++)
            memory[n] = (char)(unit_below(&seed, 3) ? unit_random(&seed) : unit_below(&seed, 30));
        for (unsigned int n = 0; n < 6; n++)
            args[n] = unit_below(&seed, 2) ? unit_random(&seed) | BAD_POINTER : (uint64_t)memory;
        if (!list && unit_below(&seed, 4))
            args[0] = unit_below(&seed, 20);
        memcpy(c.arg, args, sizeof(args));
        c.ticks = unit_random(&seed);
        trace_print(d->vcpu[1], &c, (long)(unit_below(&seed, 2) ? unit_random(&seed) : -unit_below(&seed, 200)));
        assert_true(strlen(fake_said) < 384 && strstr(fake_said, " ticks>"));
        assert_in_range(trace_pack(&c, words), 1, TRACE_WORDS);
    }
    free(memory);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, fake_domain_end)
    const struct CMUnitTest tests[] = {
        T(test_numbers_and_names), T(test_structures), T(test_row_and_continuation), T(test_record), T(test_hostile),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
