# mutants.mk - faults planted in the RTL and in the C reference, and the tests that tell them: docs/mutants.md. Included by the
# Makefile. SPDX-License-Identifier: Apache-2.0

MUTATE := $(BUILD)/mutants/mutate
SIDES ?= rtl c

$(MUTATE): mutants/mutate.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $< -o $@

mutants: $(MUTATE) ## faults planted in RTL and C, one at a time, and the tests that tell: SAMPLE=n every n-th, SIDES='rtl c' JOBS=
	@for side in $(SIDES); do BUILD=$(BUILD) SAMPLE=$(SAMPLE) JOBS=$(JOBS) mutants/run $$side || exit; done

.PHONY: mutants
