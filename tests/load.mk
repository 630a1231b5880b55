# load.mk - loader, statistics and selector beside their twins, built for cluster rows and columns. Included by the Makefile.
# SPDX-License-Identifier: Apache-2.0

# tokens and channels of a tile, basis rows
LOAD_1_1 := 40 40 16
LOAD_2_1 := 16 8 8
LOAD_2_3 := 24 16 16
LOAD_4_4 := 16 24 8
LOAD_3_16 := 8 16 24
LOAD_RTL := $(addprefix rtl/,loader.v statistics.v selector.v edge_memory.v) tests/load_unit.v
LOAD_TWINS := $(addprefix cmodel/,loader.h statistics.h selector.h)
LOAD_DIR = $(BUILD)/tests/load/$*
load_parameters = ROWS=$(word 1,$(subst _, ,$*)) COLUMNS=$(word 2,$(subst _, ,$*)) TILE_TOKENS=$(word 1,$(LOAD_$*)) \
    TILE_CHANNELS=$(word 2,$(LOAD_$*)) BASIS_ROWS=$(word 3,$(LOAD_$*))

$(BUILD)/tests/load/%/Vload_unit.mk: tests/load.vlt tests/load.mk $(LOAD_RTL) $(wildcard rtl/fp_*.vh)
	@mkdir -p $(@D)
	@echo 'verilating loader, statistics and selector of $*'
	@$(VERILATOR) --cc --exe -O3 --x-assign fast --x-initial fast --unroll-count 1 -Wno-fatal -Wno-UNUSEDSIGNAL -Irtl \
	    --top-module load_unit $(addprefix -G,$(load_parameters)) --Mdir $(LOAD_DIR) -o program \
	    -CFLAGS '-std=c++17 -ffp-contract=off -I$(CURDIR)/cmodel $(addprefix -D,$(load_parameters))' \
	    tests/load.vlt $(LOAD_RTL) $(CURDIR)/tests/load_tb.cpp \
	    -LDFLAGS '$(abspath $(BUILD)/libdcom.a) $(LIBRARY_LIBS) -pthread'

$(BUILD)/tests/load_%: $(BUILD)/tests/load/%/Vload_unit.mk $(VERILATED) tests/load_tb.cpp tests/load_cases.h $(UNIT_BENCH) $(LOAD_TWINS) $(BUILD)/libdcom.a
	@echo 'compiling loader, statistics and selector of $*'
	@rm -f $(LOAD_DIR)/program
	@$(MAKE) -s -C $(LOAD_DIR) -f Vload_unit.mk $(RUNTIME) CXX=$(DUT_CXX) LINK='$(DUT_CXX) $(SANITIZED)' OPT_FAST='$(DUT_FLAGS)' OPT_SLOW=-O0 \
	    >$(LOAD_DIR)/make.log 2>&1 || { cat $(LOAD_DIR)/make.log; exit 1; }
	@cp $(LOAD_DIR)/program $@

.PRECIOUS: $(BUILD)/tests/load/%/Vload_unit.mk
# The other geometries are built by the medium tier
tests: $(BUILD)/tests/load_2_3
