/* SPDX-License-Identifier: MIT */
/* vcpu_op: vcpus come and go, and what a vcpu registers: its info, its time, its timers. */
#include "pv/pagetable.h"
#include <xen/sched.h>

#define PERIOD_MAX (1ul << 53) /* ns; about a hundred days */

/* A vcpu that went down may still be on its pcpu: what changes its insides waits until it is not. */
#define VCPU_BUSY HYPERCALL_CONTINUED

static long initialise(struct vcpu *v, void *args)
{
    struct vcpu_guest_context context; /* too big for sub_op_call() */
    uint64_t arg = *(uint64_t *)args;
    long rc;

    if (!guest_read(&context, arg, sizeof(context)))
        return refuse(guest_copy_efault_read, arg, sizeof(context));
    if (v->initialised || __atomic_exchange_n(&v->initialising, true, __ATOMIC_SEQ_CST))
        return refuse(vcpu_op_eexist_already_initialised, v->id);
    /* Again: who was initialising it at the first look may have been done at the second. */
    rc = v->initialised ? refuse(vcpu_op_eexist_already_initialised, v->id) : vcpu_set_context(v, &context);
    if (rc == 0)
        __atomic_store_n(&v->initialised, true, __ATOMIC_RELEASE);
    v->initialising = false;
    return rc == -XEN_ERESTART ? VCPU_BUSY : rc;
}

static long up(struct vcpu *v, void *args UNUSED)
{
    if (!__atomic_load_n(&v->initialised, __ATOMIC_ACQUIRE))
        return refuse(vcpu_op_einval_up_not_initialised, v->id);
    v->up = true;
    sched_wake(v);
    return 0;
}

static long down(struct vcpu *v, void *args UNUSED)
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

static long is_up(struct vcpu *v, void *args UNUSED)
{
    return v->up;
}

static long get_runstate_info(struct vcpu *v, void *info)
{
    memset(info, 0, sizeof(struct vcpu_runstate_info));
    sched_runstate(v, info);
    return 0;
}

static long register_runstate_memory_area(struct vcpu *v, void *args)
{
    uint64_t va = ((struct vcpu_register_runstate_memory_area *)args)->addr.p;
    struct vcpu_runstate_info info = {0};

    if (!guest_range_ok(va, sizeof(info)))
        return refuse(guest_copy_efault_write, va, sizeof(info));
    v->runstate_va = va;
    /* If it is not mapped yet, it is written when it is. */
    sched_runstate(v, &info);
    if (va)
        guest_write(va, &info, sizeof(info));
    return 0;
}

static long register_vcpu_time_memory_area(struct vcpu *v, void *args)
{
    uint64_t va = ((struct vcpu_register_time_memory_area *)args)->addr.p;

    if (!guest_range_ok(va, sizeof(struct vcpu_time_info)))
        return refuse(guest_copy_efault_write, va, sizeof(struct vcpu_time_info));
    v->time_va = va;
    if (v == current)
        time_write_areas(v);
    else
        v->time.areas_stale = true;
    return 0;
}

static long set_periodic_timer(struct vcpu *v, void *args)
{
    uint64_t period = ((struct vcpu_set_periodic_timer *)args)->period_ns;

    if (period < TIMER_MIN_PERIOD)
        return refuse(vcpu_op_einval_period_too_short, period);
    if (period > PERIOD_MAX)
        return refuse(vcpu_op_einval_period_too_long, period);
    timer_set_period(v, period);
    return 0;
}

static long stop_periodic_timer(struct vcpu *v, void *args UNUSED)
{
    timer_set_period(v, 0);
    return 0;
}

/* VCPU_SSHOTTMR_future may be ignored, and is: a past time fires at once. */
static long set_own_timer(struct vcpu *v, void *args)
{
    timer_set(v, TIMER_SINGLESHOT, ((struct vcpu_set_singleshot_timer *)args)->timeout_abs_ns);
    return 0;
}

static long set_singleshot_timer(struct vcpu *v, void *args)
{
    static const struct sub_op own = SUB_OP(set_own_timer, struct vcpu_set_singleshot_timer);

    if (v != current)
        return refuse(vcpu_op_einval_other_vcpu, v->id, current->id);
    return sub_op_call(&own, v, *(uint64_t *)args);
}

static long stop_singleshot_timer(struct vcpu *v, void *args UNUSED)
{
    if (v != current)
        return refuse(vcpu_op_einval_other_vcpu, v->id, current->id);
    timer_cancel(v, TIMER_SINGLESHOT);
    return 0;
}

static struct vcpu_info *take_info_frame(const struct domain *d, uint64_t mfn, uint32_t offset)
{
    if (!frame_valid(mfn) || !frame_get(frame_of(mfn), d))
        return NULL;
    if (!frame_get_writable(frame_of(mfn))) {
        frame_put(frame_of(mfn));
        return NULL;
    }
    return (struct vcpu_info *)((char *)mfn_ptr(mfn) + offset);
}

static long register_vcpu_info(struct vcpu *v, void *args)
{
    struct vcpu_register_vcpu_info r = *(struct vcpu_register_vcpu_info *)args;
    struct vcpu_info *info;

    if (r.offset > PAGE_SIZE - sizeof(*info) || r.offset & (_Alignof(struct vcpu_info) - 1))
        return refuse(vcpu_op_enxio_info_offset, r.offset);
    if (v->info_mfn != MFN_NONE)
        return refuse(vcpu_op_einval_info_registered, v->id);
    if (v != current && v->up)
        return refuse(vcpu_op_einval_info_running, v->id);
    if (v != current && !sched_is_off(v))
        return VCPU_BUSY;
    info = take_info_frame(v->domain, r.mfn, r.offset);
    if (!info)
        return refuse(vcpu_op_einval_info_frame, r.mfn, pt_owner_of(r.mfn),
                      frame_valid(r.mfn) ? frame_type(frame_of(r.mfn)) : 0);
    if (!__sync_bool_compare_and_swap(&v->info_mfn, MFN_NONE, r.mfn)) {
        frame_put_writable(frame_of(r.mfn));
        frame_put(frame_of(r.mfn));
        return refuse(vcpu_op_einval_info_registered, v->id);
    }

    *info = *v->info;
    __atomic_store_n(&v->info, info, __ATOMIC_SEQ_CST);
    /* What was set in the old place meanwhile would be lost: have the guest look at everything. */
    info->evtchn_pending_sel = ~0ul;
    __atomic_store_n(&info->evtchn_upcall_pending, 1, __ATOMIC_SEQ_CST);
    time_update(v);
    return 0;
}

static long send_nmi(struct vcpu *v, void *args)
{
    uint64_t arg = *(uint64_t *)args;

    if (arg)
        return refuse(vcpu_op_einval_nmi_argument, arg);
    v->nmi_pending = true;
    if (v == current)
        this_cpu()->attention = true;
    if (v->sched.blocked)
        sched_wake(v);
    else
        sched_kick_vcpu(v);
    return 0;
}

static long get_physid(struct vcpu *v, void *args UNUSED)
{
    return refuse(vcpu_op_einval_not_pinned, v->id);
}

static const struct sub_op ops[] = {
    [VCPUOP_initialise] = SUB_OP_PLAIN(initialise),
    [VCPUOP_up] = SUB_OP_PLAIN(up),
    [VCPUOP_down] = SUB_OP_PLAIN(down),
    [VCPUOP_is_up] = SUB_OP_PLAIN(is_up),
    [VCPUOP_get_runstate_info] = SUB_OP_RETURNS(get_runstate_info, struct vcpu_runstate_info),
    [VCPUOP_register_runstate_memory_area] =
        SUB_OP(register_runstate_memory_area, struct vcpu_register_runstate_memory_area),
    [VCPUOP_set_periodic_timer] = SUB_OP(set_periodic_timer, struct vcpu_set_periodic_timer),
    [VCPUOP_stop_periodic_timer] = SUB_OP_PLAIN(stop_periodic_timer),
    [VCPUOP_set_singleshot_timer] = SUB_OP_PLAIN(set_singleshot_timer),
    [VCPUOP_stop_singleshot_timer] = SUB_OP_PLAIN(stop_singleshot_timer),
    [VCPUOP_register_vcpu_info] = SUB_OP(register_vcpu_info, struct vcpu_register_vcpu_info),
    [VCPUOP_send_nmi] = SUB_OP_PLAIN(send_nmi),
    [VCPUOP_get_physid] = SUB_OP_PLAIN(get_physid),
    [VCPUOP_register_vcpu_time_memory_area] =
        SUB_OP(register_vcpu_time_memory_area, struct vcpu_register_time_memory_area),
};

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
    return rc == VCPU_BUSY ? hypercall_continue(__HYPERVISOR_vcpu_op, 3, cmd, vcpuid, extra) : rc;
}
