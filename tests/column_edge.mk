# column_edge.mk - column_edge.v and its twin side by side, built for stages of the adder and channels of a tile.
# SPDX-License-Identifier: Apache-2.0

COLUMN_EDGE_RTL := $(addprefix rtl/,column_edge.v corner_memory.v edge_memory.v)
COLUMN_EDGE_DIR = $(BUILD)/tests/column_edge/$*
column_edge_stages = $(word 1,$(subst _, ,$*))
column_edge_channels = $(word 2,$(subst _, ,$*))

$(BUILD)/tests/column_edge/%/Vcolumn_edge.mk: tests/column_edge.vlt tests/column_edge.mk $(COLUMN_EDGE_RTL) $(wildcard rtl/fp_*.vh)
	@mkdir -p $(@D)
	@echo 'verilating column_edge $*'
	@$(VERILATOR) --cc --exe -O3 --x-assign fast --x-initial fast --unroll-count 1 -Irtl --top-module column_edge \
	    -GADD_STAGES=$(column_edge_stages) -GTILE_CHANNELS=$(column_edge_channels) -GREPEATS=40 \
	    --Mdir $(COLUMN_EDGE_DIR) -o program \
	    -CFLAGS '-std=c++17 -ffp-contract=off -I$(CURDIR)/cmodel' \
	    -CFLAGS '-DADD_STAGES=$(column_edge_stages) -DTILE_CHANNELS=$(column_edge_channels) -DREPEATS=40' \
	    tests/column_edge.vlt $(COLUMN_EDGE_RTL) $(CURDIR)/tests/column_edge_rtl.cpp \
	    -LDFLAGS '$(abspath $(BUILD)/libdcom.a) $(LIBRARY_LIBS) -pthread'

$(BUILD)/tests/column_edge_%: $(BUILD)/tests/column_edge/%/Vcolumn_edge.mk $(VERILATED) tests/column_edge_rtl.cpp $(UNIT_BENCH) cmodel/column_edge.h \
    $(BUILD)/libdcom.a
	@echo 'compiling column_edge $*'
	@rm -f $(COLUMN_EDGE_DIR)/program
	@$(MAKE) -s -C $(COLUMN_EDGE_DIR) -f Vcolumn_edge.mk $(RUNTIME) CXX=$(DUT_CXX) LINK='$(DUT_CXX) $(SANITIZED)' OPT_FAST='$(DUT_FLAGS)' OPT_SLOW=-O0 \
	    >$(COLUMN_EDGE_DIR)/make.log 2>&1 || { cat $(COLUMN_EDGE_DIR)/make.log; exit 1; }
	@cp $(COLUMN_EDGE_DIR)/program $@

# The other geometries are built by the medium tier
tests: $(BUILD)/tests/column_edge_1_16
