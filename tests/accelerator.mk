# accelerator.mk - accelerator.v and its twin side by side, in four geometries.
# SPDX-License-Identifier: Apache-2.0

ACCELERATORS := tiny small tall_3 wide_1
ACCELERATOR_DIR = $(BUILD)/tests/accelerator/$*

$(BUILD)/tests/accelerator/%/Vaccelerator.mk: $(wildcard rtl/*.v rtl/*.vh) $(BUILD)/%/dcom_config.vh \
    $(BUILD)/rtl/scalar_program.vh tests/accelerator.vlt tests/accelerator.mk
	@mkdir -p $(@D)
	@echo 'verilating the accelerator of $*'
	@$(VERILATOR) --cc --exe -O3 --x-assign fast --x-initial fast --unroll-count 1 -Wno-fatal -Wno-UNUSEDSIGNAL -Irtl \
	    -I$(BUILD)/$* -I$(BUILD)/rtl --top-module accelerator --Mdir $(ACCELERATOR_DIR) -o bench \
	    -CFLAGS '-std=c++17 -I$(CURDIR)/cmodel' tests/accelerator.vlt rtl/accelerator.v \
	    $(CURDIR)/tests/accelerator_dut.cpp -LDFLAGS '$(if $(SANITIZE),-fsanitize=$(SANITIZE)) $(abspath $(BUILD)/obj/tests/accelerator_bench.o $(BUILD)/libdcom.a) $(LIBRARY_LIBS) -pthread'

$(BUILD)/tests/accelerator_%: $(BUILD)/tests/accelerator/%/Vaccelerator.mk $(BUILD)/obj/tests/accelerator_bench.o \
    tests/accelerator_dut.cpp cmodel/accelerator_ports.h $(BUILD)/libdcom.a
	@echo 'compiling the accelerator of $*'
	@rm -f $(ACCELERATOR_DIR)/bench
	@$(MAKE) -s -C $(ACCELERATOR_DIR) -f Vaccelerator.mk CXX=$(DUT_CXX) LINK=$(DUT_CXX) OPT_FAST='$(DUT_FLAGS)' OPT_SLOW=-O0 \
	    OPT_GLOBAL=-O1 >$(ACCELERATOR_DIR)/make.log 2>&1 || { cat $(ACCELERATOR_DIR)/make.log; exit 1; }
	@cp $(ACCELERATOR_DIR)/bench $@

.PRECIOUS: $(BUILD)/tests/accelerator/%/Vaccelerator.mk
tests: $(ACCELERATORS:%=$(BUILD)/tests/accelerator_%)
