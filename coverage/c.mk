# c.mk - what the tests cover of the C model, line by line and branch by branch: docs/coverage.md. Included by the Makefile.
# SPDX-License-Identifier: Apache-2.0
#
# All of it in a build of its own, by gcc and without optimisation: a branch of the source is a branch of the program.

COVERED_C := $(BUILD)/coverage/c
COVERED_C_FLAGS := CC=gcc DUT_CXX=g++ DUT_FLAGS=-O1 OPTIMISE='-O0 --coverage'
COVERED_C_PROGRAMS = $(TEST_PROGRAMS) $(BUILD)/regress \
                      $(patsubst %,$(BUILD)/fuzz/%,$(filter-out csr,$(FUZZERS))) $(MOCKS) \
                     $(addprefix $(BUILD)/tests/,column_edge_1_16 load_2_3 store_2_3_24_40 counters_tb) \
                     $(BUILD)/scalar/tb $(BUILD)/scalar_alu/tb $(BUILD)/tests/accelerator_tiny $(BUILD)/tests/test_csr $(addprefix $(BUILD)/gen_,config csr scalar)

coverage-c: ## lines and branches of the C model that its tests reach: build/coverage/c.info, c.tsv, c.holes
	@LDFLAGS=--coverage $(MAKE) -s BUILD=$(COVERED_C) $(COVERED_C_FLAGS) coverage-c-run

coverage-c-programs: all headers $(COVERED_C_PROGRAMS)
	@$(MAKE) -s CONFIG=tiny sim-build array-sim-build

coverage-c-run: coverage-c-programs
	@coverage/c $(BUILD)

.PHONY: coverage-c coverage-c-programs coverage-c-run
