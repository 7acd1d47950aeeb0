/* SPDX-License-Identifier: MIT */
/*
 * A frame that one vcpu is just being given, and another vcpu releases as soon as it can know of it: the M2P entry of
 * a frame that is nobody's, or somebody else's by now, is not ours to write. (vcpus: 2)
 */
#include "guest.h"

#define ORDER  9u
#define FRAMES (1ul << ORDER)
#define PFN    0x200000ul
#define ROUNDS 200u

static volatile uint64_t extent = PFN, asked, answered, released;

static long decrease(uint64_t mfn)
{
    struct xen_memory_reservation less = {.nr_extents = 1, .domid = DOMID_SELF};

    set_xen_guest_handle(less.extent_start, (xen_pfn_t *)&mfn);
    return hypercall(memory_op, XENMEM_decrease_reservation, &less);
}

static void second(void)
{
    for (;;) {
        while (asked == answered)
            __asm__ volatile("pause");
        while (extent == PFN)
            __asm__ volatile("pause");
        released = decrease(extent + FRAMES - 1) == 1; /* the last one of them has its entry written last */
        answered++;
    }
}

static bool give_and_take(void)
{
    struct xen_memory_reservation more = {.nr_extents = 1, .extent_order = ORDER, .domid = DOMID_SELF};
    long given;
    bool good;

    extent = PFN;
    asked++;
    set_xen_guest_handle(more.extent_start, (xen_pfn_t *)&extent);
    given = hypercall(memory_op, XENMEM_populate_physmap, &more);
    if (given != 1) {
        extent = 0; /* so that the other one goes on */
        return false;
    }
    wait_for(&answered, asked, 1000);
    good = released && M2P[extent + FRAMES - 1] != PFN + FRAMES - 1;
    for (uint64_t i = 0; i < FRAMES - 1; i++)
        good &= decrease(extent + i) == 1;
    return good;
}

void test_main(void)
{
    unsigned int good = 0;

    for (unsigned int i = 1; i <= FRAMES; i++) /* room for them in our reservation */
        decrease(p2m[start_info->nr_pages - i]);
    expect_ok("the other vcpu starts", vcpu_start(1, second));
    for (unsigned int i = 0; i < ROUNDS; i++)
        good += give_and_take();
    ktap_equal("the M2P forgets what was released, each time", good, ROUNDS);
}
