# SPDX-License-Identifier: MIT
# Paravane. `make help` lists what there is; each room's own rules are in its .mk file.

BUILD  ?= build
PREFIX ?= /usr/local
ifeq ($(origin CC),default)
CC := gcc
endif
PYTHON := /usr/bin/python3
Q := $(if $(V),,@)

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:

GUEST_KERNEL  := $(BUILD)/guest-pv-kernel.elf
GUEST_RAMDISK := $(BUILD)/ramdisk

include abi/spec.mk abi/abi.mk
include hypervisor/hypervisor.mk hypervisor/boot/iso.mk
include guest-pv-kernel/guest.mk
include tests/unit/unit.mk tests/fuzz/fuzz.mk tests/tests.mk tests/linux/linux.mk \
    tests/bench/bench.mk docs/site/docs.mk

NEED := hypervisor/tools/need-packages
PACKAGES_BUILD := gcc libc6-dev binutils python3 $(if $(filter clang%,$(CC)),clang)
PACKAGES_RUN   := $(PACKAGES_BUILD) qemu-system-x86 seabios xz-utils zstd
PACKAGES_ISO   := $(PACKAGES_BUILD) grub-common grub-pc-bin grub-efi-amd64-bin xorriso mtools
PACKAGES_TEST  := $(PACKAGES_RUN) $(PACKAGES_ISO) ovmf clang libcmocka-dev libxen-dev pkg-config \
    python3-pytest python3-pexpect python3-clang-14 clang-14 libclang-rt-14-dev gdb g++ procps \
    bochs bochs-term bochsbios vgabios

PACKAGES_BROWSER := python3-pytest python3-selenium chromium chromium-driver
PACKAGES_DOCS := git python3 python3-sphinx python3-myst-parser furo python3-clang-14 graphviz mandoc hunspell \
    hunspell-en-gb fonts-dejavu-core

# Tools come before what is built with them, hence a second make.
SUBMAKE = +$(Q)$(MAKE) --no-print-directory

.PHONY: all help run debug iso docs test install clean
all: ## Build hypervisor and bundled guest
	$(Q)$(NEED) building $(PACKAGES_BUILD)
	$(SUBMAKE) hypervisor guest

run: ## Boot the bundled guest to its shell, or KERNEL= [INITRD= CMDLINE= MEM= VCPUS= SMP= ACCEL=kvm HVOPTS=]; Ctrl-A x leaves
	$(Q)$(NEED) running $(PACKAGES_RUN)
	$(SUBMAKE) -s hypervisor $(if $(KERNEL),,guest)
	@hypervisor/tools/run-qemu

debug: ## As run, waiting for gdb (prints the line to type)
	$(Q)$(NEED) debugging $(PACKAGES_RUN) gdb
	$(SUBMAKE) -s hypervisor $(if $(KERNEL),,guest)
	@echo "In another terminal: gdb $(BUILD)/paravane.elf -x hypervisor/tools/gdb/paravane.py -ex 'set confirm off' -ex 'add-symbol-file $(or $(KERNEL),$(BUILD)/guest-pv-kernel.elf)' \
	-ex 'target remote 127.0.0.1:1234' -ex 'hbreak boot_main' -ex continue"
	@QEMU='$(QEMU) -s -S' hypervisor/tools/run-qemu

iso: ## Make build/paravane.iso (GRUB, BIOS and UEFI)
	$(Q)$(NEED) 'the ISO' $(PACKAGES_ISO)
	$(SUBMAKE) $(ISO)

docs: ## Make the documentation: build/docs/html/index.html and manual pages in build/docs/man/
	$(Q)$(NEED) 'the documentation' $(PACKAGES_DOCS)
	$(SUBMAKE) docs-all

test: ## Everything: both compilers, unit, conformance, system and differential tests
	$(Q)$(NEED) testing $(sort $(PACKAGES_TEST) $(PACKAGES_DOCS) $(PACKAGES_BROWSER))
	$(SUBMAKE) test-all

# One pytest run over everything that boots or compares, so that its summary is the last line.
.PHONY: test-all clang
test-all: clang test-unit docs-all
	$(SUBMAKE) test-system TEST_SYSTEM='tests/docs tests/conformance/headers tests/conformance/spec $(TEST_SYSTEM)'

# The other compiler: everything that runs in QEMU, without a warning.
clang: ## Build everything that boots with clang, into build/clang/
	$(SUBMAKE) CC=clang BUILD=$(BUILD)/clang hypervisor guest test-guests

.PHONY: test-docs
test-docs: docs ## Open the documentation in a headless browser
	$(Q)$(NEED) 'the test of the documentation' $(PACKAGES_BROWSER)
	$(PYTEST) tests/docs

install: docs ## Install headers, pkg-config file, manual pages and HTML under DESTDIR/PREFIX
	$(SUBMAKE) install-headers install-docs

clean: ## Remove build/
	rm -rf $(BUILD)

help: ## This list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 27

export KERNEL INITRD CMDLINE MEM VCPUS SMP ACCEL HVOPTS QEMU BUILD
