#!/bin/bash
# test_install.sh - the library as a stranger uses it: installed, found by pkg-config, built against in C and C++, shared and
# static; what it shows and what it asks of the C library.
# SPDX-License-Identifier: Apache-2.0
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/report.sh
. tests/report.sh
prefix=$dir/usr
export PKG_CONFIG_PATH=$prefix/lib/pkgconfig

# run NAME COMMAND...: one case, good if the command is
run() {
    local name=$1 fault=''
    shift
    "$@" >"$dir/out" 2>&1 </dev/null || fault="status $?: $*"
    report "$name" "$fault"
}

# ---- install ----

install() { make -s "BUILD=$build" "PREFIX=$prefix" "$@"; }
run 'installs' install install
touch "$dir/mark"
run 'installs into a staging folder' make -s "BUILD=$build" "PREFIX=$prefix" "DESTDIR=$dir/stage" install
# but what tests or a campaign of mutants leave, which may run beside this
report 'and builds nothing the second time' "$(find "$build" -newer "$dir/mark" -type f ! -path "$build/tests/*" ! -path "$build/mutants/*" | head)"
run 'the staged tree is the same' diff -r "$prefix" "$dir/stage$prefix"
run 'the command runs' "$prefix/bin/dcom" info

# ---- what the library shows and asks for ----

gcc -E -P "$prefix/include/dcom.h" | grep -oE '\bdcom_[a-z_]+ ?\(' | tr -d ' (' | sort >"$dir/declared"
nm -D --defined-only "$prefix/lib/libdcom.so" | awk '{ print $3 }' | sort >"$dir/shared"
nm -g --defined-only "$prefix/lib/libdcom.a" | awk 'NF == 3 { print $3 }' | sort >"$dir/static"
run 'something is declared' grep -qx dcom_decompose "$dir/declared"
run 'libdcom.so shows what dcom.h declares, nothing else' diff "$dir/declared" "$dir/shared"
run 'libdcom.a too' diff "$dir/declared" "$dir/static"
report 'it has no variables: what threads share is constant' "$(objdump -h "$prefix/lib/libdcom.a" |
    awk '$2 ~ /^\.(t?data|t?bss)/ && $2 !~ /^\.data\.rel\.ro/ && $3 !~ /^0*$/ { print $2 ": " $3 " bytes" }
         / DATA/ { sections = 1 } END { if (!sections) print "no sections" }')"
report 'nothing it calls depends on the locale, is unsafe in threads, or prints' \
    "$(nm -D --undefined-only "$prefix/lib/libdcom.so" | awk '{ sub("@.*", "", $2); print $2 }' |
        grep -E '^(.*strto(d|f|ld)|atof|.*strtok|.*strerror|setlocale|localeconv|s?rand(om)?|[a-z]*time|printf|puts|putchar|std(out|err)|exit|signal|setenv)$')"
report 'and the command never leaves the C locale' "$(nm -D "$prefix/bin/dcom" | grep -w setlocale)"

# ---- programs ----

# links COMPILER: the example, shared and static, and what it says; C++ by its compiler's name. Compiled apart from
# linking: clang 19 refuses an -x behind which no source stands
links() {
    local flags=(-Wall -Wextra -Werror -pedantic) language=() example=$dir/$1-example.o names=$dir/$1-names.o
    case $1 in *++) language=(-x c++) ;; esac
    # shellcheck disable=SC2046 # words of pkg-config
    "$1" "${flags[@]}" $(pkg-config --cflags dcom) "${language[@]}" -c examples/decompose.c -o "$example" &&
        "$1" "${flags[@]}" "${language[@]}" -c "$dir/names.c" -o "$names" &&
        "$1" "${flags[@]}" "$example" -o "$dir/$1-shared" $(pkg-config --libs dcom) &&
        "$1" "${flags[@]}" "$example" "$names" -static -o "$dir/$1-static" $(pkg-config --static --libs dcom) &&
        LD_LIBRARY_PATH=$prefix/lib "$dir/$1-shared" >>"$dir/says" && "$dir/$1-static" >>"$dir/says"
}
# A static program's own functions of the names inside
printf 'extern int %s(void);\nint %s(void) { return 1; }\n' apply_layer apply_layer npy_read npy_read host_run host_run \
    lanczos_decompose lanczos_decompose >"$dir/names.c"
for compiler in gcc clang g++ clang++; do
    run "the example built by $compiler, shared and static" links "$compiler"
done
uniq -c "$dir/says" >"$dir/out"
report 'all eight say the same, and it is so' \
    "$(grep -qxE ' *8 rank 3, relative error 0\.00[0-9]+ .*' "$dir/out" || echo 'not that:')"

abi=$(sed -nE 's/^#define DCOM_ABI ([0-9]+).*/\1/p' cmodel/dcom.h)
mkdir "$dir/next" && cp "$prefix/lib/libdcom.so" "$dir/next/libdcom.so.$((abi + 1))"
LD_LIBRARY_PATH=$dir/next "$dir/gcc-shared" >"$dir/out" 2>&1
status=$?
fault=''
[ $status -eq 127 ] && grep -qF "libdcom.so.$abi" "$dir/out" || fault="status $status"
report 'a library of another ABI is not loaded' "$fault"

for standard in c99 c++11; do
    printf '#include <dcom_csr.h>\n#include <dcom.h>\nint word[DCOM_CSR_ID + 1];\n' | tee "$dir/header.c" >/dev/null
    run "headers in $standard" gcc -x "${standard%%[0-9]*}" -std=$standard -Wall -Wextra -Werror -pedantic -fsyntax-only "-I$prefix/include" \
        "$dir/header.c"
done
report 'dcom_csr.h keeps to names of ours' \
    "$(grep -oE '^ *[A-Z_]+|define [A-Z_]+' "$prefix/include/dcom_csr.h" | grep -vE '^ *(define )?(DCOM_|X$)')"
run 'the RTL is whole' verilator --lint-only -Wno-fatal "-I$prefix/share/dcom/rtl" "-I$prefix/share/dcom/tiny" --top-module accelerator \
    "$prefix/share/dcom/rtl/accelerator.v"

install uninstall >"$dir/out" 2>&1
report 'uninstall leaves no file' "$(find "$prefix" ! -type d)"
echo "1..$count"
