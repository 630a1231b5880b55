# dpi.mk - dcom_pkg.sv and its C side in a SystemVerilog bench of the accelerator, build/dpi/CONFIG/bench, on Verilator with
# --timing, which wants g++: clang 14 has no coroutines for libstdc++. Included by the Makefile.
# SPDX-License-Identifier: Apache-2.0

DPI_SOURCES := sv/dcom_pkg.sv tests/dpi/refusals.sv tests/dpi/bench.sv
DPI_OPTIMISE := -O1
SVDPI = $(shell $(VERILATOR) --getenv VERILATOR_ROOT)/include/vltstd

$(BUILD)/dpi/%/Vbench.mk: $(DPI_SOURCES) $(wildcard rtl/*.v rtl/*.vh) tb/generate.vh $(BUILD)/%/dcom_config.vh $(RTL_HEADERS) \
    tb/dut.vlt tb/accelerator.vlt tests/dpi.mk
	@mkdir -p $(@D)
	@echo 'verilating the DPI bench of $*'
	@$(VERILATOR) --cc --exe --main --timing -Wno-fatal -O3 --x-assign unique --x-initial unique --unroll-count 1 -Irtl -Itb \
	    -I$(BUILD)/$* -I$(BUILD)/rtl --top-module bench --Mdir $(@D) -o bench tb/dut.vlt tb/accelerator.vlt $(DPI_SOURCES) rtl/accelerator.v \
	    -LDFLAGS '$(abspath $(@D))/dcom_dpi.o $(abspath $(BUILD)/libdcom.a) $(LIBRARY_LIBS) -pthread'

# Against the prototypes that the simulator made of the package
$(BUILD)/dpi/%/dcom_dpi.o: sv/dcom_dpi.c cmodel/dcom.h $(BUILD)/dpi/%/Vbench.mk
	$(CC) $(CFLAGS) -isystem $(SVDPI) -include $(@D)/Vbench__Dpi.h -c $< -o $@

$(BUILD)/dpi/%/bench: $(BUILD)/dpi/%/dcom_dpi.o $(BUILD)/libdcom.a
	@echo 'compiling the DPI bench of $*'
	@rm -f $@
	@$(MAKE) -s -C $(@D) -f Vbench.mk CXX=g++ LINK='g++ $(SANITIZED)' OPT_FAST='$(DPI_OPTIMISE)' OPT_SLOW=-O0 OPT_GLOBAL=-O1 \
	    >$(@D)/make.log 2>&1 || { cat $(@D)/make.log; exit 1; }

.PRECIOUS: $(BUILD)/dpi/%/Vbench.mk $(BUILD)/dpi/%/dcom_dpi.o

tests: $(BUILD)/dpi/tiny/bench
