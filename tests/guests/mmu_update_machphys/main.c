/* SPDX-License-Identifier: MIT */
/* mmu_update, MMU_MACHPHYS_UPDATE: a guest sets the machine-to-pseudophysical entry of its own frames only. */
#include "guest.h"

static long machphys(uint64_t mfn, uint64_t pfn)
{
    struct mmu_update request = {.ptr = mfn * PAGE_SIZE | MMU_MACHPHYS_UPDATE, .val = pfn};

    return hypercall(mmu_update, &request, 1, NULL, DOMID_SELF);
}

void test_main(void)
{
    char *page = page_alloc();
    uint64_t mfn = virt_to_mfn(page), pfn = virt_to_pfn(page);

    ktap_equal("the M2P names the boot pfn", M2P[mfn], pfn);
    expect("it can be changed", machphys(mfn, 0x1234), 0);
    ktap_equal("and says the new value", M2P[mfn], 0x1234);
    expect("and changed back", machphys(mfn, pfn), 0);
    expect("a frame of nobody", machphys(mfn_not_ours(), 5), -XEN_EINVAL);
    expect("a frame beyond memory", machphys(MFN_BEYOND, 5), -XEN_EINVAL);
    expect_trap("the M2P itself is read-only", try_write(HYPERVISOR_START + mfn * 8, 1), 14, 3);
    ktap_equal("and unchanged", M2P[mfn], pfn);
}
