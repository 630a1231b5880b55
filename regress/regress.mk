# regress.mk - the regression: build/regress, `make regress`. Included by the Makefile. SPDX-License-Identifier: Apache-2.0

REGRESS := $(call object,$(wildcard regress/*.c))
$(REGRESS): | $(BUILD)/csr_map.h
$(BUILD)/regress: $(REGRESS) $(filter-out %/main.o,$(call object,$(COMMAND))) $(BUILD)/libdcom.a
	$(LINK) $(shell pkg-config --libs sqlite3) $(COMMAND_LIBS) $(LIBRARY_LIBS)

# SQL as C strings
SQL := $(patsubst regress/%.sql,$(BUILD)/sql/%.inc,$(wildcard regress/*.sql))
$(BUILD)/sql/%.inc: regress/%.sql
	@mkdir -p $(@D)
	sed -e 's/[\\"]/\\&/g' -e 's/.*/"&\\n"/' $< > $@
$(call object,regress/results.c regress/merge.c): | $(SQL)
lint-c: $(SQL)

# What is not given is the program's default. TIER's is short; a case by its name, or what failed, is run whatever its tier.
REGRESS_TIER = $(if $(or $(CASE),$(RERUN)),$(if $(filter-out file,$(origin TIER)),$(TIER)),$(TIER))
REGRESS_TABLES := $(wildcard regress/*.cases vectors/*.cases)
REGRESS_CHOICES = $(patsubst %,--cases %,$(or $(CASES),$(REGRESS_TABLES))) --out $(OUT) $(REGRESS_TIER:%=--tier %) \
    $(if $(TAGS),--tags '$(TAGS)') $(if $(CASE),--case '$(CASE)') $(if $(SEED),--seed $(SEED)) $(if $(SEEDS),--seeds $(SEEDS)) \
    $(if $(RERUN),--rerun $(RERUN))
REGRESS_OPTIONS = --build $(BUILD) $(if $(JOBS),--jobs $(JOBS)) $(if $(MAX_FAILURES),--max-failures $(MAX_FAILURES)) \
    $(if $(filter 0,$(WAVES)),--no-waves)

regress: OUT ?= out/regress
regress: regress-$(LAUNCHER) ## the regression, cases x seeds: TIER= TAGS= CASE=name or name@seed SEED= SEEDS= RERUN=failed MAX_FAILURES= JOBS= LAUNCHER=local or slurm CASES= OUT=

# The program of each configuration that the chosen tests need
regress-build: $(BUILD)/regress
	@configs=$$($(BUILD)/regress plan $(REGRESS_CHOICES) --configs) || exit; \
	for config in $$configs; do $(MAKE) -s --no-print-directory CONFIG=$$config WAVES= sim-build || exit 2; done

regress-local: regress-build
	@$(BUILD)/regress run $(REGRESS_CHOICES) $(REGRESS_OPTIONS)

# TASKS=, PARTITION= and their kin are in the environment (docs/slurm.md)
regress-slurm: regress-build
	@BUILD=$(BUILD) regress/slurm regress '$(OUT)' $(REGRESS_CHOICES) -- $(REGRESS_OPTIONS)

.PHONY: regress regress-build regress-local regress-slurm
