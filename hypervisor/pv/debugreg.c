/* SPDX-License-Identifier: MIT */
/* set_debugreg and get_debugreg; the CPU's debug registers hold a guest's only while DR7 enables one. */
#include <abi/hypercall_prototypes.h>
#include "domain/refuse.h"
#include "machine/insn.h"
#include "machine/pcpu.h"
#include "pv/address.h"
#include "pv/debugreg.h"

#define DR6_ZERO   0x1000ul /* bit 12 */
#define DR7_ZERO   0xd800ul /* bits 11, 12, 14, 15 */
#define DR7_GD     0x2000ul
#define CR4_DE_BIT 8ul

static void load_address(unsigned int n, uint64_t value)
{
    switch (n) {
    case 0:
        write_dr0(value);
        break;
    case 1:
        write_dr1(value);
        break;
    case 2:
        write_dr2(value);
        break;
    case 3:
        write_dr3(value);
        break;
    }
}

void debugreg_load(struct vcpu *v)
{
    if (!(v->debugreg[7] & DR7_ENABLES))
        return;
    for (unsigned int i = 0; i < 4; i++)
        load_address(i, v->debugreg[i]);
    write_dr6(DR6_RESERVED);
    write_dr7(v->debugreg[7]);
}

void debugreg_save(struct vcpu *v)
{
    if (v->debugreg[7] & DR7_ENABLES)
        write_dr7(DR7_RESERVED);
}

/* DR4 and DR5 are other names of DR6 and DR7 unless the guest has set CR4.DE. 8: no such register. */
static uint32_t register_number(const struct vcpu *v, uint32_t reg)
{
    if (reg == 4 || reg == 5)
        return v->ctrlreg_cr4 & CR4_DE_BIT ? 8 : reg + 2;
    return reg < 8 ? reg : 8;
}

static long set_control(struct vcpu *v, uint64_t value)
{
    value = (value & ~DR7_ZERO) | DR7_RESERVED;
    if (value & DR7_GD)
        return refuse(set_debugreg_eperm_general_detect, value);
    for (unsigned int i = 0; i < 4; i++)
        if ((value >> (2 * i) & 3) && (value >> (16 + 4 * i) & 3) == 2)
            return refuse(set_debugreg_eperm_io_breakpoint, value);
    bool was_active = v->debugreg[7] & DR7_ENABLES;
    v->debugreg[7] = value;
    if (v == current) {
        if (value & DR7_ENABLES)
            debugreg_load(v);
        else if (was_active)
            write_dr7(DR7_RESERVED);
    }
    return 0;
}

long debugreg_set(struct vcpu *v, uint32_t reg, uint64_t value)
{
    uint32_t n = register_number(v, reg);

    if ((n == 6 || n == 7) && value >> 32)
        return refuse(set_debugreg_einval_high_bits, reg, value);
    switch (n) {
    case 0 ... 3:
        if (!guest_range_ok(value, sizeof(uint64_t)))
            return refuse(set_debugreg_eperm_address, reg, value);
        v->debugreg[n] = value;
        if (v == current && v->debugreg[7] & DR7_ENABLES)
            load_address(n, value);
        return 0;
    case 6:
        v->debugreg[6] = (value & ~DR6_ZERO) | DR6_RESERVED;
        return 0;
    case 7:
        return set_control(v, value);
    default:
        return refuse(set_debugreg_enodev_no_such_register, reg);
    }
}

bool debugreg_get(const struct vcpu *v, uint32_t reg, uint64_t *value)
{
    uint32_t n = register_number(v, reg);

    if (n == 8)
        return false;
    *value = v->debugreg[n];
    return true;
}

long hc_set_debugreg(uint64_t reg, uint64_t value)
{
    return debugreg_set(current, (uint32_t)reg, value);
}

long hc_get_debugreg(uint64_t reg)
{
    uint64_t value;

    if (!debugreg_get(current, (uint32_t)reg, &value))
        return refuse(get_debugreg_enodev_no_such_register, (uint32_t)reg);
    return (long)value;
}

void debugreg_in_hypervisor(struct regs *regs)
{
    write_dr6(DR6_RESERVED);
    regs->rflags &= ~RFLAGS_TF;
}
