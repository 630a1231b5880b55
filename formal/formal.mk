# formal.mk - proofs. Included by the Makefile. SPDX-License-Identifier: Apache-2.0

formal: $(RTL_HEADERS) ## proves what formal/proofs lists, with yosys and z3: PROOFS='fifo_3 csr', TIER=short
	@BUILD=$(BUILD) formal/prove $(PROOFS)

.PHONY: formal
