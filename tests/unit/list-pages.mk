# SPDX-License-Identifier: MIT
# memory/ and page-table validation, on the fake machine.
PAGES_SRC := memory/frame.c memory/alloc.c pv/pt_l1.c pv/pt_tables.c pv/pt_walk.c pv/pt_roots.c \
    pv/segdesc.c pv/recount.c pv/mmu_update.c pv/mmuext_op.c pv/update_va_mapping.c \
    pv/memory_op.c pv/sub_op.c pv/memory_map.c pv/memory_exchange.c
PAGES_FAKE := tests/unit/fake/machine.c tests/unit/fake/mmu.c tests/unit/fake/tables.c
PAGES_CFLAGS := -DPARAVANE_FAKE_MACHINE -D__XEN_INTERFACE_VERSION__=0x00040e00 -I$(BUILD)/gen -Itests/unit/fake

UNIT_GENERATED := $(ABI_GEN)
UNIT_PAGES := pages_alloc pages_tables pages_updates pages_memory pages_walk pages_random
UNIT_TESTS += $(UNIT_PAGES)
$(foreach t,$(UNIT_PAGES),\
    $(eval UNIT_SRC_$(t) = $(PAGES_SRC))\
    $(eval UNIT_EXTRA_$(t) = $(PAGES_FAKE))\
    $(eval UNIT_CFLAGS_$(t) = $(PAGES_CFLAGS)))
