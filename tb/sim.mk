# sim.mk - the lockstep programs: build/CONFIG/sim for the accelerator, build/CONFIG/array_sim for the cluster array alone.
# Included by the Makefile.
# SPDX-License-Identifier: Apache-2.0

CONFIG ?= small
INPUT ?= tests/data/kjv_S512_L29_mlp_in.npy
STALL ?= none
# A build with waves beside the one without
WAVED := $(if $(WAVES),-waves)
SIM := $(BUILD)/$(CONFIG)/sim$(WAVED)
ARRAY_SIM := $(BUILD)/$(CONFIG)/array_sim$(WAVED)

# One run parameter a make variable; what is not given is the program's default
SIM_OPTIONS = --config $(CONFIG) --stall $(STALL) $(if $(RANK),--rank $(RANK)) $(if $(EXPANSION),--expansion $(EXPANSION)) \
              $(if $(WARMUP),--warmup $(WARMUP)) $(if $(OUTLIERS),--outliers $(OUTLIERS)) $(if $(SEED),--seed $(SEED)) \
              $(if $(TOLERANCE),--tolerance $(TOLERANCE)) $(if $(EXACT_TOKENS),--exact-tokens $(EXACT_TOKENS)) \
              $(if $(STALL_SEED),--stall-seed $(STALL_SEED)) $(if $(EXPECT),--expect $(EXPECT)) \
              $(if $(FAULT),--fault '$(FAULT)') $(if $(WAVES),--waves $(BUILD)/$(CONFIG)/divergence.fst)

# Everything is linked by Verilator's own makefile, which knows its run-time library; clang, for the loops over MACs
VERILATOR ?= verilator
DUT_CXX := $(if $(shell command -v clang++),clang++,g++)
DUT_FLAGS := -O3 -march=native $(if $(findstring clang,$(DUT_CXX)),-mprefer-vector-width=512)
ifdef SANITIZE
DUT_CXX := $(if $(findstring clang,$(CC)),clang++,g++)
# Verilator's buffer of waves is packed, and read as it lies
DUT_FLAGS := -O1 $(SANITIZED) -fno-sanitize-recover=all $(if $(WAVES),-fno-sanitize=alignment)
endif

# Verilator's run-time library, compiled once for all programs that have the same parts of it: a make of theirs takes $(RUNTIME)
# and makes none
VERILATED := $(BUILD)/verilated.a
RUNTIME := VK_GLOBAL_OBJS= LOADLIBES=$(abspath $(VERILATED))
$(VERILATED): rtl/fifo.v tb/sim.mk
	@$(VERILATOR) --cc -Wno-fatal --prefix Vruntime --Mdir $(BUILD)/verilated rtl/fifo.v
	@printf 'include Vruntime.mk\nruntime.a: $$(VK_GLOBAL_OBJS)\n\t$$(AR) rcs $$@ $$^\n' >$(BUILD)/verilated/all.mk
	@$(MAKE) -s -C $(BUILD)/verilated -f all.mk CXX=$(DUT_CXX) \
	    OPT_GLOBAL='-O2 $(SANITIZED)' runtime.a >$(BUILD)/verilated.log 2>&1 || { cat $(BUILD)/verilated.log; exit 1; }
	@mv $(BUILD)/verilated/runtime.a $@

tb_objects = $(patsubst %,$(BUILD)/obj/tb/%.o,comparator fingerprint correspondence lockstep judge model_wave quality replay sim $(1)) \
             $(filter-out %/main.o,$(call object,$(COMMAND))) $(BUILD)/libdcom.a

# lockstep_program: top module, folder below build/CONFIG, program, its objects, its .vlt files, headers of the RTL
define lockstep_program
$$(BUILD)/$$(CONFIG)/$(2)$$(WAVED)/V$(1).mk: $$(wildcard rtl/*.v rtl/*.vh) $(5) tb/sim.mk $$(BUILD)/$$(CONFIG)/dcom_config.vh $(6)
	@echo 'verilating $(1).v of $$(CONFIG)'
	@$$(VERILATOR) --cc --exe -O3 --x-assign fast --x-initial fast --unroll-count 1 -Wno-fatal \
	    $$(if $$(WAVES),--trace-fst --trace-structs) -Irtl -I$$(BUILD)/$$(CONFIG) -I$$(BUILD)/rtl --top-module $(1) --Mdir $$(@D) \
	    -o program -CFLAGS '-std=c++17 -I$$(CURDIR)/cmodel' $(5) rtl/$(1).v $$(CURDIR)/tb/$(1)_dut.cpp

$$(BUILD)/$$(CONFIG)/$(3)$$(WAVED): $$(BUILD)/$$(CONFIG)/$(2)$$(WAVED)/V$(1).mk $$(addprefix tb/,$(1)_dut.cpp dut_class.h dut.h variables.h) $(4) \
    $$(if $$(WAVES),,$$(VERILATED))
	@echo 'compiling $(1).v of $$(CONFIG)'
	@rm -f $$@ $$(<D)/program
	@$$(MAKE) -s -C $$(<D) -f V$(1).mk CXX=$$(DUT_CXX) LINK='$$(DUT_CXX) $$(SANITIZED)' \
	    $$(if $$(WAVES),,VK_GLOBAL_OBJS=) LOADLIBES='$$(abspath $(4) $$(if $$(WAVES),,$$(VERILATED))) $$(COMMAND_LIBS) $$(LIBRARY_LIBS) -llapacke -lblas -pthread' \
	    OPT_FAST='$$(DUT_FLAGS)' OPT_SLOW=-O0 $$(if $$(WAVES),OPT_GLOBAL=-O2) >$$(<D)/make.log 2>&1 || { cat $$(<D)/make.log; exit 1; }
	@ln $$(<D)/program $$@ # not by its name: Verilator's makefile also looks in ..
endef
$(eval $(call lockstep_program,array,array-rtl,array_sim,$(call tb_objects,array_design array_bench array_sim),tb/dut.vlt,))
$(eval $(call lockstep_program,accelerator,accelerator-rtl,sim,$(call tb_objects,accelerator_design accelerator_sim worker bins faults),tb/dut.vlt tb/accelerator.vlt,$(RTL_HEADERS)))

$(addprefix $(BUILD)/obj/tb/,comparator.o fingerprint.o): CFLAGS += -march=native
$(addprefix $(BUILD)/obj/tb/,correspondence.o accelerator_design.o accelerator_sim.o bins.o): $(BUILD)/csr_map.h

sim: $(SIM) ## golden model and RTL of the accelerator in lockstep on INPUT: CONFIG= RANK= EXPANSION= WARMUP= OUTLIERS= EXACT_TOKENS= TOLERANCE= SEED= STALL= EXPECT= WAVES=1
	@$(SIM) $(SIM_OPTIONS) '$(INPUT)'

array-sim: $(ARRAY_SIM) ## the cluster array alone, driven by C, in lockstep: variables as for sim
	@$(ARRAY_SIM) $(SIM_OPTIONS) '$(INPUT)'

# A campaign of planted faults, on a matrix of its own: each one is a run
FAULTS ?= 1000
FAULT_SEED ?= 1
FAULT_INPUT ?= noise(16,8)
faults: $(SIM) ## FAULTS=1000 upsets drawn at random, planted on both sides; what lockstep tells beside an oracle: CONFIG= FAULT_SEED= FAULT_NAMES= FAULT_INPUT= JOBS=
	@mkdir -p $(BUILD)/faults
	@$(SIM) $(SIM_OPTIONS) --faults $(FAULTS) --fault-seed $(FAULT_SEED) $(if $(FAULT_NAMES),--fault-names '$(FAULT_NAMES)') --jobs $(or $(JOBS),$(shell nproc)) \
	    --results $(BUILD)/faults/results.tsv '$(FAULT_INPUT)'

bench-sim: $(SIM) ## simulation speed of CONFIG: the RTL alone, and in lockstep
	$(SIM) --config $(CONFIG) --bench 5

bench-array-sim: $(ARRAY_SIM) ## the same of the cluster array alone, pass by pass
	$(ARRAY_SIM) --config $(CONFIG) --bench 5

# A failure again. What runs it is built first, for the configuration in the capsule
SIDE ?= both
WINDOW ?= 64
REPLAY_WAVED := $(if $(filter-out model,$(SIDE)),$(WAVED))
replay: $(BUILD)/dcom ## the failure in CAPSULE= again, SIDE=both, model or rtl; WAVES=1: FST of the RTL and VCD of the model, WINDOW=64 clocks before it
	@[ -n '$(CAPSULE)' ] || { echo 'dcom: make replay needs CAPSULE=file, which make sim leaves behind when it fails' >&2; exit 2; }
	@target=$$($(BUILD)/dcom replay --target '$(CAPSULE)') || exit; set -- $$target; \
	if [ ! -e rtl/config/$$1.cfg ] && [ ! -e tests/config/$$1.cfg ]; then \
	    echo "dcom: $(CAPSULE): there is no rtl/config/$$1.cfg to build; its values are at the head of the capsule" >&2; exit 2; fi; \
	program=$(BUILD)/$$1/$$2$(REPLAY_WAVED); \
	$(MAKE) -s --no-print-directory CONFIG=$$1 WAVES=$(if $(REPLAY_WAVED),1) $$program && \
	$$program --replay '$(CAPSULE)' --side '$(SIDE)' --window '$(WINDOW)' $(if $(WAVES),--waves $(BUILD)/$$1/replay.fst)

sim-build: $(SIM)
array-sim-build: $(ARRAY_SIM)

.PHONY: replay faults sim sim-build bench-sim array-sim array-sim-build bench-array-sim
