#!/bin/sh
# apart.sh COMMAND...: runs what has a tree of its own: it hears nothing of what told the run around which tests, how many and where.
# SPDX-License-Identifier: Apache-2.0
exec env -u TESTS -u TIER -u MINUTES -u TIMEOUT -u JOBS -u BUILD -u MAKEFLAGS -u MAKELEVEL -u MAKE_LOCK -u OPENBLAS_NUM_THREADS \
    -u 'BASH_FUNC_make%%' "$@"
