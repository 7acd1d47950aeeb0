/* SPDX-License-Identifier: MIT */
/* What a vcpu has: descriptors, its own life, callbacks, breakpoints, handlers, events. */
#include "fuzz.h"

void do_descriptors(struct player *r)
{
    uint64_t *frames = (uint64_t *)r->scratch;
    uint64_t d = PICK(r, 0, 0x00affb000000ffff, 0x00cffb000000ffff, 0x00cf93000000ffff, 0x0000e20000000000,
                      0x0000ec00e0330000, 0x00008c00e0080000, 0x0000890000000067, random(r), random(r) | 1ul << 47);

    switch (random(r) % 4) {
    case 0:
        for (unsigned int i = 0; i < 16; i++)
            frames[i] = a_mfn(r);
        call(r, set_gdt, one_in(r, 12) ? a_va(r) : (uint64_t)frames,
             PICK(r, 0, 1, 512, 513, 1024, 7168, 7169, random(r)));
        break;
    case 1:
    case 2:
        call(r, update_descriptor, a_mfn(r) << 12 | (random(r) & (one_in(r, 8) ? 0xfff : 0xff8)), d);
        break;
    default: { /* mov %edi, %ds/%es/%fs/%gs; xor; ret. Or a far load through the table */
        uint8_t code[] = {0x8e, (uint8_t)PICK(r, 0xdf, 0xc7, 0xe7, 0xef), 0x31, 0xc0, 0xc3};

        memcpy(r->code, code, sizeof(code));
        call_code(r, r->code, (uint64_t[14]){one_in(r, 8) ? random(r) & 0xffff : (random(r) % 64 * 8) | 7});
    }
    }
}

void do_vcpu(struct player *r)
{
    unsigned int op = (unsigned int)PICK(r, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 13, 5, 10), who = r->id;
    struct vcpu_guest_context *context = (struct vcpu_guest_context *)r->scratch;

    if (op == VCPUOP_initialise) {
        who = n_vcpus + random(r) % 3; /* beyond those that play */
        vcpu_context(context, NULL, 0);
        context->user_regs.rip = (uint64_t)guard_spare;
        context->user_regs.rsi = who;
        if (one_in(r, 20)) /* one that is a root has nothing of us */
            context->ctrlreg[3] = xen_pfn_to_cr3(a_mfn(r));
        context->ctrlreg[1] = one_in(r, 3) ? xen_pfn_to_cr3(a_mfn(r)) : 0;
        if (one_in(r, 4) && (!context->ctrlreg[1] || one_in(r, 50)))
            context->flags = random(r) & ~4ul; /* in user mode */
        context->gdt_ents = one_in(r, 2) ? 0 : (uint64_t)PICK(r, 1, 512, 1024, 8192);
        for (unsigned int i = 0; i < 16; i++)
            context->gdt_frames[i] = a_mfn(r);
        if (one_in(r, 40))
            ((uint64_t *)context)[random(r) % (sizeof(*context) / 8)] = a_number(r);
    } else if (op <= VCPUOP_down) {
        who = n_vcpus + random(r) % 3;
    } else if (op == VCPUOP_register_vcpu_info) {
        who = n_vcpus + random(r) % 3;
        if (one_in(r, 200))
            who = r->id;
        *(struct vcpu_register_vcpu_info *)context = (struct vcpu_register_vcpu_info){
            .mfn = a_mfn(r), .offset = (uint32_t)(random(r) & (one_in(r, 2) ? 0xfff : 0xfc0))};
    } else {
        *(uint64_t *)context = one_in(r, 3) ? a_number(r) : a_va(r);
        if (one_in(r, 4))
            who = random(r) % 5;
    }
    call(r, vcpu_op, op, who, one_in(r, 20) ? a_va(r) : (uint64_t)context);
}

void do_callbacks(struct player *r)
{
    struct callback_register *c = (struct callback_register *)r->scratch;

    if (one_in(r, 2)) {
        call(r, set_callbacks, a_number(r) | 1, a_number(r) | 1, a_number(r) | 1);
        if (one_in(r, 2))
            call(r, xen_version, 0);
        call(r, set_callbacks, event_entry, failsafe_entry, 0);
        return;
    }
    c->type = (uint16_t)random(r) % 9;
    c->flags = (uint16_t)random(r) % 4;
    c->address = one_in(r, 4) ? a_number(r) : (uint64_t)event_entry;
    call(r, callback_op, random(r) % 3, one_in(r, 12) ? a_va(r) : (uint64_t)c);
    call(r, set_callbacks, event_entry, failsafe_entry, 0);
}

void do_debugreg(struct player *r)
{
    unsigned int n = random(r) % 9;
    uint64_t va = one_in(r, 2) ? HYPERVISOR_TEXT + random(r) % 0x40000 : a_va(r);

    if (n == 7)
        va = random(r) & random(r) & PICK(r, 0xffffffff, 0xffff07ff, ~0ul);
    call(r, set_debugreg, n, va);
    call(r, get_debugreg, random(r) % 9);
    if (one_in(r, 2))
        call(r, set_debugreg, 7, 0);
}

void do_traps(struct player *r)
{
    struct trap_info *t = (struct trap_info *)r->scratch;

    for (unsigned int i = 0; i < 4; i++)
        t[i] = (struct trap_info){(uint8_t)random(r), (uint8_t)random(r), (uint16_t)random(r), a_number(r)};
    t[4].address = one_in(r, 2) ? 0 : 1;
    memset(&t[5], 0, sizeof(t[0]));
    call(r, set_trap_table, one_in(r, 8) ? a_va(r) : (uint64_t)t);
    call(r, set_trap_table, traps);
}

void do_events(struct player *r)
{
    uint32_t *op = (uint32_t *)r->scratch;

    for (unsigned int i = 0; i < 8; i++)
        op[i] = (uint32_t)(one_in(r, 6) ? random(r) : random(r) % 40);
    if (one_in(r, 2))
        *(domid_t *)op = DOMID_SELF;
    if (one_in(r, 4))
        ((domid_t *)op)[1] = DOMID_SELF;
    call(r, event_channel_op, random(r) % 15, one_in(r, 16) ? a_va(r) : (uint64_t)op);
    if (one_in(r, 4)) {
        struct sched_poll poll = {.nr_ports = (unsigned int)a_number(r), .timeout = 1};

        set_xen_guest_handle(poll.ports, (evtchn_port_t *)a_va(r));
        call(r, sched_op, PICK(r, SCHEDOP_yield, SCHEDOP_poll, 7), &poll);
    }
    if (one_in(r, 40))
        shared_info->evtchn_mask[random(r) % 2] ^= random(r);
}
