#include "selftest/selftest.h"
bool selftest_run(unsigned index, struct test_info *info) { (void)index; (void)info; return false; }
bool probe_run(unsigned index, struct probe_info *info) { (void)index; (void)info; return false; }
