# sim.mk - Verilates the array of CONFIG and links it with the golden model. Included by the Makefile.
# SPDX-License-Identifier: Apache-2.0

CONFIG ?= small
INPUT ?= tests/data/kjv_S512_L29_mlp_in.npy
STALL ?= none
DUT := $(BUILD)/$(CONFIG)/dut$(if $(WAVES),-waves)
SIM := $(DUT)/sim

# One run parameter a make variable; what is not given is the program's default
SIM_OPTIONS = --config $(CONFIG) --stall $(STALL) $(if $(RANK),--rank $(RANK)) $(if $(EXPANSION),--expansion $(EXPANSION)) \
              $(if $(WARMUP),--warmup $(WARMUP)) $(if $(OUTLIERS),--outliers $(OUTLIERS)) $(if $(SEED),--seed $(SEED)) \
              $(if $(TOLERANCE),--tolerance $(TOLERANCE)) $(if $(STALL_SEED),--stall-seed $(STALL_SEED)) \
              $(if $(FAULT),--fault '$(FAULT)') $(if $(WAVES),--waves $(BUILD)/$(CONFIG)/divergence.fst)

# Everything is linked by Verilator's own makefile, which knows its run-time library; clang, for the loops over MACs
VERILATOR ?= verilator
DUT_CXX := $(if $(shell command -v clang++),clang++,g++)
DUT_FLAGS := -O3 -march=native $(if $(findstring clang,$(DUT_CXX)),-mprefer-vector-width=512)
ifdef SANITIZE
DUT_CXX := g++
DUT_FLAGS := -O1 -fsanitize=$(SANITIZE) -fno-sanitize-recover=all
endif
TB_OBJECTS := $(patsubst %,$(BUILD)/obj/tb/%.o,comparator fingerprint correspondence lockstep quality bench sim) \
              $(filter-out %/main.o,$(call object,$(COMMAND))) $(BUILD)/libdcom.a
VERILATE = $(VERILATOR) --cc --exe -O3 --x-assign fast --x-initial fast --unroll-count 1 -Wno-fatal \
           $(if $(WAVES),--trace-fst --trace-structs) -Irtl -I$(BUILD)/$(CONFIG) --top-module array --Mdir $(DUT) -o sim \
           -CFLAGS '-std=c++17 -I$(CURDIR)/cmodel' tb/dut.vlt rtl/array.v $(CURDIR)/tb/dut.cpp \
           -LDFLAGS '$(abspath $(TB_OBJECTS)) $(COMMAND_LIBS) $(LIBRARY_LIBS) -llapacke -lblas -pthread'

$(DUT)/Varray.mk: $(wildcard rtl/*.v rtl/*.vh) tb/dut.vlt tb/sim.mk $(BUILD)/$(CONFIG)/dcom_config.vh
	@echo 'verilating $(CONFIG)'
	@$(VERILATE)

$(SIM): $(DUT)/Varray.mk tb/dut.cpp tb/dut.h tb/variables.h $(TB_OBJECTS)
	@echo 'compiling the array of $(CONFIG)'
	@rm -f $@
	@$(MAKE) -s -C $(DUT) -f Varray.mk CXX=$(DUT_CXX) LINK='$(DUT_CXX) $(if $(SANITIZE),-fsanitize=$(SANITIZE))' OPT_FAST='$(DUT_FLAGS)' OPT_SLOW=-O0 \
	    OPT_GLOBAL=-O2 >$(DUT)/make.log 2>&1 || { cat $(DUT)/make.log; exit 1; }

$(addprefix $(BUILD)/obj/tb/,comparator.o fingerprint.o): CFLAGS += -march=native

sim: $(SIM) ## golden model and RTL in lockstep on INPUT: CONFIG= RANK= EXPANSION= WARMUP= OUTLIERS= TOLERANCE= SEED= STALL= WAVES=1
	@$(SIM) $(SIM_OPTIONS) $(INPUT)

bench-sim: $(SIM) ## simulation speed of CONFIG: the RTL alone, and in lockstep
	$(SIM) --config $(CONFIG) --bench 5

sim-build: $(SIM)

.PHONY: sim sim-build bench-sim
