# SPDX-License-Identifier: MIT
# Makes $(BUILD)/gen/abi/*.h from abi/spec/*.toml. Include it, and let what needs the headers depend on
# $(ABI_GEN) and compile with -I$(BUILD)/gen (as in #include "abi/refusals.h"). The generator leaves
# an unchanged file alone, so the stamp may be newer than the headers without anything being rebuilt.
BUILD ?= build
ABI_PYTHON ?= /usr/bin/python3
ABI_GEN_DIR := $(BUILD)/gen/abi
ABI_GEN := $(addprefix $(ABI_GEN_DIR)/,refusals.h refusal_table.h hypercall_table.h \
    hypercall_prototypes.h hypercall_stubs.h static_asserts.c decode_table.h trace_table.h \
    sub_op_tables.h)

$(ABI_GEN_DIR)/.stamp: abi/spec $(wildcard abi/spec/*.toml abi/generate/*.py)
	@mkdir -p $(@D)
	$(ABI_PYTHON) abi/generate abi/spec $(ABI_GEN_DIR)
	@touch $@

$(ABI_GEN): $(ABI_GEN_DIR)/.stamp
	@test -e $@ || $(ABI_PYTHON) abi/generate abi/spec $(ABI_GEN_DIR)

.PHONY: abi-gen
abi-gen: $(ABI_GEN)
