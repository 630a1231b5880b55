# row_edge.mk - the unit bench of row_edge: its RTL, Verilated in four geometries, beside its twin. Included by the Makefile.
# SPDX-License-Identifier: Apache-2.0

# Geometry N: N cluster rows
ROW_EDGE_1 := -GROWS=1 -GTILE_TOKENS=72 -GBASIS_ROWS=8
ROW_EDGE_2 := -GROWS=2 -GTILE_TOKENS=16 -GBASIS_ROWS=24
ROW_EDGE_3 := -GROWS=3 -GTILE_TOKENS=8 -GBASIS_ROWS=16
ROW_EDGE_4 := -GROWS=4 -GTILE_TOKENS=40 -GBASIS_ROWS=16
ROW_EDGES := 1 2 3 4
ROW_EDGE_DIR := $(BUILD)/tests/row_edge
ROW_EDGE_MODELS := $(ROW_EDGES:%=$(ROW_EDGE_DIR)/%.a)

$(ROW_EDGE_MODELS): $(ROW_EDGE_DIR)/%.a: rtl/row_edge.v rtl/edge_memory.v $(wildcard rtl/fp_*.vh) tests/row_edge.vlt tests/row_edge.mk
	@echo 'verilating row_edge of $* cluster rows'
	@rm -rf $(ROW_EDGE_DIR)/$* $@
	@mkdir -p $(ROW_EDGE_DIR)
	@$(VERILATOR) --cc -O3 --x-assign fast --x-initial fast --unroll-count 1 -Wno-fatal -Irtl --top-module row_edge \
	    $(ROW_EDGE_$*) --prefix Vrow_edge_$* --Mdir $(ROW_EDGE_DIR)/$* tests/row_edge.vlt rtl/row_edge.v
	@$(MAKE) -s -C $(ROW_EDGE_DIR)/$* -f Vrow_edge_$*.mk CXX=$(DUT_CXX) OPT_FAST='$(DUT_FLAGS)' OPT_SLOW=-O0 \
	    Vrow_edge_$*__ALL.a >$(ROW_EDGE_DIR)/$*.log 2>&1 || { cat $(ROW_EDGE_DIR)/$*.log; exit 1; }
	@mv $(ROW_EDGE_DIR)/$*/Vrow_edge_$*__ALL.a $@

VERILATOR_ROOT ?= $(shell $(VERILATOR) --getenv VERILATOR_ROOT)
$(ROW_EDGE_DIR)/dut.o: tests/row_edge_dut.cpp tests/row_edge_dut.h tb/dut.h tb/variables.h cmodel/row_edge.h $(ROW_EDGE_MODELS)
	@$(DUT_CXX) -std=c++17 $(DUT_FLAGS) -Wall -Wextra -Werror -Wno-unused-parameter $(ROW_EDGES:%=-I$(ROW_EDGE_DIR)/%) \
	    -isystem $(VERILATOR_ROOT)/include -isystem $(VERILATOR_ROOT)/include/vltstd -Icmodel -c $< -o $@

$(BUILD)/tests/test_row_edge: $(BUILD)/obj/tests/row_edge_bench.o $(ROW_EDGE_DIR)/dut.o $(ROW_EDGE_MODELS) $(VERILATED)
$(BUILD)/tests/test_row_edge: TEST_LIBS += -lstdc++ -latomic
