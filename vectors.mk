# vectors.mk - golden vectors. Included by the Makefile.
# SPDX-License-Identifier: Apache-2.0

# CASES or MANIFEST instead of INPUT; what is not given is the command's default, or the case's
VECTORS_OPTIONS = $(if $(CASES),--cases $(CASES),$(if $(MANIFEST),--manifest $(MANIFEST),'$(INPUT)')) --out $(OUT) --config $(CONFIG) \
    $(if $(RANK),--rank $(RANK)) $(if $(EXPANSION),--expansion $(EXPANSION)) $(if $(WARMUP),--warmup $(WARMUP)) \
    $(if $(OUTLIERS),--outliers $(OUTLIERS)) $(if $(TOLERANCE),--tolerance $(TOLERANCE)) $(if $(SEED),--seed $(SEED)) \
    $(if $(STALL),--stall $(STALL)) $(if $(STALL_SEED),--stall-seed $(STALL_SEED)) $(if $(TRACE),--trace)

vectors: OUT ?= out/vectors
vectors: vectors-$(LAUNCHER) ## golden vectors of INPUT, of CASES=vectors/corner.cases or again from MANIFEST=, into OUT=: CONFIG= TRACE=1 JOBS= LAUNCHER= and those of sim

vectors-local: $(BUILD)/dcom
	@$(BUILD)/dcom vectors $(VECTORS_OPTIONS) $(if $(JOBS),--jobs $(JOBS))

# TASKS=, PARTITION= and their kin are in the environment (docs/slurm.md)
vectors-slurm: $(BUILD)/dcom
	@$(if $(CASES)$(MANIFEST),,echo 'vectors: LAUNCHER=slurm is for a list: CASES= or MANIFEST=' >&2; exit 2)
	@BUILD=$(BUILD) regress/slurm vectors '$(OUT)' $(VECTORS_OPTIONS)

.PHONY: vectors vectors-local vectors-slurm
