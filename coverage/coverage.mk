# coverage.mk - what a regression covers of the RTL and of the functional bins: docs/coverage.md. Included by the Makefile.
# SPDX-License-Identifier: Apache-2.0
#
# The RTL is built once more for each geometry, with counters in it; what runs it are the regression's worker and the bench of
# the AXI ports. Each process leaves its counts in build/coverage/dat; rtl.awk makes of them what people read.

COVERAGE := $(BUILD)/coverage
# Of one cluster and of four the regression; the others for what only one row, three rows, other pipelines have
COVERAGE_REGRESSED := tiny small
COVERAGE_BENCHED := tiny tall_3 wide_1
COVERAGE_CASES := $(filter-out regress/activations.cases regress/geometries.cases regress/faults.cases,$(wildcard regress/*.cases)) \
                  vectors/corner.cases vectors/conformance.cases
# Which bits toggle hangs on the seeds: the same ones each time
COVERAGE_SEED ?= 1
COVERAGE_ROUNDS ?= 2
# Bits of wider signals, which are words of data, are not counted: they would be three in four, and cost as much
COVERAGE_WIDTH := 64
# RTL and C, in percent; there is no bar for toggles
BAR_LINE := 100
BAR_USER := 100
BAR_BINS := 100

$(COVERAGE)/rtl/sequencer_states.svh: rtl/sequencer.v
	@mkdir -p $(@D)
	grep -oE "\b[A-Z][A-Z_]* = 6'd[0-9]+" $< | sed -E 's/(.*) = (.*)/`STATE(\1, \2)/' > $@

# Verilated and compiled once for all programs of a geometry
$(COVERAGE)/%/rtl.a: $(wildcard rtl/*.v rtl/*.vh) $(RTL_HEADERS) $(BUILD)/%/dcom_config.vh $(COVERAGE)/rtl/sequencer_states.svh \
    coverage/points.sv coverage/coverage.mk $(addprefix tb/,dut.vlt accelerator.vlt accelerator_dut.cpp dut_class.h dut.h variables.h)
	@echo 'coverage: verilating the accelerator of $*'
	@mkdir -p $(@D)/rtl
	@$(VERILATOR) --cc --exe -O3 --coverage-line --coverage-user --coverage-toggle --coverage-max-width $(COVERAGE_WIDTH) --x-assign fast --x-initial fast --unroll-count 1 \
	    -Wno-fatal -Irtl -I$(BUILD)/$* -I$(BUILD)/rtl -I$(COVERAGE)/rtl --top-module accelerator --Mdir $(@D)/rtl \
	    -CFLAGS '-std=c++17 -I$(CURDIR)/cmodel' tb/dut.vlt tb/accelerator.vlt rtl/accelerator.v coverage/points.sv \
	    $(CURDIR)/tb/accelerator_dut.cpp
	@echo 'coverage: compiling the accelerator of $*'
	@printf 'include Vaccelerator.mk\nrtl.a: $$(VK_OBJS) $$(VK_USER_OBJS) $$(VK_GLOBAL_OBJS)\n\t$$(AR) rcs $$@ $$^\n' >$(@D)/rtl/all.mk
	@$(MAKE) -s -C $(@D)/rtl -f all.mk CXX=$(DUT_CXX) OPT_FAST='-O1 -march=native' OPT_SLOW=-O0 OPT_GLOBAL=-O1 rtl.a \
	    >$(@D)/rtl/make.log 2>&1 || { cat $(@D)/rtl/make.log; exit 1; }
	@mv $(@D)/rtl/rtl.a $@

COVERAGE_LINK = $(DUT_CXX) $(filter %.o %.a,$^) -o $@ $(COMMAND_LIBS) $(LIBRARY_LIBS) -llapacke -lblas -pthread -latomic
$(COVERAGE_REGRESSED:%=$(COVERAGE)/%/sim): %/sim: $(filter %.o,$(call tb_objects,accelerator_design accelerator_sim worker bins faults)) \
    %/rtl.a $(BUILD)/libdcom.a
	@$(COVERAGE_LINK)
$(COVERAGE_BENCHED:%=$(COVERAGE)/%/bench): %/bench: $(filter %.o,$(ACCELERATOR_OBJECTS)) %/rtl.a $(BUILD)/libdcom.a
	@$(COVERAGE_LINK)
