# scalar.mk - tests of the scalar unit's arithmetic: fp32.h against MPFR, scalar_alu.v against its twin. Included by the
# Makefile after the rules of the other tests.
# SPDX-License-Identifier: Apache-2.0

$(BUILD)/tests/test_fp32: TEST_LIBS += -lmpfr

SCALAR_ALU := $(BUILD)/scalar_alu

$(SCALAR_ALU)/Vscalar_alu.mk: rtl/scalar_alu.v $(wildcard rtl/fp_*.vh) tests/scalar_alu.vlt tests/scalar.mk
	@echo 'verilating scalar_alu'
	@$(VERILATOR) --cc --exe -O3 --x-assign fast --x-initial fast -Wno-fatal -Irtl --top-module scalar_alu \
	    --Mdir $(SCALAR_ALU) -o tb -CFLAGS '-std=c++17 -I$(CURDIR)/cmodel' tests/scalar_alu.vlt rtl/scalar_alu.v \
	    $(CURDIR)/tests/scalar_alu_tb.cpp -LDFLAGS '$(abspath $(BUILD)/obj/cmodel/scalar_alu.o)'

$(SCALAR_ALU)/tb: $(SCALAR_ALU)/Vscalar_alu.mk $(VERILATED) tests/scalar_alu_tb.cpp tests/fp_vectors.h $(UNIT_BENCH) $(wildcard cmodel/fp*.h) cmodel/scalar_alu.h \
                  $(BUILD)/obj/cmodel/scalar_alu.o
	@rm -f $@
	@$(MAKE) -s -C $(SCALAR_ALU) -f Vscalar_alu.mk $(RUNTIME) CXX=$(DUT_CXX) LINK='$(DUT_CXX) $(SANITIZED)' OPT_FAST=-O2 \
	    OPT_SLOW=-O0 >$(SCALAR_ALU)/make.log 2>&1 || { cat $(SCALAR_ALU)/make.log; exit 1; }

tests: $(SCALAR_ALU)/tb

SCALAR := $(BUILD)/scalar
SCALAR_OBJECTS := $(addprefix $(BUILD)/obj/cmodel/,scalar.o scalar_program.o scalar_alu.o certificate.o)

$(SCALAR)/Vscalar.mk: rtl/scalar.v rtl/scalar_alu.v $(wildcard rtl/fp_*.vh) $(BUILD)/rtl/scalar_program.vh \
                      tests/scalar.vlt tests/scalar.mk
	@echo 'verilating scalar'
	@$(VERILATOR) --cc --exe -O3 --x-assign fast --x-initial fast -Wno-fatal -Irtl -I$(BUILD)/rtl --top-module scalar \
	    --Mdir $(SCALAR) -o tb -CFLAGS '-std=c++17 -I$(CURDIR)/cmodel' tests/scalar.vlt rtl/scalar.v \
	    $(CURDIR)/tests/scalar_tb.cpp -LDFLAGS '$(abspath $(SCALAR_OBJECTS)) -lm'

$(SCALAR)/tb: $(SCALAR)/Vscalar.mk $(VERILATED) tests/scalar_tb.cpp $(UNIT_BENCH) $(SCALAR_OBJECTS)
	@rm -f $@
	@$(MAKE) -s -C $(SCALAR) -f Vscalar.mk $(RUNTIME) CXX=$(DUT_CXX) LINK='$(DUT_CXX) $(SANITIZED)' OPT_FAST='-O2 -ffp-contract=off' \
	    OPT_SLOW=-O0 >$(SCALAR)/make.log 2>&1 || { cat $(SCALAR)/make.log; exit 1; }

tests: $(SCALAR)/tb
