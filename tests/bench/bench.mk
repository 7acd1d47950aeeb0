# SPDX-License-Identifier: MIT
# make bench: figures, table and plots in build/bench/. make bench-budget: what the suite holds us to.
BUILD ?= build
PYTHON ?= /usr/bin/python3
BENCH := $(BUILD)/bench
PACKAGES_BENCH := $(PACKAGES_RUN) python3-matplotlib python3-pexpect

# In the same pytest run as the rest.
TEST_SYSTEM += tests/bench

.PHONY: bench bench-budget bench-docs bench-where bench-files
bench: ## Measure on Paravane, Xen and the bare machine: table and plots in build/bench/
	$(Q)$(NEED) benchmarks $(PACKAGES_BENCH)
	$(SUBMAKE) -s bench-files
	@$(PYTHON) -B tests/bench/bench.py

bench-budget: ## Write tests/bench/budget.toml: what each row takes now
	$(Q)$(NEED) benchmarks $(PACKAGES_BENCH)
	$(SUBMAKE) -s bench-files
	@$(PYTHON) -B tests/bench/bench.py budget

bench-where: ## Show where the instructions of rows T= go, function by function
	$(Q)$(NEED) benchmarks $(PACKAGES_BENCH)
	$(SUBMAKE) -s bench-files
	@$(PYTHON) -B tests/bench/bench.py where '$(or $(T),null)'

bench-docs: ## Take the last table and plots into docs/
	@$(PYTHON) -B tests/bench/bench.py docs

bench-files: $(BUILD)/paravane $(BUILD)/guest-pv-kernel.elf $(BUILD)/ramdisk $(BUILD)/bench-native $(BENCH)/count.so

$(BENCH)/count.so: tests/bench/count.c
	@mkdir -p $(@D)
	$(CC) -O1 -Wall -Wextra -Werror -shared -fPIC -fvisibility=hidden -o $@ $<
