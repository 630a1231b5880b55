# reference.mk - test_reference.c denies allocations: the linker sends all of them to it. SPDX-License-Identifier: Apache-2.0

$(BUILD)/tests/test_reference: TEST_LIBS += -Wl,--wrap=malloc,--wrap=calloc,--wrap=aligned_alloc
