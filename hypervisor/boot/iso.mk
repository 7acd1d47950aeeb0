# SPDX-License-Identifier: MIT
# A bootable ISO image (BIOS and UEFI) with the hypervisor and its guests, booted by GRUB through
# Multiboot2. What is on it:
#   ISO_CMDLINE   the hypervisor's options
#   ISO_MODULES   files, in order;  ISO_ARGS_<n> is the module string of the n-th (1, 2, ...)
# Both are read by GRUB's shell: & | ; < > { } $ need its quoting.
# By default these are the bundled guest and its ramdisk.

BUILD ?= build
ISO ?= $(BUILD)/paravane.iso
ISO_CMDLINE ?=
ISO_MODULES ?= $(GUEST_KERNEL) $(GUEST_RAMDISK)
ISO_ARGS_1 ?= domain=dom0 memory=64M
ISO_ARGS_2 ?= ramdisk
ISO_TREE := $(BUILD)/iso

# `module2 /boot/moduleN arguments` for the n-th word of ISO_MODULES.
iso_numbers = $(shell seq $(words $(ISO_MODULES)))
iso_modules = $(foreach n,$(iso_numbers),    module2 /boot/module$(n) $(ISO_ARGS_$(n))\n)

# Rebuilt whenever asked for: it takes a second, and the options are no files.
.PHONY: $(ISO)
$(ISO): $(BUILD)/paravane $(ISO_MODULES) hypervisor/boot/grub.cfg.in
	@echo '  ISO     $@'
	$(Q)rm -rf $(ISO_TREE) && mkdir -p $(ISO_TREE)/boot/grub
	$(Q)cp $(BUILD)/paravane $(ISO_TREE)/boot/paravane
	$(Q)n=1; for f in $(ISO_MODULES); do cp $$f $(ISO_TREE)/boot/module$$n; n=$$((n + 1)); done
	$(Q)awk -v cmdline='$(ISO_CMDLINE)' -v modules='$(iso_modules)' \
	    '/^#/ { print; next } \
	     { i = index($$0, "@CMDLINE@"); if (i) $$0 = substr($$0, 1, i - 1) cmdline substr($$0, i + 9) } \
	     $$0 == "@MODULES@" { printf "%s", modules; next } { print }' \
	    hypervisor/boot/grub.cfg.in > $(ISO_TREE)/boot/grub/grub.cfg
	$(Q)grub-mkrescue -o $@ --locales= --fonts= --themes= --compress=xz $(ISO_TREE) >$(BUILD)/iso.log 2>&1 \
	    || { cat $(BUILD)/iso.log; exit 1; }
