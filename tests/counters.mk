# counters.mk - counters.v and its twin side by side. Included by the Makefile. SPDX-License-Identifier: Apache-2.0

COUNTERS_N := 37
COUNTERS_DIR := $(BUILD)/tests/counters

$(COUNTERS_DIR)/Vcounters.mk: tests/counters.vlt tests/counters.mk rtl/counters.v
	@mkdir -p $(@D)
	@echo 'verilating counters'
	@$(VERILATOR) --cc --exe -O3 --x-assign fast --x-initial fast --top-module counters -GN=$(COUNTERS_N) \
	    --Mdir $(COUNTERS_DIR) -o program -CFLAGS '-std=c++17 -I$(CURDIR)/cmodel -DCOUNTERS=$(COUNTERS_N)' \
	    tests/counters.vlt rtl/counters.v $(CURDIR)/tests/counters_tb.cpp \
	    -LDFLAGS '$(abspath $(BUILD)/obj/cmodel/counters.o)'

$(BUILD)/tests/counters_tb: $(COUNTERS_DIR)/Vcounters.mk $(VERILATED) tests/counters_tb.cpp $(UNIT_BENCH) cmodel/counters.h $(BUILD)/obj/cmodel/counters.o
	@rm -f $(COUNTERS_DIR)/program
	@$(MAKE) -s -C $(COUNTERS_DIR) -f Vcounters.mk $(RUNTIME) CXX=$(DUT_CXX) LINK='$(DUT_CXX) $(SANITIZED)' OPT_FAST='$(if $(SANITIZE),$(DUT_FLAGS),-O2)' \
	    OPT_SLOW=-O0 >$(COUNTERS_DIR)/make.log 2>&1 || { cat $(COUNTERS_DIR)/make.log; exit 1; }
	@cp $(COUNTERS_DIR)/program $@

tests: $(BUILD)/tests/counters_tb
