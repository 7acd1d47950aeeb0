/* SPDX-License-Identifier: MIT
 * See report.h: event channels as evtchn shows them. */
#include "arch/report.h"

#include "arch/paravirt.h"

long report_event(uint32_t port, struct event_info *info)
{
    struct evtchn_status op = {.dom = DOMID_SELF, .port = port};
    long rc = HYPERVISOR_event_channel_op(EVTCHNOP_status, &op);

    if (rc)
        return rc;
    info->status = (uint8_t)op.status;
    info->vcpu = (uint8_t)op.vcpu;
    info->pending = SHARED_INFO->evtchn_pending[port / 64] >> port % 64 & 1;
    info->masked = SHARED_INFO->evtchn_mask[port / 64] >> port % 64 & 1;
    switch (op.status) {
    case EVTCHNSTAT_interdomain:
        info->detail = op.u.interdomain.port;
        break;
    case EVTCHNSTAT_pirq:
        info->detail = op.u.pirq;
        break;
    case EVTCHNSTAT_virq:
        info->detail = op.u.virq;
        break;
    default:
        break;
    }
    return 0;
}
