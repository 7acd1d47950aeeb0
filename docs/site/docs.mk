# SPDX-License-Identifier: MIT
# The documentation: HTML through Sphinx, manual pages, both from docs/ and the records of abi/spec/. Sphinx's source
# directory holds links to what is written and the pages that are generated.
BUILD ?= build
PYTHON ?= /usr/bin/python3

DOCS := $(BUILD)/docs
DOCS_SOURCE := $(DOCS)/source
DOCS_WRITTEN := $(wildcard docs/*.md docs/*/*.md docs/*/*.dot docs/*/*.svg docs/site/* docs/site/static/*)
DOCS_GENERATOR := $(wildcard abi/generate/*.py abi/spec/*.toml) tests/bench/budget.toml tests/bench/rows.toml
DOCS_LINKS := $(notdir $(wildcard docs/*.md)) guide reference diagrams benchmarks
DOCS_DATE := $(shell date -u -d "@$${SOURCE_DATE_EPOCH:-$$(git log -1 --format=%ct 2>/dev/null || date +%s)}" '+%B %-d, %Y')

$(DOCS)/structures.json: abi/generate/structures.py $(wildcard abi/include/xen/*.h abi/include/xen/*/*.h)
	$(PYTHON) -B abi/generate/structures.py abi/include $@

.PHONY: docs-html docs-man docs-all
docs-html: $(DOCS)/structures.json
	@mkdir -p $(DOCS_SOURCE)
	@find $(DOCS_SOURCE) -maxdepth 1 -type l -delete
	@for f in $(DOCS_LINKS); do ln -s $(CURDIR)/docs/$$f $(DOCS_SOURCE)/$$f; done
	@ln -s $(CURDIR)/guest-pv-kernel/README.md $(DOCS_SOURCE)/bundled-guest.md
	@for f in tests hypervisor abi guest-pv-kernel; do ln -s $(CURDIR)/$$f $(DOCS_SOURCE)/$$f; done
	$(PYTHON) abi/generate abi/spec $(DOCS_SOURCE) reference $(DOCS)/structures.json
	$(PYTHON) -B -m sphinx -q -W --keep-going -j 2 -c docs/site -d $(DOCS)/doctrees $(DOCS_SOURCE) $(DOCS)/html || \
	    { rm -rf $(DOCS)/doctrees; exit 1; }    # else a second run would not read again what it warned of
	$(PYTHON) -B docs/site/check.py $(DOCS)/html docs/words.txt

# Quiet when all is well. The lint looks for manuals among the installed ones, where ours need not be: those that
# the pages refer to are looked for here.
docs-man:
	$(PYTHON) abi/generate abi/spec $(DOCS)/man manual '$(DOCS_DATE)'
	@mandoc -T lint -W style $(DOCS)/man/man*/* 2>$(DOCS)/lint.err | grep -v 'referenced manual not found' >$(DOCS)/lint; cat $(DOCS)/lint; \
	    test ! -s $(DOCS)/lint
	@sed -n 's/^\.\(It \)\?Xr \([^ ]*\) \([27]\).*/\3\/\2.\3/p' $(DOCS)/man/man*/* | sort -u | while read page; do \
	    test -e $(DOCS)/man/man$$page || { echo "no manual page $$page" >&2; exit 1; }; done

docs-all: docs-html docs-man

.PHONY: install-docs
install-docs:
	@for f in $$(cd $(DOCS)/man && echo man*/*); do \
	    install -D -m 644 $(DOCS)/man/$$f $(DESTDIR)$(PREFIX)/share/man/$$f; done
	@for f in $$(cd $(DOCS) && find html -type f -not -name .buildinfo); do \
	    install -D -m 644 $(DOCS)/$$f $(DESTDIR)$(PREFIX)/share/doc/paravane/$$f; done
