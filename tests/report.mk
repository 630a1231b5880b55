# report.mk - what invents results for the tests of the report. Included by the Makefile after the rules of the tests.
# SPDX-License-Identifier: Apache-2.0

$(BUILD)/obj/tests/make_results.o: | $(BUILD)/csr_map.h
$(BUILD)/tests/make_results: $(filter-out %/main.o,$(REGRESS) $(call object,$(COMMAND)))
$(BUILD)/tests/make_results: TEST_LIBS = $(BUILD)/libdcom.a $(shell pkg-config --libs sqlite3) $(COMMAND_LIBS)
