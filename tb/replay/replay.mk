# replay.mk - the bench that replays a trace: build/CONFIG/replay_icarus and build/CONFIG/replay_verilator, of the same file.
# Included by the Makefile. RTL= takes the design from another folder (tests plant faults there).
# SPDX-License-Identifier: Apache-2.0

SIMULATOR ?= verilator
RTL ?= rtl
REPLAY := $(BUILD)/$(CONFIG)/replay_$(SIMULATOR)
REPLAY_FILES = tb/replay/replay.v $(wildcard $(RTL)/*.v)
REPLAY_INCLUDES = -I$(RTL) -I$(BUILD)/$(CONFIG) -I$(BUILD)/rtl \
                  -DDCOM_NUMERIC_CONTRACT=$(shell sed -n 's/^\#define DCOM_NUMERIC_CONTRACT \([0-9]*\).*/\1/p' cmodel/dcom.h)
REPLAY_NEEDS = $(REPLAY_FILES) $(wildcard $(RTL)/*.vh) $(BUILD)/$(CONFIG)/dcom_config.vh $(RTL_HEADERS) cmodel/dcom.h tb/replay/replay.mk
# clang has coroutines, which --timing needs, as part of C++20 only
REPLAY_COROUTINES = -std=c++20 $(if $(findstring clang,$(DUT_CXX)),,-fcoroutines)

$(BUILD)/$(CONFIG)/replay_icarus: $(REPLAY_NEEDS)
	@iverilog -g2005 -Wall $(REPLAY_INCLUDES) -s replay -o $@ $(REPLAY_FILES)

# Registers begin with random bits: with +verilator+rand+reset+2, which tb/replay/run gives
$(BUILD)/$(CONFIG)/replay_verilator: $(REPLAY_NEEDS) tb/dut.vlt tb/accelerator.vlt
	@rm -rf $@-rtl && mkdir -p $@-rtl
	@$(VERILATOR) --cc --main --exe --timing -Wall -O3 --x-assign fast --x-initial unique --unroll-count 1 $(REPLAY_INCLUDES) \
	    --top-module replay --Mdir $@-rtl tb/dut.vlt tb/accelerator.vlt $(REPLAY_FILES)
	@$(MAKE) -s -C $@-rtl -f Vreplay.mk CXX=$(DUT_CXX) LINK=$(DUT_CXX) CFG_CXXFLAGS_COROUTINES='$(REPLAY_COROUTINES)' \
	    OPT_FAST='$(DUT_FLAGS)' OPT_SLOW=-O0 OPT_GLOBAL=-O2 >$@-rtl/make.log 2>&1 || { cat $@-rtl/make.log; exit 1; }
	@cp $@-rtl/Vreplay $@

replay-build: $(REPLAY)

replay-trace: $(REPLAY) ## a stored trace against the RTL, in plain Verilog: CONFIG= TRACE= SIMULATOR=icarus|verilator
	@BUILD=$(BUILD) CONFIG=$(CONFIG) SIMULATOR=$(SIMULATOR) TRACE='$(TRACE)' tb/replay/run

.PHONY: replay-build replay-trace
