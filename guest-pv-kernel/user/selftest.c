/* SPDX-License-Identifier: MIT
 * selftest [PREFIX]: the kernel's tests, then those of user mode, as KTAP. Names are stable and
 * results do not depend on the hypervisor's name, so two runs can be compared line by line. */
#include "user.h"

#include "usertests.h"

int main(int argc, char **argv)
{
    static struct test_info t;
    unsigned total = 0, number = 0, failed = 0;
    const char *prefix = argc > 1 ? argv[1] : "";

    for (unsigned i = 0; CALL(selftest_name, i, &t, 0) == 1; i++)
        total += !strncmp(t.name, prefix, strlen(prefix));
    for (const struct user_test *u = user_tests; u->name; u++)
        total += !strncmp(u->name, prefix, strlen(prefix));
    printf("KTAP version 1\n1..%u\n", total);
    for (unsigned i = 0; CALL(selftest_name, i, &t, 0) == 1; i++) {
        if (strncmp(t.name, prefix, strlen(prefix)))
            continue;
        CALL(selftest, i, &t, 0);
        if (!t.passed)
            printf("# %s\n", t.why);
        failed += !t.passed;
        printf("%s %u %s\n", t.passed ? "ok" : "not ok", ++number, t.name);
    }
    for (const struct user_test *u = user_tests; u->name; u++) {
        bool passed;

        if (strncmp(u->name, prefix, strlen(prefix)))
            continue;
        passed = u->run();
        failed += !passed;
        printf("%s %u %s\n", passed ? "ok" : "not ok", ++number, u->name);
    }
    printf("# %u of %u passed\n", total - failed, total);
    return failed != 0;
}
