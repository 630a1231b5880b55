# apply.mk - the judge of a chain of layers is a file of its own. Included by the Makefile after the rules of the tests.
# SPDX-License-Identifier: Apache-2.0

$(BUILD)/tests/test_apply: $(BUILD)/obj/tests/apply_judge.o
