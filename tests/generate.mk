# generate.mk - tests/generate_tb.v on Icarus and on Verilator. Included by the Makefile.
# SPDX-License-Identifier: Apache-2.0

GENERATE_TB := tests/generate_tb.v tb/generate.vh

$(BUILD)/tests/generate_icarus: $(GENERATE_TB)
	@mkdir -p $(@D)
	@iverilog -g2005 -Wall -Itb -s generate_tb -o $@ $<

$(BUILD)/tests/generate_verilator: $(GENERATE_TB)
	@mkdir -p $(@D)
	@$(VERILATOR) --cc --exe --main --build --no-timing -Wall -Itb --top-module generate_tb -MAKEFLAGS 'OPT_FAST=-O0 OPT_GLOBAL=-O0' \
	    --Mdir $@-verilated -o ../$(@F) $< >$@.log 2>&1 || { cat $@.log; exit 1; }

tests: $(BUILD)/tests/generate_verilator
