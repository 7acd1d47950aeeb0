/* SPDX-License-Identifier: MIT */
/* The two questions about a guest's pointer agree on where it begins, and neither lets through what is ours. */
#include "unit.h"
#include "domain/guest_copy.h"

static void same(uint64_t va)
{
    bool ours_or_nowhere = va >= 0x0000800000000000ul && va < HYPERVISOR_END;

    if (guest_start_ok(va) == ours_or_nowhere || guest_range_ok(va, 1) == ours_or_nowhere)
        fail_msg("0x%lx: start %d, range %d", va, guest_start_ok(va), guest_range_ok(va, 1));
}

static void test_borders(void **state)
{
    static const uint64_t border[] = {0, 1ul << 43, 1ul << 46, 1ul << 47, 1ul << 48, 1ul << 62, 1ul << 63, HYPERVISOR_START,
                                      0xffff810000000000ul, HYPERVISOR_END};

    (void)state;
    for (unsigned int i = 0; i < ARRAY_SIZE(border); i++)
        for (int offset = -80; offset <= 80; offset++)
            same(border[i] + (uint64_t)(int64_t)offset);
    for (uint64_t slot = 0; slot < 1ul << 21; slot++) {
        same(slot << 43);
        same((slot << 43) - 1);
    }
}

/* Where words from a good start on can come: guest addresses, and such as fault. */
static void test_what_follows(void **state)
{
    (void)state;
    assert_true(guest_start_ok(0x00007ffffffffff8ul)); /* into the hole */
    assert_true(guest_start_ok(0xfffffffffffffff8ul)); /* to address 0 */
    assert_false(guest_start_ok(HYPERVISOR_END - 8)); /* from ours into the guest's */
    assert_false(guest_range_ok(HYPERVISOR_START - 8, 16));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_borders), cmocka_unit_test(test_what_follows)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
