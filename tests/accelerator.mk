# accelerator.mk - accelerator.v and its twin in lockstep on their AXI ports, in five geometries.
# SPDX-License-Identifier: Apache-2.0

# The other geometries are built by the medium tier
ACCELERATORS := tiny tall_3 wide_1
ACCELERATOR_OBJECTS := $(patsubst %,$(BUILD)/obj/tests/%.o,accelerator_bench apply_judge) \
                       $(patsubst %,$(BUILD)/obj/tb/%.o,comparator fingerprint correspondence lockstep model_wave accelerator_design) \
                       $(BUILD)/libdcom.a
ACCELERATOR_DIR = $(BUILD)/tests/accelerator/$*

$(BUILD)/obj/tests/accelerator_bench.o: $(BUILD)/csr_map.h

$(BUILD)/tests/accelerator/%/Vaccelerator.mk: $(wildcard rtl/*.v rtl/*.vh) $(BUILD)/%/dcom_config.vh $(RTL_HEADERS) \
    tb/dut.vlt tb/accelerator.vlt tests/accelerator.mk
	@mkdir -p $(@D)
	@echo 'verilating the accelerator of $*'
	@$(VERILATOR) --cc --exe -O3 --x-assign fast --x-initial fast --unroll-count 1 -Wno-fatal -Irtl \
	    -I$(BUILD)/$* -I$(BUILD)/rtl --top-module accelerator --Mdir $(ACCELERATOR_DIR) -o bench \
	    -CFLAGS '-std=c++17 -I$(CURDIR)/cmodel' tb/dut.vlt tb/accelerator.vlt rtl/accelerator.v \
	    $(CURDIR)/tb/accelerator_dut.cpp -LDFLAGS '$(abspath $(ACCELERATOR_OBJECTS)) $(LIBRARY_LIBS) -llapacke -lblas -pthread'

$(BUILD)/tests/accelerator_%: $(BUILD)/tests/accelerator/%/Vaccelerator.mk $(VERILATED) $(ACCELERATOR_OBJECTS) \
    tb/accelerator_dut.cpp tb/dut_class.h cmodel/accelerator_ports.h
	@echo 'compiling the accelerator of $*'
	@rm -f $(ACCELERATOR_DIR)/bench
	@$(MAKE) -s -C $(ACCELERATOR_DIR) -f Vaccelerator.mk $(RUNTIME) CXX=$(DUT_CXX) LINK='$(DUT_CXX) $(SANITIZED)' OPT_FAST='$(DUT_FLAGS)' OPT_SLOW=-O0 \
	    >$(ACCELERATOR_DIR)/make.log 2>&1 || { cat $(ACCELERATOR_DIR)/make.log; exit 1; }
	@cp $(ACCELERATOR_DIR)/bench $@

.PRECIOUS: $(BUILD)/tests/accelerator/%/Vaccelerator.mk
tests: $(ACCELERATORS:%=$(BUILD)/tests/accelerator_%)
