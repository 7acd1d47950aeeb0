# SPDX-License-Identifier: MIT
# The guide's guests (docs/guide/): hello, and the teaching kernel with its port. A step is the files of step0, with those of
# each later step up to it laid over them; build/tests/port/stepN/ is what a porter would have by then.
PORT_DIR := $(BUILD)/tests/port
PORT_STEPS := 0 1 2 3 4 5 6
PORT_SOURCES := $(wildcard tests/port/step*/*.[chS] tests/port/step*/kernel.lds)
PORT_ELFS := $(PORT_STEPS:%=$(PORT_DIR)/step%.elf)

$(PORT_ELFS): $(PORT_DIR)/step%.elf: $(PORT_SOURCES)
	@rm -rf $(PORT_DIR)/step$* && mkdir -p $(PORT_DIR)/step$*
	@for n in $(PORT_STEPS); do [ $$n -gt $* ] || \
	    cp $$(ls tests/port/step$$n/*.[chS] tests/port/step$$n/kernel.lds 2>/dev/null) $(PORT_DIR)/step$*; done
	@echo '  PORT    $@'
	$(Q)$(CC) $(GUEST_CFLAGS) $(GUEST_LDFLAGS) -Wl,-T,$(PORT_DIR)/step$*/kernel.lds -o $@ \
	    $(PORT_DIR)/step$*/*.S $(PORT_DIR)/step$*/*.c

.PHONY: test-port
test-port: $(PORT_ELFS)
