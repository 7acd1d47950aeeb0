# SPDX: MIT
# Debian's stock Linux as a guest: `make run-linux` and `make test-linux`. The kernel and the programs come from
# Debian's packages, through apt-get download, into build/cache/linux/.
LINUX_CACHE := $(BUILD)/cache/linux
LINUX_BUILD := $(BUILD)/linux
LINUX_FILES := $(LINUX_BUILD)/vmlinux $(LINUX_BUILD)/initramfs

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

.PHONY: run-linux test-linux linux-files
linux-files: $(LINUX_FILES)

run-linux: ## Boot Debian's Linux to a shell [CMDLINE= MEM= VCPUS= SMP= ACCEL=kvm HVOPTS=]
	$(Q)$(NEED) 'Linux guests' $(PACKAGES_RUN)
	$(SUBMAKE) -s hypervisor linux-files
	@KERNEL=$(LINUX_BUILD)/vmlinux INITRD=$(LINUX_BUILD)/initramfs MEM=$(or $(MEM),512M) NO_REBOOT= \
	    CMDLINE="privileged=off $(or $(CMDLINE),console=hvc0 noreplace-smp nr_cpus=$(or $(VCPUS),1) pci=off) \
	    $$(stty size 2>/dev/null | sed 's/\(.*\) \(.*\)/LINES=\1 COLUMNS=\2/')" hypervisor/tools/run-qemu

test-linux: ## Load Debian's Linux for long: stress-ng, fork bombs, several guests
	$(Q)$(NEED) testing $(PACKAGES_TEST)
	$(SUBMAKE) -s hypervisor guest linux-files $(LINUX_BUILD)/initramfs-stress
	$(PYTEST) tests/linux $(if $(T),-k '$(T)')
