# csr.mk - Verilates csr alone and links it with its twin: tests/test_csr.cpp. Included by the Makefile.
# SPDX-License-Identifier: Apache-2.0

CSR_DUT := $(BUILD)/csr_dut
# Other files than these: a fault planted in one of them (tests/test_csr_mutants.sh)
CSR_RTL := rtl/csr.v
CSR_MODEL := cmodel/csr.c
CSR_OPTIMISE := -O2
CSR_TWIN = $(call object,$(CSR_MODEL))
$(CSR_TWIN): $(BUILD)/csr_map.h

# Every register, input and output of csr.v, a macro call each: what is driven and compared is what is there
$(BUILD)/csr_ports.inc: $(CSR_RTL)
	@{ grep -oE '\b[a-z0-9_]+_q\b' $< | sort -u | sed 's/.*/REGISTER(&)/'; \
	   sed -nE 's/^ +output( +\[[^]]*\])? +(\w+).*/OUTPUT(\2)/p; s/^ +input( +\[[^]]*\])? +(\w+).*/INPUT(\2)/p' $< | \
	       grep -vE '\((clk|counters)\)'; } > $@.new
	@cmp -s $@.new $@ || cp $@.new $@

# Only what differs from the last time is copied, and so compiled again
$(CSR_DUT)/verilated: $(CSR_RTL) $(CSR_HEADERS) tests/csr.vlt tests/csr.mk
	@rm -rf $(CSR_DUT)/new && mkdir -p $(CSR_DUT)
	@$(VERILATOR) --cc --exe -O3 --x-assign unique --x-initial unique -GCOUNTERS=5 -I$(BUILD)/rtl --top-module csr \
	    --Mdir $(CSR_DUT)/new -o ../tests/test_csr -CFLAGS '-std=c++17 -Wall -Wextra -I$(CURDIR)/cmodel -I$(abspath $(BUILD))' \
	    tests/csr.vlt $(CSR_RTL) $(CURDIR)/tests/test_csr.cpp -LDFLAGS '$(abspath $(CSR_TWIN))'
	@for f in $(CSR_DUT)/new/*; do cmp -s $$f $(CSR_DUT)/$${f##*/} || cp $$f $(CSR_DUT); done
	@rm -rf $(CSR_DUT)/new && touch $@

$(BUILD)/tests/test_csr: $(CSR_DUT)/verilated $(VERILATED) tests/test_csr.cpp tests/csr_cases.h $(BUILD)/csr_ports.inc $(CSR_TWIN)
	@mkdir -p $(@D)
	@rm -f $@
	@$(MAKE) -s -C $(CSR_DUT) -f Vcsr.mk $(RUNTIME) CXX=$(DUT_CXX) LINK='$(DUT_CXX) $(SANITIZED)' \
	    OPT_FAST='$(if $(SANITIZE),$(DUT_FLAGS),$(CSR_OPTIMISE))' OPT_SLOW=-O0 >$(CSR_DUT)/make.log 2>&1 || \
	    { cat $(CSR_DUT)/make.log; exit 1; }

tests: $(BUILD)/tests/test_csr
