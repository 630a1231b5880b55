# fp.mk - the tests of the arithmetic: MPFR for test_fp, and the Verilated units of fp_unit.v for fp_rtl.
# SPDX-License-Identifier: Apache-2.0

$(BUILD)/tests/test_fp: TEST_LIBS += -lmpfr

FP_DIR := $(BUILD)/tests/fp_unit
FP_RTL := rtl/mac_grid.v rtl/reducer.v

$(FP_DIR)/Vfp_unit.mk: tests/fp_unit.v tests/fp_unit.vlt tests/fp.mk $(FP_RTL) $(wildcard rtl/fp_*.vh)
	@mkdir -p $(@D)
	@echo 'verilating the arithmetic'
	@$(VERILATOR) --cc --exe -O3 --x-assign fast --x-initial fast --unroll-count 1 -Irtl --top-module fp_unit \
	    --Mdir $(FP_DIR) -o program -CFLAGS '-std=c++17 -ffp-contract=off -fno-math-errno -I$(CURDIR)/cmodel' \
	    tests/fp_unit.vlt tests/fp_unit.v $(FP_RTL) $(CURDIR)/tests/fp_rtl.cpp

$(BUILD)/tests/fp_rtl: $(FP_DIR)/Vfp_unit.mk $(VERILATED) tests/fp_rtl.cpp tests/fp_vectors.h cmodel/fp.h
	@echo 'compiling the arithmetic'
	@$(MAKE) -s -C $(FP_DIR) -f Vfp_unit.mk $(RUNTIME) CXX=$(DUT_CXX) LINK='$(DUT_CXX) $(SANITIZED)' OPT_FAST='$(DUT_FLAGS)' OPT_SLOW=-O0 \
	    >$(FP_DIR)/make.log 2>&1 || { cat $(FP_DIR)/make.log; exit 1; }
	@cp $(FP_DIR)/program $@

tests: $(BUILD)/tests/fp_rtl
