# csr.mk - Verilates csr alone and links it with its twin: tests/test_csr.cpp. Included by the Makefile.
# SPDX-License-Identifier: Apache-2.0

CSR_DUT := $(BUILD)/csr_dut
# Other files than these: a fault planted in one of them (tests/test_csr_mutants.sh)
CSR_RTL := rtl/csr.v
CSR_MODEL := cmodel/csr.c
CSR_OPTIMISE := -O2
# Every register, input and output of csr.v, a macro call each: what is driven and compared is what is there
$(BUILD)/csr_ports.inc: $(CSR_RTL)
	@grep -oE '\b[a-z0-9_]+_q\b' $< | sort -u | sed 's/.*/REGISTER(&)/' > $@
	@sed -nE 's/^ +output( +\[[^]]*\])? +(\w+).*/OUTPUT(\2)/p; s/^ +input( +\[[^]]*\])? +(\w+).*/INPUT(\2)/p' $< | \
	    grep -vE '\((clk|counters)\)' >> $@

$(CSR_DUT)/Vcsr.mk: $(CSR_RTL) $(CSR_HEADERS) tests/csr.vlt tests/csr.mk
	@$(VERILATOR) --cc --exe -O3 --x-assign unique --x-initial unique -GCOUNTERS=5 -I$(BUILD) --top-module csr \
	    --Mdir $(CSR_DUT) -o ../tests/test_csr -CFLAGS '-std=c++17 -Wall -Wextra -I$(CURDIR)/cmodel -I$(abspath $(BUILD))' \
	    tests/csr.vlt $(CSR_RTL) $(CURDIR)/tests/test_csr.cpp -LDFLAGS '$(abspath $(call object,$(CSR_MODEL)))'

$(BUILD)/tests/test_csr: $(CSR_DUT)/Vcsr.mk tests/test_csr.cpp tests/csr_cases.h $(BUILD)/csr_ports.inc $(call object,$(CSR_MODEL))
	@mkdir -p $(@D)
	@rm -f $@
	@$(MAKE) -s -C $(CSR_DUT) -f Vcsr.mk CXX=$(DUT_CXX) LINK='$(DUT_CXX) $(if $(SANITIZE),-fsanitize=$(SANITIZE))' \
	    OPT_FAST='$(if $(SANITIZE),$(DUT_FLAGS),$(CSR_OPTIMISE))' OPT_SLOW=-O0 OPT_GLOBAL=-O1 >$(CSR_DUT)/make.log 2>&1 || \
	    { cat $(CSR_DUT)/make.log; exit 1; }

$(call object,$(CSR_MODEL)): $(BUILD)/csr_map.h

tests: $(BUILD)/tests/test_csr
