# digests.mk - what prints tests/digests. Included by the Makefile after the rules of the tests.
# SPDX-License-Identifier: Apache-2.0

$(BUILD)/tests/make_digests: TEST_LIBS = $(shell pkg-config --libs libcrypto)
