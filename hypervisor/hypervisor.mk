# SPDX-License-Identifier: MIT
# Builds the hypervisor: $(BUILD)/paravane.elf (symbols) and $(BUILD)/paravane (flat, bootable by Multiboot 1 and 2).
# Every hypervisor/ROOM/*.c and *.S belongs to it. entry/offsets.c is not linked: it makes gen/offsets.h for assembly.

BUILD ?= build
CC ?= gcc
OBJCOPY ?= objcopy
NM ?= nm
LD ?= ld
Q := $(if $(V),,@)
HV_ROOMS ?= lib machine memory domain pv entry boot
HV_BUILD := $(BUILD)/hypervisor

HV_OFFSETS_SRC := $(wildcard hypervisor/entry/offsets.c)
HV_SRC := $(foreach r,$(HV_ROOMS),$(sort $(wildcard hypervisor/$(r)/*.c hypervisor/$(r)/*.S)))
HV_SRC := $(filter-out $(HV_OFFSETS_SRC),$(HV_SRC))
HV_OBJ := $(patsubst hypervisor/%,$(HV_BUILD)/%.o,$(HV_SRC)) $(HV_EXTRA_OBJ)

HV_CPPFLAGS := -D__XEN_INTERFACE_VERSION__=0x00040e00 -Ihypervisor -I$(BUILD) -I$(BUILD)/gen -Iabi/include
# Indirect calls and jumps: machine/thunks.S.
HV_THUNKS := $(if $(filter clang%,$(CC)),-mretpoline -mretpoline-external-thunk,-mindirect-branch=thunk-extern -mindirect-branch-register)
HV_CFLAGS := -std=gnu11 -O2 -g -Wall -Wextra -Werror -ffreestanding -fno-stack-protector -fno-common \
    -mno-red-zone -mgeneral-regs-only -fpie -fvisibility=hidden -fno-strict-aliasing -fno-asynchronous-unwind-tables \
    -fno-jump-tables -fcf-protection=none $(HV_THUNKS) -include hypervisor/machine/visibility.h $(HV_EXTRA_CFLAGS)

.DEFAULT_GOAL ?= hypervisor
ifndef ABI_GEN
include abi/spec.mk
endif
# Headers that must exist before anything compiles.
HV_GENERATED := $(ABI_GEN) $(if $(HV_OFFSETS_SRC),$(BUILD)/gen/offsets.h)

.PHONY: hypervisor
hypervisor: $(BUILD)/paravane

$(HV_BUILD)/%.c.o: hypervisor/%.c hypervisor/hypervisor.mk | $(HV_GENERATED)
	@mkdir -p $(@D)
	@echo '  CC      $<'
	$(Q)$(CC) $(HV_CPPFLAGS) $(HV_CFLAGS) -MMD -MP -c -o $@ $<

$(HV_BUILD)/%.S.o: hypervisor/%.S hypervisor/hypervisor.mk | $(HV_GENERATED)
	@mkdir -p $(@D)
	@echo '  AS      $<'
	$(Q)$(CC) $(HV_CPPFLAGS) -g -D__ASSEMBLY__ -MMD -MP -c -o $@ $<

# offsets.c states each number as an asm line  ->NAME value  (see the OFFSET macro there).
$(BUILD)/gen/offsets.h: hypervisor/entry/offsets.c | $(filter-out %/gen/offsets.h,$(HV_GENERATED))
	@mkdir -p $(@D)
	$(Q)$(CC) $(HV_CPPFLAGS) $(HV_CFLAGS) -MMD -MP -MT $@ -MF $(BUILD)/gen/offsets.d -S -o $(@:.h=.s) $<
	$(Q)sed -n 's/.*->\([A-Za-z0-9_]*\) *\$$*\(-*[0-9]*\).*/#define \1 \2/p' $(@:.h=.s) > $@

HV_LINK = $(LD) -static -nostdlib -z noexecstack -z max-page-size=4096 --no-warn-rwx-segments --build-id=none \
    -T hypervisor/boot/hypervisor.lds

# Two links: the first to learn where the functions are, the second with their names in rodata.
$(HV_BUILD)/nosymbols.elf: $(HV_OBJ) hypervisor/boot/hypervisor.lds hypervisor/machine/symbols.awk
	$(Q)awk -f hypervisor/machine/symbols.awk </dev/null > $(HV_BUILD)/nosymbols.S
	$(Q)$(CC) -c -o $(HV_BUILD)/nosymbols.o $(HV_BUILD)/nosymbols.S
	$(Q)$(HV_LINK) -o $@ $(HV_OBJ) $(HV_BUILD)/nosymbols.o

$(BUILD)/paravane.elf: $(HV_BUILD)/nosymbols.elf
	@echo '  LD      $@'
	$(Q)$(NM) -n $< | awk -f hypervisor/machine/symbols.awk > $(HV_BUILD)/symbols.S
	$(Q)$(CC) -c -o $(HV_BUILD)/symbols.o $(HV_BUILD)/symbols.S
	$(Q)$(HV_LINK) -o $@ $(HV_OBJ) $(HV_BUILD)/symbols.o

$(BUILD)/paravane: $(BUILD)/paravane.elf
	$(Q)$(OBJCOPY) -O binary $< $@

-include $(HV_OBJ:.o=.d) $(BUILD)/gen/offsets.d
