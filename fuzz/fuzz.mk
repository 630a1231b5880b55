# fuzz.mk - fuzz targets: build/fuzz/NAME of fuzz/NAME.c runs the inputs it is given; in a build with
# SANITIZE=fuzzer,address,undefined it is build/fuzzer/fuzz/NAME, and libFuzzer makes more. Included by the Makefile.
# SPDX-License-Identifier: Apache-2.0

SECONDS ?= 60
FUZZERS := $(filter-out fuzz replay,$(patsubst fuzz/%.c,%,$(wildcard fuzz/*.c)))
FUZZ_MAIN := $(if $(filter fuzzer%,$(SANITIZE)),-fsanitize=fuzzer)
FUZZ_OBJECTS := $(BUILD)/obj/fuzz/fuzz.o $(if $(FUZZ_MAIN),,$(BUILD)/obj/fuzz/replay.o)
ifdef FUZZ_MAIN
# Half of the time, and what is compared there are not the bytes of an input
DUT_FLAGS += -fno-sanitize-coverage=trace-cmp
$(BUILD)/obj/tb/%.o: CFLAGS += -fno-sanitize-coverage=trace-cmp
endif

fuzz: ## random inputs for every reader, random programs for the registers in lockstep: SECONDS=60 or MINUTES= each, TARGETS=
	@echo 'int LLVMFuzzerTestOneInput(void); int LLVMFuzzerTestOneInput(void) { return 0; }' | \
	    clang -fsanitize=fuzzer -xc - -o /dev/null 2>/dev/null || { echo 'dcom: make fuzz needs clang and libclang-rt-14-dev' >&2; exit 2; }
	@$(MAKE) -s SANITIZE=fuzzer,address,undefined fuzz-programs
	@fuzz/run $(if $(MINUTES),$$(($(MINUTES) * 60)),$(SECONDS)) $(or $(TARGETS),$(FUZZERS))

fuzz-programs: $(FUZZERS:%=$(BUILD)/fuzz/%)
tests: fuzz-programs

# An archive, so that a target has no more in it than it reaches
$(BUILD)/fuzz/command.a: $(filter-out %/main.o,$(call object,$(COMMAND)))
	@mkdir -p $(@D)
	@rm -f $@
	ar rcs $@ $^

$(filter-out %/csr,$(FUZZERS:%=$(BUILD)/fuzz/%)): $(BUILD)/fuzz/%: $(BUILD)/obj/fuzz/%.o $(FUZZ_OBJECTS) \
    $(BUILD)/fuzz/command.a $(BUILD)/libdcom.a
	$(CC) $(CFLAGS) $^ $(FUZZ_MAIN) -o $@ -Wl,--as-needed $(COMMAND_LIBS) $(LIBRARY_LIBS)

# The accelerator that tests/accelerator.mk has built
FUZZ_RTL := $(addprefix $(BUILD)/tests/accelerator/tiny/,accelerator_dut.o Vaccelerator__ALL.a) $(VERILATED)
$(BUILD)/obj/fuzz/csr.o: $(BUILD)/csr_map.h
$(BUILD)/fuzz/csr: $(BUILD)/obj/fuzz/csr.o $(FUZZ_OBJECTS) $(filter-out %/accelerator_bench.o %/apply_judge.o,$(ACCELERATOR_OBJECTS)) \
    $(BUILD)/tests/accelerator_tiny
	@mkdir -p $(@D)
	$(DUT_CXX) $(DUT_FLAGS) $(FUZZ_MAIN) $(filter %.o,$^) $(FUZZ_RTL) $(BUILD)/libdcom.a -o $@ $(LIBRARY_LIBS) -pthread -latomic

.PHONY: fuzz fuzz-programs
