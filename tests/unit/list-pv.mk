# SPDX-License-Identifier: MIT
# The CPU as a guest sees it, on CPUs that are none of ours.
UNIT_TESTS += pv_cpuid
UNIT_SRC_pv_cpuid = machine/fpu.c pv/emulate_cpuid.c lib/string.c
UNIT_CFLAGS_pv_cpuid = -DPARAVANE_FAKE_MACHINE -iquote tests/unit/fake_cpu

UNIT_TESTS += machine_mitigations
UNIT_SRC_machine_mitigations = machine/mitigations.c lib/string.c

UNIT_TESTS += machine_tlb
UNIT_SRC_machine_tlb = machine/tlb.c lib/string.c
UNIT_CFLAGS_machine_tlb = -DPARAVANE_FAKE_MACHINE -iquote tests/unit/fake_tlb
