/* SPDX-License-Identifier: MIT */
/* The domid argument of memory calls: whose memory the caller speaks of. */
#ifndef PARAVANE_PV_FOREIGN_H
#define PARAVANE_PV_FOREIGN_H

#include "domain/domain.h"
#include "domain/refuse.h"
#include "domain/vcpu.h"
#include "machine/pcpu.h"

enum foreign {
    FOREIGN_OK,
    FOREIGN_UNKNOWN, /* -ESRCH: no such domain */
    FOREIGN_OWN,     /* -ESRCH: the caller's own number instead of DOMID_SELF */
    FOREIGN_DENIED   /* -EPERM */
};

/* DOMID_IO stands for device memory, which is mapped with the caller's own rights. */
static inline enum foreign foreign_domain(domid_t id, struct domain **d)
{
    struct domain *self = current->domain;

    *d = self;
    if (likely(id == DOMID_SELF) || id == DOMID_IO)
        return FOREIGN_OK;
    if (id == self->id)
        return FOREIGN_OWN;
    *d = domain_by_id(id);
    if (!*d)
        return FOREIGN_UNKNOWN;
    return self->privileged ? FOREIGN_OK : FOREIGN_DENIED;
}

/* The rows of one call: `return foreign_refusal(mmu_update, rc, id)`. */
#define foreign_refusal(call, rc, id)                                                              \
    ((rc) == FOREIGN_UNKNOWN ? refuse(call##_esrch_unknown_domain, (id))                           \
     : (rc) == FOREIGN_OWN   ? refuse(call##_esrch_own_domid, (id))                                \
                             : refuse(call##_eperm_foreign_domain, (id)))

#endif
