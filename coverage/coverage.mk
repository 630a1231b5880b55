# coverage.mk - what a regression covers of the RTL, its points and the functional bins; with c.mk, of the C model:
# docs/coverage.md. Included by the Makefile.
# SPDX-License-Identifier: Apache-2.0
#
# The RTL is built once more for each geometry, with counts in it. What runs it are the regression's worker, the bench of the
# AXI ports, and the array alone, whose edges may wait. Each process leaves its counts in build/coverage/dat; rtl.awk makes of
# them what people read.

COVERAGE := $(BUILD)/coverage
# What runs the regression's cases; the others have what only one row, three rows or other pipelines have
COVERAGE_REGRESSED := tiny small
COVERAGE_BENCHED := tall_3 small wide_1 tiny
COVERAGE_ARRAYS := small
COVERAGE_CASES := vectors/corner.cases vectors/conformance.cases regress/families.cases
# Which bits toggle depends on what is drawn: the same each time
COVERAGE_SEED ?= 1
COVERAGE_ROUNDS ?= 1
# Bits of wider signals, which are words of data, are not counted: they would be three in four, and cost as much
COVERAGE_WIDTH := 64
# Verilator 5.006 splits a block into several, and then counts a branch before what its condition hangs on is computed
COVERAGE_FLAGS := --coverage-line --coverage-user --coverage-toggle --coverage-max-width $(COVERAGE_WIDTH) -fno-split
# In percent of what is not excluded; what never toggled is listed, without a bar
COVERAGE_BARS := rtl-line=100 rtl-toggle=0 rtl-user=100
COVERAGE_BINS_BAR := 100

$(COVERAGE)/rtl/sequencer_states.svh: rtl/sequencer.v
	@mkdir -p $(@D)
	grep -oE "\b[A-Z][A-Z_]* = 6'd[0-9]+" $< | sed -E 's/(.*) = (.*)/`STATE(\1, \2)/' > $@

# coverage_archive: top module. Verilated and compiled once for all programs of a geometry
define coverage_archive
$$(COVERAGE)/%/$(1).a: $$(wildcard rtl/*.v rtl/*.vh) $$(RTL_HEADERS) $$(BUILD)/%/dcom_config.vh $$(COVERAGE)/rtl/sequencer_states.svh \
    coverage/points.sv coverage/assumed.sv coverage/coverage.mk $$(addprefix tb/,dut.vlt accelerator.vlt $(1)_dut.cpp dut_class.h dut.h variables.h)
	@echo 'coverage: verilating $(1).v of $$*'
	@mkdir -p $$(@D)/$(1)
	@$$(VERILATOR) --cc --exe -O3 $$(COVERAGE_FLAGS) --assert --x-assign fast --x-initial fast --unroll-count 1 \
	    -Wno-fatal -Irtl -I$$(BUILD)/$$* -I$$(BUILD)/rtl -I$$(COVERAGE)/rtl --top-module $(1) --Mdir $$(@D)/$(1) \
	    -CFLAGS '-std=c++17 -I$$(CURDIR)/cmodel' tb/dut.vlt $(if $(filter accelerator,$(1)),tb/accelerator.vlt) rtl/$(1).v \
	    coverage/points.sv coverage/assumed.sv $$(CURDIR)/tb/$(1)_dut.cpp
	@echo 'coverage: compiling $(1).v of $$*'
	@printf 'include V$(1).mk\nall.a: $$$$(VK_OBJS) $$$$(VK_USER_OBJS) $$$$(VK_GLOBAL_OBJS)\n\t$$$$(AR) rcs $$$$@ $$$$^\n' >$$(@D)/$(1)/all.mk
	@$$(MAKE) -s -C $$(@D)/$(1) -f all.mk CXX=$$(DUT_CXX) OPT_FAST='-O1 -march=native' OPT_SLOW=-O0 OPT_GLOBAL=-O1 all.a \
	    >$$(@D)/$(1)/make.log 2>&1 || { cat $$(@D)/$(1)/make.log; exit 1; }
	@mv $$(@D)/$(1)/all.a $$@
endef
$(eval $(call coverage_archive,accelerator))
$(eval $(call coverage_archive,array))

COVERAGE_PROGRAMS := $(COVERAGE_REGRESSED:%=$(COVERAGE)/%/sim) $(COVERAGE_BENCHED:%=$(COVERAGE)/%/bench) \
                     $(COVERAGE_ARRAYS:%=$(COVERAGE)/%/array_sim)
$(filter %/sim,$(COVERAGE_PROGRAMS)): %/sim: %/accelerator.a \
    $(call tb_objects,accelerator_design accelerator_sim worker bins faults)
$(filter %/bench,$(COVERAGE_PROGRAMS)): %/bench: %/accelerator.a $(ACCELERATOR_OBJECTS)
$(filter %/array_sim,$(COVERAGE_PROGRAMS)): %/array_sim: %/array.a $(call tb_objects,array_design array_bench array_sim)
$(COVERAGE_PROGRAMS):
	@$(DUT_CXX) $(filter %.o,$^) $(filter %.a,$^) -o $@ $(COMMAND_LIBS) $(LIBRARY_LIBS) -llapacke -lblas -pthread -latomic

# The regression, on as many processes as there are cores, then the benches and the array; anew each time
$(COVERAGE)/ran: $(COVERAGE_PROGRAMS) $(BUILD)/regress $(COVERAGE_CASES) coverage/run
	@DCOM_COVERAGE=$(abspath $(COVERAGE))/dat SEED=$(COVERAGE_SEED) ROUNDS=$(COVERAGE_ROUNDS) coverage/run $(BUILD) \
	    '$(COVERAGE_CASES)' '$(COVERAGE_BENCHED)' '$(COVERAGE_ARRAYS)'
	@touch $@

coverage-rtl: $(COVERAGE)/ran
	@echo 'coverage: adding up the RTL'
	@awk -v out=$(COVERAGE) -v bars='$(COVERAGE_BARS)' -f coverage/rtl.awk coverage/excluded $(COVERAGE)/dat/*.dat

coverage-bins: $(COVERAGE)/ran
	@coverage/bins $(COVERAGE) $(COVERAGE_BINS_BAR)

coverage: coverage-rtl coverage-bins $(if $(wildcard coverage/c.mk),coverage-c) ## lines, bits and points of the RTL, functional bins, lines and branches of C, over a regression; HTML; fails below the bars
	@coverage/summary $(COVERAGE)

.PHONY: coverage coverage-rtl coverage-bins
