/* SPDX-License-Identifier: MIT */
/* vcpu_op: vcpus come and go, and what a vcpu registers: its info, its time, its timers. */
#include "pv/pagetable.h"
#include <xen/sched.h>

#define PERIOD_MAX (1ul << 53) /* ns; about a hundred days */

static long op_initialise(struct vcpu *v, const struct vcpu_guest_context *context)
{
    uint8_t was = VCPU_NEW;
    long rc;

    if (!__atomic_compare_exchange_n(&v->initialised, &was, VCPU_BEGUN, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
        return refuse(vcpu_op_eexist_already_initialised, v->id);
    rc = vcpu_set_context(v, context);
    __atomic_store_n(&v->initialised, rc ? VCPU_NEW : VCPU_READY, __ATOMIC_RELEASE);
    return rc;
}

static long op_up(struct vcpu *v)
{
    if (__atomic_load_n(&v->initialised, __ATOMIC_ACQUIRE) != VCPU_READY)
        return refuse(vcpu_op_einval_up_not_initialised, v->id);
    v->up = true;
    sched_wake(v);
    return 0;
}

static long op_down(struct vcpu *v)
{
    struct domain *d = v->domain;

    __atomic_store_n(&v->up, false, __ATOMIC_SEQ_CST);
    sched_sleep(v);
    for (uint32_t i = 0; i < d->max_vcpus; i++)
        if (d->vcpu[i]->up)
            return 0;
    domain_shutdown(d, SHUTDOWN_poweroff); /* that was the last one */
    return 0;
}

static long op_is_up(struct vcpu *v)
{
    return v->up;
}

static long op_get_runstate_info(struct vcpu *v, struct vcpu_runstate_info *info)
{
    sched_runstate(v, info);
    return 0;
}

/* What cannot be written yet is written when it is mapped. */
static long register_area(struct vcpu *v, uint64_t *area, uint64_t va, size_t size)
{
    if (!guest_range_ok(va, size))
        return refuse(guest_copy_efault_write, va, size);
    *area = va;
    time_write_areas(v);
    return 0;
}

static long op_register_runstate_memory_area(struct vcpu *v, const struct vcpu_register_runstate_memory_area *a)
{
    return register_area(v, &v->runstate_va, (uint64_t)a->addr.p, sizeof(struct vcpu_runstate_info));
}

static long op_register_vcpu_time_memory_area(struct vcpu *v, const struct vcpu_register_time_memory_area *a)
{
    return register_area(v, &v->time_va, (uint64_t)a->addr.p, sizeof(struct vcpu_time_info));
}

static long op_set_periodic_timer(struct vcpu *v, const struct vcpu_set_periodic_timer *t)
{
    if (t->period_ns < TIMER_MIN_PERIOD)
        return refuse(vcpu_op_einval_period_too_short, t->period_ns);
    if (t->period_ns > PERIOD_MAX)
        return refuse(vcpu_op_einval_period_too_long, t->period_ns);
    timer_set_period(v, t->period_ns);
    return 0;
}

static long op_stop_periodic_timer(struct vcpu *v)
{
    timer_set_period(v, 0);
    return 0;
}

/* VCPU_SSHOTTMR_future may be ignored, and is: a past time fires at once. */
static long op_set_singleshot_timer(struct vcpu *v, const struct vcpu_set_singleshot_timer *t)
{
    if (v != current)
        return refuse(vcpu_op_einval_other_vcpu, v->id, current->id);
    timer_set(v, TIMER_SINGLESHOT, t->timeout_abs_ns);
    return 0;
}

static long op_stop_singleshot_timer(struct vcpu *v)
{
    if (v != current)
        return refuse(vcpu_op_einval_other_vcpu, v->id, current->id);
    timer_cancel(v, TIMER_SINGLESHOT);
    return 0;
}

static long op_register_vcpu_info(struct vcpu *v, const struct vcpu_register_vcpu_info *r)
{
    struct vcpu_info *info;

    if (r->offset > PAGE_SIZE - sizeof(*info) || r->offset & (_Alignof(struct vcpu_info) - 1))
        return refuse(vcpu_op_enxio_info_offset, r->offset);
    if (v != current && v->up)
        return refuse(vcpu_op_einval_info_running, v->id);
    if (v != current && !sched_is_off(v)) /* it went down, but is still on its pcpu */
        return HYPERCALL_CONTINUED;
    if (!__sync_bool_compare_and_swap(&v->info_mfn, MFN_NONE, r->mfn))
        return refuse(vcpu_op_einval_info_registered, v->id);
    if (!pt_hold_writable(v->domain, r->mfn)) {
        v->info_mfn = MFN_NONE;
        return refuse(vcpu_op_einval_info_frame, r->mfn, pt_owner_of(r->mfn));
    }

    info = (struct vcpu_info *)((char *)mfn_ptr(r->mfn) + r->offset);
    *info = *v->info;
    __atomic_store_n(&v->info, info, __ATOMIC_SEQ_CST);
    /* What was set in the old place meanwhile would be lost: have the guest look at everything. */
    info->evtchn_pending_sel = ~0ul;
    __atomic_store_n(&info->evtchn_upcall_pending, 1, __ATOMIC_SEQ_CST);
    time_update(v);
    return 0;
}

static long op_send_nmi(struct vcpu *v, uint64_t arg)
{
    if (arg)
        return refuse(vcpu_op_einval_nmi_argument, arg);
    __atomic_store_n(&v->nmi_pending, true, __ATOMIC_SEQ_CST);
    if (v->sched.blocked)
        sched_wake(v);
    else
        sched_kick(v);
    return 0;
}

static long op_get_physid(struct vcpu *v)
{
    return refuse(vcpu_op_einval_not_pinned, v->id);
}

static const struct sub_op ops[] = {SUB_OPS_vcpu_op};

long hc_vcpu_op(uint64_t cmd, uint64_t vcpuid, uint64_t extra)
{
    const struct sub_op *op = sub_op_find(ops, cmd);
    struct domain *d = current->domain;
    uint32_t id = (uint32_t)vcpuid;
    long rc;

    if (id >= d->max_vcpus) /* is_up is how a kernel counts its vcpus */
        return cmd == VCPUOP_is_up ? refuse(vcpu_op_enoent_is_up_beyond_last, id, d->max_vcpus)
                                   : refuse(vcpu_op_enoent_no_such_vcpu, id, d->max_vcpus);
    if (!op)
        return refuse(vcpu_op_enosys_unknown_op, (uint32_t)cmd);
    rc = sub_op_call(op, d->vcpu[id], extra);
    return rc == HYPERCALL_CONTINUED ? hypercall_continue(__HYPERVISOR_vcpu_op, 3, cmd, vcpuid, extra) : rc;
}
