# lockstep.mk - tests that need a part of tb/ or a configuration of their own. Included by the Makefile after the rules
# of the other tests.
# SPDX-License-Identifier: Apache-2.0

$(BUILD)/tests/test_comparator: $(BUILD)/obj/tb/comparator.o $(BUILD)/obj/tb/fingerprint.o
$(BUILD)/tests/test_host: $(BUILD)/obj/tests/mock_accelerator.o
$(addprefix $(BUILD)/obj/tests/,test_altered.o test_host.o test_scoreboard.o test_threads.o mock_accelerator.o): $(BUILD)/csr_map.h

$(BUILD)/%/dcom_config.vh: tests/config/%.cfg $(BUILD)/gen_config
	@mkdir -p $(@D)
	$(BUILD)/gen_config verilog $< > $@
