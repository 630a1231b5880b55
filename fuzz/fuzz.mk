# fuzz.mk - fuzz targets: build/fuzzer/fuzz/NAME of fuzz/NAME.c, with the address and undefined behaviour sanitizers.
# Included by the Makefile.
# SPDX-License-Identifier: Apache-2.0

FUZZERS := $(filter-out fuzz,$(patsubst fuzz/%.c,%,$(wildcard fuzz/*.c)))

ifneq ($(filter fuzzer%,$(SANITIZE)),)
fuzz-programs: $(FUZZERS:%=$(BUILD)/fuzz/%)

# An archive, so that a target has no more in it than it reaches
$(BUILD)/fuzz/command.a: $(filter-out %/main.o,$(call object,$(COMMAND)))
	@mkdir -p $(@D)
	@rm -f $@
	ar rcs $@ $^

$(filter-out %/csr,$(FUZZERS:%=$(BUILD)/fuzz/%)): $(BUILD)/fuzz/%: $(BUILD)/obj/fuzz/%.o $(BUILD)/obj/fuzz/fuzz.o \
    $(BUILD)/fuzz/command.a $(BUILD)/libdcom.a
	$(LINK) -fsanitize=fuzzer $(COMMAND_LIBS) $(LIBRARY_LIBS)

# The accelerator as in tests/accelerator.mk, with libFuzzer's main()
FUZZ_RTL := $(BUILD)/tests/accelerator/tiny
FUZZ_OBJECTS := $(patsubst %,$(BUILD)/obj/%.o,fuzz/csr fuzz/fuzz) $(filter-out %accelerator_bench.o %apply_judge.o,$(ACCELERATOR_OBJECTS))
$(BUILD)/obj/fuzz/csr.o: $(BUILD)/csr_map.h
$(BUILD)/fuzz/csr: $(FUZZ_RTL)/Vaccelerator.mk $(FUZZ_OBJECTS) tb/accelerator_dut.cpp tb/dut_class.h cmodel/accelerator_ports.h
	@mkdir -p $(@D)
	@echo 'compiling the accelerator of tiny for libFuzzer'
	@rm -f $(FUZZ_RTL)/bench
	@$(MAKE) -s -C $(FUZZ_RTL) -f Vaccelerator.mk CXX=$(DUT_CXX) LINK='$(DUT_CXX) -fsanitize=$(SANITIZE)' \
	    VM_USER_LDLIBS='$(abspath $(FUZZ_OBJECTS)) $(LIBRARY_LIBS) -pthread' \
	    OPT_FAST='$(DUT_FLAGS)' OPT_SLOW=-O0 OPT_GLOBAL=-O1 >$(FUZZ_RTL)/make.log 2>&1 || { cat $(FUZZ_RTL)/make.log; exit 1; }
	@cp $(FUZZ_RTL)/bench $@
endif

.PHONY: fuzz-programs
