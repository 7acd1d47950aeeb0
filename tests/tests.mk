# SPDX-License-Identifier: MIT
# Tiny guests (one per directory of tests/guests/; main.c, and parts where one file would be too long), the foreign-style kernels, and the test runs.
BUILD ?= build
CC ?= gcc
PYTHON ?= /usr/bin/python3

GUEST_LIB := $(wildcard tests/guests/lib/*.c tests/guests/lib/*.S)
GUEST_NAMES := $(filter-out lib foreign_%,$(notdir $(patsubst %/main.c,%,$(wildcard tests/guests/*/main.c))))
FOREIGN_NAMES := $(notdir $(patsubst %/link.lds,%,$(wildcard tests/guests/foreign_*/link.lds)))
GUEST_DIR := $(BUILD)/tests/guests
GUEST_ELFS := $(GUEST_NAMES:%=$(GUEST_DIR)/%.elf) $(FOREIGN_NAMES:%=$(GUEST_DIR)/%.elf)

GUEST_CFLAGS := -std=gnu11 -O1 -g -Wall -Wextra -Werror -ffreestanding -fno-stack-protector -fno-common \
    -fno-pic -fno-pie -mno-red-zone -mgeneral-regs-only -mcmodel=kernel -fno-asynchronous-unwind-tables \
    -fcf-protection=none -fno-strict-aliasing -Iabi/include -Itests/guests/lib
GUEST_LDFLAGS := -nostdlib -static -Wl,--build-id=none -Wl,-z,noexecstack -Wl,-z,max-page-size=4096 \
    -Wl,--no-warn-rwx-segments
GUEST_LIB_OBJECTS := $(patsubst tests/guests/lib/%,$(GUEST_DIR)/lib/%.o,$(GUEST_LIB))

$(GUEST_DIR)/lib/%.o: tests/guests/lib/% tests/guests/lib/guest.h
	@mkdir -p $(@D)
	$(CC) $(GUEST_CFLAGS) -c $< -o $@

$(GUEST_NAMES:%=$(GUEST_DIR)/%.elf): $(GUEST_DIR)/%.elf: tests/guests/%/main.c tests/guests/lib/guest.h \
    tests/guests/lib/guest.lds $(GUEST_LIB_OBJECTS)
	$(CC) $(GUEST_CFLAGS) $(GUEST_LDFLAGS) -Wl,-T,tests/guests/lib/guest.lds -o $@ $(filter %.c,$^) $(GUEST_LIB_OBJECTS)
$(foreach g,$(GUEST_NAMES),$(eval $(GUEST_DIR)/$(g).elf: $(wildcard tests/guests/$(g)/*.[ch])))

# Foreign-style kernels share nothing with lib/: own entry, own linker script.
$(FOREIGN_NAMES:%=$(GUEST_DIR)/%.elf): $(GUEST_DIR)/%.elf: tests/guests/%/main.c tests/guests/%/head.S \
    tests/guests/%/link.lds
	@mkdir -p $(@D)
	$(CC) $(GUEST_CFLAGS) $(GUEST_LDFLAGS) -Wl,-T,tests/guests/$*/link.lds -o $@ \
	    tests/guests/$*/head.S tests/guests/$*/main.c

include tests/port/port.mk

.PHONY: test-guests
test-guests: $(GUEST_ELFS) $(PORT_ELFS)

# The system tests and the differential share boots, so they are one pytest run. T= selects: make test-system T=guests
PYTEST ?= $(PYTHON) -B -m pytest -q -p no:cacheprovider
TEST_SYSTEM := tests/system tests/conformance/differential

.PHONY: test-files test-system test-bochs test-differential
test-files: test-guests $(BUILD)/paravane $(BUILD)/guest-pv-kernel.elf $(BUILD)/ramdisk

test-system: ## Everything that boots, and the same guests on Xen [T= as pytest's -k]
	$(Q)$(NEED) testing $(PACKAGES_TEST)
	$(SUBMAKE) test-files linux-files
	$(PYTEST) $(TEST_SYSTEM) $(if $(T),-k '$(T)')

test-bochs: ## All tiny guests and CPU models on Bochs [T=]
	$(Q)$(NEED) testing $(PACKAGES_TEST)
	$(SUBMAKE) test-files
	BOCHS=all $(PYTEST) tests/system/test_bochs.py $(if $(T),-k '$(T)')

test-differential: ## Every tiny guest and the selftest, on Paravane and on Xen: build/test/differential.csv
	$(Q)$(NEED) testing $(PACKAGES_TEST)
	$(SUBMAKE) test-files
	$(PYTEST) tests/conformance/differential
