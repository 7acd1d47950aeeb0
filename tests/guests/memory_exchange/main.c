/* SPDX-License-Identifier: MIT */
/* memory_op exchange: frames of ours for as many others, at once; nothing is lost when it is refused. */
#include "guest.h"

static uint64_t in[4], out[4];

static struct xen_memory_exchange request(void)
{
    struct xen_memory_exchange x = {.in = {.nr_extents = 1, .domid = DOMID_SELF},
                                    .out = {.nr_extents = 1, .domid = DOMID_SELF}};

    set_xen_guest_handle(x.in.extent_start, (xen_pfn_t *)in);
    set_xen_guest_handle(x.out.extent_start, (xen_pfn_t *)out);
    return x;
}

static long exchange(struct xen_memory_exchange *x) { return hypercall(memory_op, XENMEM_exchange, x); }

void test_main(void)
{
    char *page = page_alloc();
    uint64_t pfn = virt_to_pfn(page), mfn = virt_to_mfn(page);
    struct xen_memory_exchange x = request();

    in[0] = mfn;
    out[0] = pfn;
    page[0] = 'x';
    expect("a frame that is still mapped", exchange(&x), -XEN_EINVAL);
    ktap_equal("is still there", (uint64_t)page[0], 'x');
    va_map((uint64_t)page, 0);
    x = request();
    expect("unmapped", exchange(&x), 0);
    ktap_equal("one exchanged", x.nr_exchanged, 1);
    ktap_ok("for another frame", out[0] != pfn);
    ktap_equal("which the M2P knows", M2P[out[0]], pfn);
    p2m[pfn] = out[0];
    expect("and can be mapped", va_map((uint64_t)page, out[0] * PAGE_SIZE | RW), 0);
    ktap_equal("and is scrubbed", (uint64_t)page[0], 0);
    x = request();
    in[0] = mfn_not_ours();
    out[0] = pfn;
    expect("a frame that is not ours", exchange(&x), -XEN_EINVAL);
    ktap_equal("none exchanged", x.nr_exchanged, 0);
    x = request();
    in[0] = MFN_BEYOND;
    expect("a frame beyond memory", exchange(&x), -XEN_EINVAL);
    x = request();
    in[0] = ~0ul;
    expect("the last frame number there is", exchange(&x), -XEN_EINVAL);
    ktap_equal("none exchanged for it", x.nr_exchanged, 0);
    x = request();
    x.nr_exchanged = 5;
    expect("more done than asked", exchange(&x), -XEN_EINVAL);
    x = request();
    x.out.nr_extents = 2;
    expect("sizes that differ", exchange(&x), -XEN_EINVAL);
    x = request();
    x.out.domid = 77;
    expect("between two domains", exchange(&x), -XEN_EINVAL);
    x = request();
    x.in.nr_extents = x.out.nr_extents = 1ul << 62;
    expect("a list that overflows", exchange(&x), -XEN_EFAULT);
    x = request();
    set_xen_guest_handle(x.out.extent_start, (xen_pfn_t *)HYPERVISOR_TEXT);
    expect("output inside the hypervisor", exchange(&x), -XEN_EFAULT);
    x = request();
    set_xen_guest_handle(x.in.extent_start, (xen_pfn_t *)HYPERVISOR_TEXT);
    expect("input inside the hypervisor", exchange(&x), -XEN_EFAULT);
    x = request();
    set_xen_guest_handle(x.in.extent_start, (xen_pfn_t *)UNMAPPED);
    expect("input unmapped", exchange(&x), -XEN_EFAULT);
    expect("the argument inside the hypervisor", exchange((void *)HYPERVISOR_TEXT), -XEN_EFAULT);
}
