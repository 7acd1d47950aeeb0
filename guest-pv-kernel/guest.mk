# SPDX-License-Identifier: MIT
# The bundled guest: build/guest-pv-kernel.elf (PV kernel with Xen notes) and
# build/ramdisk (its user programs, a cpio newc archive). Included from the top Makefile.
BUILD ?= build
ifeq ($(origin CC),default)
CC := gcc
endif
LD ?= ld
Q ?= @
PYTHON ?= /usr/bin/python3

GUEST := guest-pv-kernel
GUEST_OUT := $(BUILD)/guest

guest-warnings := -Wall -Wextra -Werror
guest-includes := -I$(GUEST) -I$(BUILD)/gen/abi -Iabi/include \
    -D__XEN_INTERFACE_VERSION__=0x00040e00
guest-cflags := -std=gnu11 -O2 -g -ffreestanding -fno-stack-protector -fno-common -mno-red-zone \
    -mgeneral-regs-only -mcmodel=kernel -fno-pie -fno-omit-frame-pointer \
    -fno-asynchronous-unwind-tables $(guest-warnings) $(guest-includes)
user-cflags := -std=gnu11 -O2 -g -ffreestanding -fno-stack-protector -fno-pie \
    -fno-asynchronous-unwind-tables $(guest-warnings) -I$(GUEST) -I$(GUEST)/user/libc

guest-sources := $(wildcard $(addprefix $(GUEST)/,*.c arch/*.c lib/*.c memory/*.c process/*.c \
    device/*.c selftest/*.c bench/*.c arch/*.S bench/*.S))
guest-objects := $(patsubst $(GUEST)/%,$(GUEST_OUT)/kernel/%.o,$(guest-sources))
# What must exist before the first compilation: the generated stubs.
guest-generated := $(BUILD)/gen/abi/hypercall_stubs.h

# A program is user/NAME.c, or several files listed here.
user-parts-sh := edit
user-parts-selftest := usertests
user-parts-bench := ../bench/measure
user-parts := $(foreach v,$(filter user-parts-%,$(.VARIABLES)),$($(v)))
user-programs := $(filter-out $(user-parts),$(basename $(notdir $(wildcard $(GUEST)/user/*.c))))
user-libc := $(patsubst $(GUEST)/%,$(GUEST_OUT)/%.o,$(wildcard $(GUEST)/user/libc/*.c \
    $(GUEST)/user/libc/*.S)) $(GUEST_OUT)/user/lib/string.o $(GUEST_OUT)/user/lib/format.o
user-files := $(wildcard $(GUEST)/user/*.txt)

guest: $(BUILD)/guest-pv-kernel.elf $(BUILD)/ramdisk
.PHONY: guest

$(GUEST_OUT)/kernel/%.c.o: $(GUEST)/%.c | $(guest-generated)
	@mkdir -p $(@D) && echo "  CC $<"
	$(Q)$(CC) $(guest-cflags) -MMD -MP -c $< -o $@

$(GUEST_OUT)/kernel/%.S.o: $(GUEST)/%.S
	@mkdir -p $(@D) && echo "  CC $<"
	$(Q)$(CC) $(guest-cflags) -D__ASSEMBLY__ -MMD -MP -c $< -o $@

$(BUILD)/guest-pv-kernel.elf: $(guest-objects) $(GUEST)/kernel.lds
	$(Q)$(LD) -nostdlib -static -z max-page-size=4096 -z noexecstack -T $(GUEST)/kernel.lds \
	    -o $@ $(guest-objects)

$(GUEST_OUT)/user/lib/%.o: $(GUEST)/lib/%.c
	@mkdir -p $(@D) && echo "  CC $<"
	$(Q)$(CC) $(user-cflags) -MMD -MP -c $< -o $@

$(GUEST_OUT)/bench/%.c.o: $(GUEST)/bench/%.c
	@mkdir -p $(@D) && echo "  CC $<"
	$(Q)$(CC) $(user-cflags) -MMD -MP -c $< -o $@

$(GUEST_OUT)/user/%.c.o: $(GUEST)/user/%.c
	@mkdir -p $(@D) && echo "  CC $<"
	$(Q)$(CC) $(user-cflags) -MMD -MP -c $< -o $@

$(GUEST_OUT)/user/%.S.o: $(GUEST)/user/%.S
	@mkdir -p $(@D) && echo "  CC $<"
	$(Q)$(CC) $(user-cflags) -MMD -MP -c $< -o $@

define user-program
$(GUEST_OUT)/bin/$(1): $(GUEST_OUT)/user/$(1).c.o \
    $(foreach p,$(user-parts-$(1)),$(GUEST_OUT)/user/$(p).c.o) $(user-libc)
	@mkdir -p $$(@D)
	$(Q)$(LD) -nostdlib -static -s -z max-page-size=4096 -z noexecstack -Ttext-segment=0x400000 \
	    -o $$@ $$^
endef
$(foreach p,$(user-programs),$(eval $(call user-program,$(p))))

$(BUILD)/ramdisk: $(addprefix $(GUEST_OUT)/bin/,$(user-programs)) $(user-files) $(GUEST)/ramdisk.py
	$(Q)$(PYTHON) $(GUEST)/ramdisk.py $@ $(filter-out %.py,$^)

# The benchmark's native rows on the bare machine: a flat Multiboot 1 image, started by QEMU's -kernel.
native-sources := bench/measure.c lib/format.c lib/string.c $(patsubst $(GUEST)/%,%,$(wildcard \
    $(GUEST)/bench/native/*.c $(GUEST)/bench/native/*.S))
native-objects := $(native-sources:%=$(GUEST_OUT)/native/%.o)
native-cflags := $(filter-out -mcmodel=kernel,$(guest-cflags)) -fno-pic

$(GUEST_OUT)/native/%.o: $(GUEST)/%
	@mkdir -p $(@D) && echo "  CC $<"
	$(Q)$(CC) $(native-cflags) -MMD -MP -c $< -o $@

$(BUILD)/bench-native: $(native-objects) $(GUEST)/bench/native/link.lds
	$(Q)$(LD) -nostdlib -static -z noexecstack --no-warn-rwx-segments -T $(GUEST)/bench/native/link.lds \
	    -o $@.elf $(native-objects)
	$(Q)objcopy -O binary $@.elf $@

-include $(wildcard $(GUEST_OUT)/*/*.d $(GUEST_OUT)/native/*/*/*.d $(GUEST_OUT)/*/*/*.d)
