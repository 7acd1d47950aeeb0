# SPDX-License-Identifier: MIT
# Coverage-guided fuzzing of everything that reads what a stranger made (libFuzzer, ASan, UBSan).
# `make fuzz` runs each target FUZZ_SECONDS; crashes are left in build/test/fuzz/NAME/.
# To add a target NAME: tests/fuzz/NAME.c with LLVMFuzzerTestOneInput(), and two lines below.

BUILD ?= build
FUZZ_BUILD := $(BUILD)/test/fuzz
FUZZ_CC ?= clang
FUZZ_SECONDS ?= 10
FUZZ_FLAGS := -std=gnu11 -g -O1 -Wall -Wextra -Werror -fsanitize=address,undefined \
    -fno-sanitize-recover=all -Ihypervisor -Iabi/include -Itests/unit
FUZZ_LIB := lib/format.c lib/string.c lib/parse.c boot/boot_info.c

FUZZ_TARGETS := multiboot2 multiboot1 elf options
FUZZ_SRC_multiboot2 = boot/multiboot2.c
FUZZ_SRC_multiboot1 = boot/multiboot1.c
FUZZ_SRC_elf = boot/elf.c boot/elf_notes.c
FUZZ_SRC_options = boot/options.c

fuzz_sources = tests/fuzz/$(1).c $(addprefix hypervisor/,$(FUZZ_LIB) $(FUZZ_SRC_$(1)))

define fuzz_target
$(FUZZ_BUILD)/$(1)/run: $(call fuzz_sources,$(1)) $(wildcard hypervisor/lib/*.h hypervisor/boot/*.h tests/unit/*.h)
	@mkdir -p $$(@D)
	@echo '  FUZZ    $(1)'
	$$(Q)$$(FUZZ_CC) $$(FUZZ_FLAGS) -fsanitize=fuzzer -o $$@ $(call fuzz_sources,$(1))
endef
$(foreach t,$(FUZZ_TARGETS),$(eval $(call fuzz_target,$(t))))

$(FUZZ_BUILD)/seeds: tests/fuzz/seeds.c $(wildcard tests/unit/*.h)
	@mkdir -p $(@D)
	$(Q)$(FUZZ_CC) $(FUZZ_FLAGS) -o $@ $<

.PHONY: fuzz fuzz-packages
fuzz-packages:
	$(Q)$(NEED) fuzzing clang libclang-rt-14-dev

$(FUZZ_TARGETS:%=$(FUZZ_BUILD)/%/run) $(FUZZ_BUILD)/seeds: | fuzz-packages

fuzz: $(FUZZ_TARGETS:%=$(FUZZ_BUILD)/%/run) $(FUZZ_BUILD)/seeds ## Fuzz the parsers of boot information, images and options [FUZZ_SECONDS=]
	$(Q)for t in $(FUZZ_TARGETS); do mkdir -p $(FUZZ_BUILD)/$$t/corpus; done
	$(Q)$(FUZZ_BUILD)/seeds $(FUZZ_BUILD)
	$(Q)for t in $(FUZZ_TARGETS); do \
	    if (cd $(FUZZ_BUILD)/$$t && ./run -max_total_time=$(FUZZ_SECONDS) -max_len=8192 -timeout=5 \
	        -print_final_stats=1 corpus) >$(FUZZ_BUILD)/$$t/log 2>&1; \
	    then echo "ok      fuzz $$t ($$(sed -n 's/^stat::number_of_executed_units: *//p' $(FUZZ_BUILD)/$$t/log) runs)"; \
	    else echo "not ok  fuzz $$t"; tail -40 $(FUZZ_BUILD)/$$t/log; exit 1; fi; done
