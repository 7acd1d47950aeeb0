#include "selftest/selftest.h"
bool probe_run(unsigned index, struct probe_info *info) { (void)index; (void)info; return false; }
