# report.mk - what invents results for the tests of the report. Included by the Makefile after the rules of the tests.
# SPDX-License-Identifier: Apache-2.0

$(BUILD)/tests/make_results: TEST_LIBS = $(shell pkg-config --libs sqlite3)
tests: $(BUILD)/regress
