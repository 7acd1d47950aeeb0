/* SPDX-License-Identifier: MIT */
/* set_debugreg and get_debugreg; the CPU's debug registers hold a guest's only while DR7 enables one. */
#include "machine/insn.h"
#include "pv/pv.h"
#include "pv/vcpu_state.h"

#define DR6_ZERO     0x1000ul /* bit 12 */
#define DR7_ZERO     0xd800ul /* bits 11, 12, 14, 15 */
#define DR7_RESERVED 0x400ul
#define DR7_ENABLES  0xfful
#define DR7_GD       0x2000ul

void debugreg_load(struct vcpu *v)
{
    if (!(v->debugreg[7] & DR7_ENABLES))
        return;
    write_dr0(v->debugreg[0]);
    write_dr1(v->debugreg[1]);
    write_dr2(v->debugreg[2]);
    write_dr3(v->debugreg[3]);
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
        return v->ctrlreg_cr4 & CR4_DE ? 8 : reg + 2;
    return min(reg, 8u);
}

/* Why a value cannot be, and it without the bits that are not its own. */
static long check(uint32_t n, uint32_t reg, uint64_t *value)
{
    if (n == 8)
        return refuse(set_debugreg_enodev_no_such_register, reg);
    if (n < 4)
        return address_guest(*value) ? 0 : refuse(set_debugreg_eperm_address, reg, *value);
    if (*value >> 32)
        return refuse(set_debugreg_einval_high_bits, reg, *value);
    if (n == 6) {
        *value = (*value & ~DR6_ZERO) | DR6_RESERVED;
        return 0;
    }
    *value = (*value & ~DR7_ZERO) | DR7_RESERVED;
    if (*value & DR7_GD)
        return refuse(set_debugreg_eperm_general_detect, *value);
    for (unsigned int i = 0; i < 4; i++)
        if ((*value >> (2 * i) & 3) && (*value >> (16 + 4 * i) & 3) == 2)
            return refuse(set_debugreg_eperm_io_breakpoint, *value);
    return 0;
}

long debugreg_set(struct vcpu *v, uint32_t reg, uint64_t value)
{
    uint32_t n = register_number(v, reg);
    long rc = check(n, reg, &value);

    if (rc)
        return rc;
    if (v == current && n != 6)
        debugreg_save(v);
    v->debugreg[n] = value;
    if (v == current && n != 6)
        debugreg_load(v);
    return 0;
}

bool debugreg_get(const struct vcpu *v, uint32_t reg, uint64_t *value)
{
    uint32_t n = register_number(v, reg);

    if (n < 8)
        *value = v->debugreg[n];
    return n < 8;
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
