# cases.mk - the tests of case tables, which are of the command and not of the library. SPDX-License-Identifier: Apache-2.0

$(BUILD)/tests/test_cases: $(filter-out %/main.o,$(call object,$(COMMAND)))
$(BUILD)/tests/test_cases: TEST_LIBS += $(BUILD)/libdcom.a $(COMMAND_LIBS) # behind those objects
