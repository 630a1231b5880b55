# ci.mk - build/ in the cache of a continuous integration (docs/ci.md). Included by the Makefile. SPDX-License-Identifier: Apache-2.0
#
# A checkout makes every source newer than what was built of it, and Verilated code is of the CPU that built it: what build/ was
# made of is kept in it as a hash, and what was made of anything else is removed.

BUILT_OF = { find Makefile *.mk cmodel coverage formal fuzz mutants regress rtl sv tb tests vectors -type f ! -path '*/__pycache__/*' -exec sha256sum {} + | sort; \
    grep -m 1 '^flags' /proc/cpuinfo; $(CC) --version; $(VERILATOR) --version; } | sha256sum | cut -d ' ' -f 1

cache-restored: ## CI: takes a build/ that the cache had as up to date, if it is of these sources, tools and CPU; else removes it
	@if [ "$$(cat $(BUILD)/built_of 2>/dev/null)" = "$$($(BUILT_OF))" ]; then \
	    touch $(BUILD)/built_of && find $(BUILD) -exec touch -r $(BUILD)/built_of {} + && echo '$(BUILD)/ is of these sources'; \
	else rm -rf $(BUILD) && echo '$(BUILD)/ is made anew'; fi

cache-ready: ## CI: notes in build/ what it is made of, before the cache keeps it
	@mkdir -p $(BUILD) && $(BUILT_OF) > $(BUILD)/built_of

.PHONY: cache-restored cache-ready
