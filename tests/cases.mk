# cases.mk - tests of tables of cases, and of altered files: of the command and not of the library. SPDX-License-Identifier: Apache-2.0

OF_COMMAND := $(addprefix $(BUILD)/tests/test_,altered arguments cases)
$(OF_COMMAND): $(filter-out %/main.o,$(call object,$(COMMAND)))
$(OF_COMMAND): TEST_LIBS += $(BUILD)/libdcom.a $(COMMAND_LIBS) # behind those objects
