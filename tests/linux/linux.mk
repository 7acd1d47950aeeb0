# SPDX-License-Identifier: MIT
# Debian's stock Linux as a guest: `make run-linux` and `make test-linux`. The kernel and the programs come from
# Debian's packages, through apt-get download, into build/cache/linux/.
LINUX_CACHE := $(BUILD)/cache/linux
LINUX_BUILD := $(BUILD)/linux
LINUX_FILES := $(LINUX_BUILD)/vmlinux $(LINUX_BUILD)/initramfs $(LINUX_BUILD)/initramfs-profile

$(LINUX_CACHE)/vmlinuz $(LINUX_CACHE)/busybox &:
	@tests/linux/fetch $(LINUX_CACHE)

$(LINUX_BUILD)/vmlinux: $(LINUX_CACHE)/vmlinuz hypervisor/tools/extract-vmlinux
	@mkdir -p $(@D)
	$(PYTHON) hypervisor/tools/extract-vmlinux $< $@

# A program for Linux, not for us: ordinary flags, all libraries in it.
$(LINUX_BUILD)/load: tests/linux/load.c
	@mkdir -p $(@D)
	$(CC) -O1 -g -Wall -Wextra -Werror -static -pthread -o $@ $<

$(LINUX_BUILD)/initramfs: tests/linux/pack tests/linux/init $(LINUX_BUILD)/load $(LINUX_CACHE)/busybox
	tests/linux/pack $@ $(LINUX_CACHE)/busybox tests/linux/init $(LINUX_BUILD)/load=tests/load

$(LINUX_BUILD)/initramfs-stress: tests/linux/pack tests/linux/init tests/linux/stress $(LINUX_BUILD)/load \
    $(LINUX_CACHE)/busybox
	@tests/linux/fetch $(LINUX_CACHE) stress
	tests/linux/pack $@ $(LINUX_CACHE)/busybox tests/linux/init $(LINUX_BUILD)/load=tests/load \
	    tests/linux/stress=tests/stress $(LINUX_CACHE)/stress/

$(LINUX_BUILD)/profile: tests/linux/profile.c
	@mkdir -p $(@D)
	$(CC) -O1 -g -Wall -Wextra -Werror -static -o $@ $<

$(LINUX_BUILD)/initramfs-profile: tests/linux/pack tests/linux/init $(LINUX_BUILD)/profile $(LINUX_CACHE)/busybox
	tests/linux/pack $@ $(LINUX_CACHE)/busybox tests/linux/init $(LINUX_BUILD)/profile=tests/profile

# The kernel's own Makefile builds its tests; with what they are linked to they make a directory for the initramfs.
SELFTESTS := $(LINUX_BUILD)/selftests
$(SELFTESTS)/built: tests/linux/fetch
	@tests/linux/fetch $(LINUX_CACHE) source
	@mkdir -p $(SELFTESTS)/root/selftests $(SELFTESTS)/root/lib/x86_64-linux-gnu $(SELFTESTS)/root/lib64
	$(MAKE) -s -k -C $(LINUX_CACHE)/source/tools/testing/selftests/x86 CC=gcc \
	    OUTPUT=$(abspath $(SELFTESTS))/root/selftests >$(SELFTESTS)/log 2>&1
	cp -L /lib32/ld-linux.so.2 /lib32/libc.so.6 /lib32/libm.so.6 /lib32/libgcc_s.so.1 $(SELFTESTS)/root/lib/
	cp -L /lib64/ld-linux-x86-64.so.2 $(SELFTESTS)/root/lib64/
	cp -L /lib/x86_64-linux-gnu/libc.so.6 $(SELFTESTS)/root/lib/x86_64-linux-gnu/
	@touch $@

$(LINUX_BUILD)/initramfs-selftests: tests/linux/pack tests/linux/init tests/linux/selftests $(SELFTESTS)/built \
    $(LINUX_CACHE)/busybox
	tests/linux/pack $@ $(LINUX_CACHE)/busybox tests/linux/init tests/linux/selftests=tests/selftests $(SELFTESTS)/root/

$(LINUX_BUILD)/compiler/expected: tests/linux/compiler $(BUILD)/paravane
	@mkdir -p $(@D)
	tests/linux/compiler $(@D) $(BUILD)

$(LINUX_BUILD)/initramfs-compile: tests/linux/pack tests/linux/init tests/linux/compile \
    $(LINUX_BUILD)/compiler/expected $(LINUX_CACHE)/busybox
	tests/linux/pack $@ $(LINUX_CACHE)/busybox tests/linux/init tests/linux/compile=tests/compile \
	    $(LINUX_BUILD)/compiler/root/

.PHONY: run-linux test-linux linux-files bench-linux bench-linux-docs
linux-files: $(LINUX_FILES) $(BUILD)/bench/count.so

run-linux: ## Boot Debian's Linux to a shell [CMDLINE= MEM= VCPUS= SMP= ACCEL=kvm HVOPTS=]
	$(Q)$(NEED) 'Linux guests' $(PACKAGES_RUN)
	$(SUBMAKE) -s hypervisor linux-files
	@KERNEL=$(LINUX_BUILD)/vmlinux INITRD=$(LINUX_BUILD)/initramfs MEM=$(or $(MEM),512M) NO_REBOOT= \
	    CMDLINE="privileged=off $(or $(CMDLINE),console=hvc0 noreplace-smp nr_cpus=$(or $(VCPUS),1) pci=off) \
	    $$(stty size 2>/dev/null | sed 's/\(.*\) \(.*\)/LINES=\1 COLUMNS=\2/')" hypervisor/tools/run-qemu

test-linux: ## Load Debian's Linux for long: stress-ng, fork bombs, the kernel's selftests, a build, several guests
	$(Q)$(NEED) testing $(PACKAGES_TEST) gcc-multilib
	$(SUBMAKE) -s hypervisor guest linux-files $(foreach i,stress selftests compile,$(LINUX_BUILD)/initramfs-$(i))
	$(PYTEST) tests/linux $(if $(T),-k '$(T)')

bench-linux: ## Profile one Linux on Paravane, Xen and the bare machine: table in build/bench/linux.md
	$(Q)$(NEED) benchmarks $(PACKAGES_BENCH)
	$(SUBMAKE) -s bench-files linux-files
	@$(PYTHON) -B tests/bench/linux_profile.py

bench-linux-docs: ## Take the last such table into docs/linux-profile.md
	@$(PYTHON) -B tests/bench/linux_profile.py docs
