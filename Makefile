# D-com: golden model and RTL. `make` alone lists what there is; everything that is built lands in build/.
# SPDX-License-Identifier: Apache-2.0

TIER ?= short
# What runs regressions and makes lists of vectors: local, slurm
LAUNCHER ?= local
CONFIGS := $(patsubst rtl/config/%.cfg,%,$(wildcard rtl/config/*.cfg))

# Clang vectorises the loops over MACs, gcc does not from -O3 on (docs/decisions.md)
ifeq ($(origin CC),default)
CC := $(if $(shell command -v clang),clang,gcc)
endif
OPTIMISE := $(if $(findstring clang,$(CC)),-O3,-O2)
# As many jobs as there are cores, unless told
ifeq ($(MAKELEVEL)$(filter -j% --jobs%,$(MAKEFLAGS)),0)
MAKEFLAGS += --jobs=$(shell nproc)
endif
BUILD := build
ifdef SANITIZE
# gcc brings its sanitizers with it; for memory and the fuzzer clang needs libclang-rt-14-dev. build/address for
# address,undefined, build/thread for thread, build/memory, build/fuzzer for fuzzer,address,undefined
comma := ,
CC := $(if $(filter memory fuzzer%,$(SANITIZE)),clang,gcc)
BUILD := build/$(firstword $(subst $(comma), ,$(SANITIZE)))
SANITIZERS := $(SANITIZE:fuzzer%=fuzzer-no-link%)
SANITIZED := -fsanitize=$(SANITIZERS)
OPTIMISE := -O1 $(SANITIZED) -fno-sanitize-recover=all -fno-omit-frame-pointer
endif

# Results are bits: no contraction, no fast-math
CFLAGS := -std=c11 -D_GNU_SOURCE -g $(OPTIMISE) -ffp-contract=off -fno-math-errno -fPIC -fvisibility=hidden -pthread \
          -Wall -Wextra -Werror -Icmodel -I$(BUILD)
COMPILE = $(CC) $(CFLAGS) -MMD -MP -c $< -o $@
LINK = $(CC) $(CFLAGS) $^ -o $@ -Wl,--as-needed

COMMAND := $(wildcard cmodel/main.c cmodel/command_*.c cmodel/cases.c cmodel/vectors*.c)
# The clocked modules are one unit, array.c, built once per instruction set
CLOCKED := $(addprefix cmodel/,$(addsuffix .c,array cluster tile_memory mac_grid reducer fifo vector_port result_port pass_control))
# The memories of the edges, included by what keeps them
MEMORIES := $(addprefix cmodel/,corner_memory.c edge_memory.c)
ISAS := base $(if $(filter x86_64,$(shell uname -m)),avx2 avx512)
LIBRARY := $(filter-out $(COMMAND) $(CLOCKED) $(MEMORIES) $(wildcard cmodel/gen_*.c),$(wildcard cmodel/*.c))
TEST_PROGRAMS := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/test_*.c tests/make_*.c))
object = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))

LIBRARY_REQUIRES := inih
LIBRARY_LIBS = $(shell pkg-config --libs $(LIBRARY_REQUIRES)) -lm
COMMAND_LIBS = $(shell pkg-config --libs jansson libcrypto)
TEST_LIBS = $(shell pkg-config --libs check) -llapacke -lblas

help:
	@echo 'make TARGET, of'
	@sed -nE 's/^([a-z-]+):.*## /  \1\t/p' $(MAKEFILE_LIST) | expand -t 14
	@echo 'CONFIG, one of: $(CONFIGS)'

# ---- golden model ----

all: $(BUILD)/libdcom.a $(BUILD)/libdcom.so $(BUILD)/dcom ## library build/libdcom.a and .so, command build/dcom

$(BUILD)/libdcom.a: $(call object,$(LIBRARY)) $(ISAS:%=$(BUILD)/obj/cmodel/array_%.o)
	@rm -f $@
	ar rcs $@ $^

# What they include is made
$(call object,$(LIBRARY) $(COMMAND)): | $(BUILD)/csr_map.h

# The commit that is built; written when it is another one
COMMIT = $(shell git describe --always --dirty --abbrev=40 --exclude='*' 2>/dev/null || echo unknown)
$(BUILD)/commit.h: FORCE
	@mkdir -p $(@D)
	@echo '#define DCOM_COMMIT "$(COMMIT)"' | cmp -s - $@ || echo '#define DCOM_COMMIT "$(COMMIT)"' > $@
$(call object,cmodel/command_capsule.c): $(BUILD)/commit.h

$(BUILD)/dcom: $(call object,$(COMMAND)) $(BUILD)/libdcom.a
	$(LINK) $(COMMAND_LIBS) $(LIBRARY_LIBS)

$(BUILD)/obj/tb/%.o: CFLAGS += -Itb
$(BUILD)/obj/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(COMPILE)

# What isa.c asks of the host, and no more
ISA_avx2 := -mavx2 -mfma -mbmi -mbmi2 -mpopcnt
ISA_avx512 := $(ISA_avx2) -mavx512f -mavx512bw -mavx512cd -mavx512dq -mavx512vl -mprefer-vector-width=512
$(ISAS:%=$(BUILD)/obj/cmodel/array_%.o): $(BUILD)/obj/cmodel/array_%.o: cmodel/array.c Makefile
	@mkdir -p $(@D)
	$(COMPILE) -DISA=$* $(ISA_$*)

# ---- configuration: rtl/config/NAME.cfg is the one source of C's and Verilog's ----

$(BUILD)/gen_config: $(call object,cmodel/gen_config.c cmodel/config_parse.c)
	$(LINK) $(LIBRARY_LIBS)

$(BUILD)/configs.inc: $(BUILD)/gen_config $(CONFIGS:%=rtl/config/%.cfg)
	$< table $(filter %.cfg,$^) > $@

$(BUILD)/%/dcom_config.vh: rtl/config/%.cfg $(BUILD)/gen_config
	@mkdir -p $(@D)
	$(BUILD)/gen_config verilog $< > $@

# ---- microprograms: cmodel/scalar_program.c is the one source of C's and Verilog's ----

$(BUILD)/gen_scalar: $(call object,cmodel/gen_scalar.c cmodel/scalar_program.c)
	$(LINK)

$(BUILD)/rtl/scalar_program.vh: $(BUILD)/gen_scalar
	@mkdir -p $(@D)
	$< > $@

# ---- registers: rtl/csr.map is the one source of C's, Verilog's and docs/csr.md's ----

$(BUILD)/gen_csr: $(call object,cmodel/gen_csr.c)
	$(LINK)

$(BUILD)/rtl/csr_map.vh: FORM := verilog
$(BUILD)/rtl/csr_decode.vh: FORM := decode
$(BUILD)/csr_map.h: FORM := c
CSR_HEADERS := $(addprefix $(BUILD)/,rtl/csr_map.vh rtl/csr_decode.vh csr_map.h)
$(CSR_HEADERS): rtl/csr.map $(BUILD)/gen_csr
	@mkdir -p $(@D)
	$(BUILD)/gen_csr $(FORM) $< > $@

RTL_HEADERS := $(BUILD)/rtl/scalar_program.vh $(CSR_HEADERS)
HEADERS := $(RTL_HEADERS) $(CONFIGS:%=$(BUILD)/%/dcom_config.vh)
headers: $(HEADERS)

$(call object,cmodel/config.c): $(BUILD)/configs.inc

# ---- co-simulation: targets `sim` and its kin ----

-include $(wildcard tb/*.mk tb/*/*.mk)
-include vectors.mk
-include formal/formal.mk mutants/mutants.mk

# ---- regressions: target `regress` and its kin ----

-include $(wildcard regress/*.mk)

# ---- library and install: targets `product`, `install`, `uninstall` ----

include install.mk
-include ci.mk

# ---- tests ----

$(TEST_PROGRAMS): $(BUILD)/tests/%: $(BUILD)/obj/tests/%.o $(BUILD)/libdcom.a
	@mkdir -p $(@D)
	$(LINK) $(TEST_LIBS) $(LIBRARY_LIBS)

# What the C++ benches of one module include
UNIT_BENCH := tests/unit_bench.h tb/variables.h tb/dut.h
-include $(wildcard tests/*.mk)

# ---- fuzzing: targets `fuzz` and its kin ----

-include fuzz/fuzz.mk

# ---- coverage: target `coverage` and its kin ----

-include $(wildcard coverage/*.mk)

tests: all headers $(TEST_PROGRAMS)

check: tests ## the test suite, TIER=short (default), medium or long, MINUTES= as many of the longer tests, TESTS= those named; last line `N passed, N failed`
	@BUILD=$(BUILD) tests/run $(TIER)

trust: ## docs/trust.md: what a PASS stands on, from tests/claims and the tests' last results; RUN=1 runs first those that have none
	@BUILD=$(BUILD) tests/trust

conformance: all ## the same cases through lockstep, replay on two simulators, DPI, Python and C: one table of digests: CASES= DOORS=
	@BUILD=$(BUILD) tests/test_conformance.sh $(or $(CASES),vectors/conformance.cases) $(DOORS)

$(BUILD)/tests/bench_untimed: $(BUILD)/obj/tests/bench_untimed.o $(BUILD)/libdcom.a
	@mkdir -p $(@D)
	$(LINK) $(LIBRARY_LIBS)

PYTHON ?= python3
bench: all $(BUILD)/tests/bench_untimed ## ratios against PROPACK and LAPACK (Python with scipy), errors, and the speed of CONFIG=full
	@BUILD=$(BUILD) tests/bench
	@$(PYTHON) -c 'import scipy' 2>/dev/null || echo 'no scipy for $(PYTHON): PROPACK and gesdd left out'
	@! $(PYTHON) -c 'import scipy' 2>/dev/null || for a in tests/data/*.npy; do \
	    $(PYTHON) tests/bench_decompose.py $$a --bench $(BUILD)/tests/bench_untimed || true; done
	@$(MAKE) -s bench-array-sim CONFIG=full
	@$(MAKE) -s bench-sim CONFIG=full

# ---- lint: any warning fails ----

lint: lint-c lint-format lint-shell lint-sv $(CONFIGS:%=lint-rtl-%) ## all linters over C, C++, shell and Verilog
	@echo 'lint: no findings'

C_FILES := $(filter-out $(filter-out cmodel/array.c,$(CLOCKED)) $(MEMORIES),$(wildcard cmodel/*.c tests/*.c tb/*.c regress/*.c fuzz/*.c mutants/*.c))
lint-c: $(BUILD)/configs.inc $(BUILD)/csr_map.h $(BUILD)/commit.h $(BUILD)/report_page.inc
	gcc -fsyntax-only -Itb -isystem $(SVDPI) $(filter-out -O% -g,$(CFLAGS)) $(C_FILES) sv/dcom_dpi.c
	clang -fsyntax-only -Itb -isystem $(SVDPI) $(filter-out -O% -g,$(CFLAGS)) $(C_FILES) sv/dcom_dpi.c
	g++ -x c++ -fsyntax-only -isystem $(SVDPI) $(filter-out -O% -g -std=%,$(CFLAGS)) sv/dcom_dpi.c

STYLED := $(wildcard $(foreach d,cmodel tests tb fuzz sv examples regress mutants,$(addprefix $d/*.,c h cpp)))
lint-format:
	clang-format --dry-run -Werror $(STYLED)

lint-shell:
	shellcheck .ci/run docs/ci/run fuzz/run formal/prove mutants/run mutants/prove tb/replay/run tests/run tests/trust coverage/c coverage/run coverage/bins coverage/summary tests/bench tests/lint_rtl regress/slurm tests/*.sh

lint-sv:
	$(VERILATOR) --lint-only -Wall sv/dcom_pkg.sv

lint-rtl-%: $(BUILD)/%/dcom_config.vh $(RTL_HEADERS)
	tests/lint_rtl $(<D) $(BUILD)/rtl

format: ## lays out C and C++ as .clang-format says
	clang-format -i $(STYLED)

clean: ## removes build/
	rm -rf build

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SECONDARY:
FORCE: ;
.PHONY: FORCE help all headers tests check trust conformance bench lint lint-c lint-format lint-shell lint-sv format clean
-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
