# store.mk - store.v and its twin side by side, built for cluster rows, cluster columns, tokens and channels of a tile.
# Included by the Makefile. SPDX-License-Identifier: Apache-2.0

STORE_DIR = $(BUILD)/tests/store/$*
store_parameter = -$(1)$(2)=$(word $(3),$(subst _, ,$*))
store_parameters = $(foreach p,1:ROWS 2:COLUMNS 3:TILE_TOKENS 4:TILE_CHANNELS,$(call store_parameter,$(1),$(word 2,$(subst :, ,$p)),$(word 1,$(subst :, ,$p))))

$(BUILD)/tests/store/%/Vstore.mk: tests/store.vlt tests/store.mk rtl/store.v
	@mkdir -p $(@D)
	@echo 'verilating store $*'
	@$(VERILATOR) --cc --exe -O3 --x-assign fast --x-initial fast --top-module store $(call store_parameters,G) \
	    --Mdir $(STORE_DIR) -o program -CFLAGS '-std=c++17 -I$(CURDIR)/cmodel $(call store_parameters,D)' \
	    tests/store.vlt rtl/store.v $(CURDIR)/tests/store_tb.cpp \
	    -LDFLAGS '$(abspath $(BUILD)/obj/cmodel/store.o)'

$(BUILD)/tests/store_%: $(BUILD)/tests/store/%/Vstore.mk $(VERILATED) tests/store_tb.cpp $(UNIT_BENCH) cmodel/store.h $(BUILD)/obj/cmodel/store.o
	@rm -f $(STORE_DIR)/program
	@$(MAKE) -s -C $(STORE_DIR) -f Vstore.mk $(RUNTIME) CXX=$(DUT_CXX) LINK='$(DUT_CXX) $(SANITIZED)' OPT_FAST='$(if $(SANITIZE),$(DUT_FLAGS),-O2)' \
	    OPT_SLOW=-O0 >$(STORE_DIR)/make.log 2>&1 || { cat $(STORE_DIR)/make.log; exit 1; }
	@cp $(STORE_DIR)/program $@

# The other geometries are built by the medium tier
tests: $(BUILD)/tests/store_2_3_24_40
