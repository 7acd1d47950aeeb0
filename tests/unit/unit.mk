# SPDX-License-Identifier: MIT
# Host unit tests: hypervisor sources built for the host with cmocka, ASan and UBSan.
#
# To add a test NAME: write tests/unit/NAME.c and, in a tests/unit/list-*.mk, say what it needs:
#   UNIT_TESTS += NAME
#   UNIT_SRC_NAME   = lib/format.c memory/frame.c     hypervisor sources under test
#   UNIT_EXTRA_NAME = tests/unit/fake/machine.c       other sources (optional)
#   UNIT_FAKE_NAME  = y                               put tests/unit/fake before hypervisor/ (optional)
#   UNIT_CFLAGS_NAME = -DX                            more flags (optional)
# A Python test that prints TAP: tests/unit/NAME.py, executable, and UNIT_SCRIPTS += NAME.
# `make test-unit` builds and runs all, `make test-unit T="lib_format boot_elf"` only those.

BUILD ?= build
UNIT_BUILD := $(BUILD)/test/unit
UNIT_CC ?= gcc
UNIT_CFLAGS := -std=gnu11 -g -O1 -Wall -Wextra -Werror -fsanitize=address,undefined \
    -fno-sanitize-recover=all -fno-omit-frame-pointer -fno-strict-aliasing
# Generated headers (if any) are found where the hypervisor's build puts them.
UNIT_CPPFLAGS := -D__XEN_INTERFACE_VERSION__=0x00040e00 -Ihypervisor -I$(BUILD) -I$(BUILD)/gen \
    -Iabi/include -Itests/unit

UNIT_TESTS :=
UNIT_SCRIPTS :=
include $(sort $(wildcard tests/unit/list-*.mk))

# unit_object(test, source): the object of one source for one test.
unit_object = $(UNIT_BUILD)/$(1)/$(2).o

define unit_compile
$(call unit_object,$(1),$(2)): $(2) | unit-packages $(UNIT_GENERATED) $(HV_GENERATED)
	@mkdir -p $$(@D)
	$$(Q)$$(UNIT_CC) $$(if $$(UNIT_FAKE_$(1)),-Itests/unit/fake) $$(UNIT_CPPFLAGS) $$(UNIT_CFLAGS) \
	    $$(UNIT_CFLAGS_$(1)) -MMD -MP -c -o $$@ $$<
endef

define unit_test
UNIT_ALL_$(1) := tests/unit/$(1).c $(addprefix hypervisor/,$(UNIT_SRC_$(1))) $(UNIT_EXTRA_$(1))
UNIT_OBJ_$(1) := $$(foreach s,$$(UNIT_ALL_$(1)),$$(call unit_object,$(1),$$(s)))
$$(foreach s,$$(UNIT_ALL_$(1)),$$(eval $$(call unit_compile,$(1),$$(s))))
$(UNIT_BUILD)/$(1)/run: $$(UNIT_OBJ_$(1))
	@echo '  UNIT    $(1)'
	$$(Q)$$(UNIT_CC) $$(UNIT_CFLAGS) -o $$@ $$^ -lcmocka
-include $$(UNIT_OBJ_$(1):.o=.d)
endef

$(foreach t,$(UNIT_TESTS),$(eval $(call unit_test,$(t))))

UNIT_RUN = $(or $(T),$(UNIT_TESTS) $(UNIT_SCRIPTS))

.PHONY: test-unit unit-packages
unit-packages:
	$(Q)$(NEED) 'unit tests' gcc libcmocka-dev

test-unit: $(foreach t,$(UNIT_RUN),$(if $(filter $(t),$(UNIT_TESTS)),$(UNIT_BUILD)/$(t)/run)) | unit-packages ## Unit tests, on the host [T=names]
	@tests/unit/run.sh $(UNIT_BUILD) $(UNIT_RUN)

$(UNIT_TESTS:%=$(UNIT_BUILD)/%/run): | unit-packages
