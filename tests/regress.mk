# regress.mk - a worker that simulates nothing, for the tests of the regression's runner. Included by the Makefile.
# SPDX-License-Identifier: Apache-2.0

# The programs of two configurations, and a build with waves
MOCKS := $(addprefix $(BUILD)/tests/mock/,tiny/sim small/sim tiny/sim-waves small/sim-waves)
$(MOCKS): $(BUILD)/obj/tests/mock_worker.o
	@mkdir -p $(@D)
	$(LINK)

tests: $(BUILD)/regress $(MOCKS)
