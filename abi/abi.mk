# SPDX-License-Identifier: MIT
# Interface headers: install them, and hold them to libxen-dev's. Included from the top Makefile; works
# alone too (make -f abi/abi.mk ...), from the root of the repository.

PREFIX  ?= /usr/local
BUILD   ?= build
PYTHON3 ?= /usr/bin/python3

# The interface release the headers describe.
ABI_VERSION := 4.17
ABI_HEADERS := $(shell cd abi/include && find . -name '*.h' | sed 's|^\./||' | LC_ALL=C sort)

$(BUILD)/paravane-abi.pc: abi/paravane-abi.pc.in FORCE-abi-pc
	@mkdir -p $(@D)
	@sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(ABI_VERSION)|' $< >$@

# The prefix is a variable of the command line, so the file is made anew each time.
FORCE-abi-pc:

install-headers: $(BUILD)/paravane-abi.pc
	@set -e; for h in $(ABI_HEADERS); do \
	    install -D -m 644 abi/include/$$h $(DESTDIR)$(PREFIX)/include/$$h; done
	install -D -m 644 $< $(DESTDIR)$(PREFIX)/share/pkgconfig/paravane-abi.pc

test-headers:
	$(PYTHON3) -m pytest -q -p no:cacheprovider tests/conformance/headers

.PHONY: install-headers test-headers FORCE-abi-pc
