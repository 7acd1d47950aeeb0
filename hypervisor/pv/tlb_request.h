/* SPDX-License-Identifier: MIT */
/*
 * Translations a guest asks to be forgotten. A domain's entries can be in the TLBs of pcpu_mask only, and a vcpu that
 * moves to a pcpu loads its root there: so all vcpus of a domain are reached by its mask.
 */
#ifndef PARAVANE_PV_TLB_REQUEST_H
#define PARAVANE_PV_TLB_REQUEST_H

#include "domain/vcpu.h"

/* The pcpus for a set of vcpus: bitmap at va, as many bits as the domain has vcpus. False: unreadable. */
bool tlb_request_targets(const struct vcpu *v, uint64_t bitmap_va, uint64_t *pcpus);

#endif
