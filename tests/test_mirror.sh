#!/bin/bash
# test_mirror.sh - every RTL module is a file of its name with a twin in the model; no register is a port; no source file is past 700 lines.
# SPDX-License-Identifier: Apache-2.0
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/report.sh
. tests/report.sh

report 'rtl/X.v has a twin cmodel/X.c' \
    "$(for f in rtl/*.v; do [ -f "cmodel/$(basename "$f" .v).c" ] || echo "$f"; done)"
report 'rtl/X.v holds module X and no other' \
    "$(for f in rtl/*.v; do [ "$(sed -nE 's/^module +(\w+).*/\1/p' "$f")" = "$(basename "$f" .v)" ] || echo "$f"; done)"
report 'no source file is past 700 lines' \
    "$(find . -path ./build -prune -o -path ./.git -prune -o -type f \( -name '*.[chv]' -o -name '*.vh' -o -name '*.cpp' \
        -o -name '*.py' -o -name '*.sh' \) -exec wc -l {} + | awk '$2 != "total" && $1 > 700 { print $2 }')"
report 'no register is itself an output' "$(grep -nE 'output +reg\b.*_q\b' rtl/*.v)"
report 'no file in tests/data is past 1 MiB' "$(find tests/data -type f -size +1048576c)"
echo "1..$count"
