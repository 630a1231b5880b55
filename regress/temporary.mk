# temporary.mk - until regress.mk of the runner is here, which has this rule. SPDX-License-Identifier: Apache-2.0
$(BUILD)/regress: $(call object,$(wildcard regress/*.c)) $(filter-out %/main.o,$(call object,$(COMMAND))) $(BUILD)/libdcom.a
	$(LINK) $(shell pkg-config --libs sqlite3) $(COMMAND_LIBS) $(LIBRARY_LIBS)
