# failing.mk - test_failing, test_scoreboard, test_cases and test_host: the command's own objects, and calls of the system that can be made to fail. Included by the Makefile
# after the rules of the tests. SPDX-License-Identifier: Apache-2.0

FAILING := malloc calloc realloc aligned_alloc strdup asprintf vasprintf open_memstream realpath fopen fdopen fclose fread fwrite fputc fseeko getline \
           open close read write stat fstat opendir mkdir mkstemp chmod rename renameat2 json_dumpf pthread_create
FAILING_WRAPS := $(FAILING:%=-Wl,--wrap=%)
$(addprefix $(BUILD)/tests/test_,cases host scoreboard): $(BUILD)/obj/tests/failing.o
$(addprefix $(BUILD)/tests/test_,cases host scoreboard): TEST_LIBS += $(FAILING_WRAPS) $(COMMAND_LIBS)
$(BUILD)/tests/test_failing: $(BUILD)/obj/tests/failing.o $(filter-out %/main.o,$(call object,$(COMMAND)))
$(BUILD)/tests/test_failing: TEST_LIBS += $(FAILING_WRAPS) $(BUILD)/libdcom.a $(COMMAND_LIBS) # behind those objects
