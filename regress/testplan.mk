# testplan.mk - docs/testplan against tables, tests and the results in OUT. Included by the Makefile. SPDX-License-Identifier: Apache-2.0

testplan: OUT ?= out/regress
testplan: $(BUILD)/regress ## the test plan: each feature's cases, tests and bins, and how they went last, in OUT=out/regress and in the logs of check: TIER= CASES=
	@$(BUILD)/regress testplan docs/testplan $(patsubst %,--cases %,$(or $(CASES),$(REGRESS_TABLES))) \
	    --build $(BUILD) --tier $(TIER) --out $(OUT)

.PHONY: testplan
