#!/bin/bash
# test_builds.sh [native]: the digests of tests/digests from this build, and without `native` from {gcc, clang} x {-O0, -O3},
# each on every instruction set that the host has; and what DCOM_ISA does.
# SPDX-License-Identifier: Apache-2.0
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/report.sh
. tests/report.sh

json() { sed -nE "s/^ *\"$1\": \"?([^\",]*)\"?,?$/\1/p"; }
host=$("$build/dcom" info --json | json isa_host)
sets='base avx2 avx512'
fault=''
case $host in base | avx2 | avx512) sets=${sets%"$host"*}$host ;; *) fault="dcom info names $host" ;; esac
: >"$dir/out"
report "instruction sets of this host: $sets" "$fault"

# digests NAME FOLDER: all of them, on each instruction set
digests() {
    local set fault
    for set in $sets; do
        fault=''
        DCOM_ISA=$set "$2/tests/make_digests" tests/digests 2>&1 | diff tests/digests - >"$dir/out" || fault='digests differ'
        report "$1, $set: $(grep -vc '^#' tests/digests) digests" "$fault"
    done
}

# The command has the digest of the library, and says what it used
line=$(grep -m 1 '^decompose .*\.npy' tests/digests)
read -r _ config matrix rank expansion warmup outliers seed digest <<<"$line"
command() {
    rm -rf "$dir/result"
    "$build/dcom" decompose "$matrix" --out "$dir/result" --json --config "$config" --rank "$rank" --expansion "$expansion" \
        --warmup "$warmup" --outliers "$outliers" --seed "$seed"
}

native() {
    local set fault used
    digests 'this build' "$build"
    for set in $sets; do
        fault=''
        DCOM_ISA=$set command >"$dir/out" 2>&1 || fault="status $?"
        [ "$(json digest <"$dir/out")" = "$digest" ] || fault="$fault not $digest"
        used=$(DCOM_ISA=$set "$build/dcom" info --json | json isa)
        [ "$used" = "$set" ] || fault="$fault $used is used"
        [ "$(json kernel <"$dir/out")" = "${set/base/portable}" ] || fault="$fault kernel $(json kernel <"$dir/out")"
        report "dcom decompose with DCOM_ISA=$set" "$fault"
    done
    for set in '' AVX2 avx avx512x avx2 avx512; do
        case " $sets " in *" $set "*) continue ;; esac
        fault=''
        says=" is not base, avx2 or avx512"
        case $set in avx2 | avx512) says=": this host has $host at most" ;; esac
        DCOM_ISA=$set command >"$dir/out" 2>&1
        [ $? -eq 2 ] || fault='not refused'
        [ "$(cat "$dir/out")" = "dcom: DCOM_ISA=$set$says" ] || fault="$fault, not by its name"
        DCOM_ISA=$set "$build/tests/make_digests" tests/digests >>"$dir/out" 2>&1 && fault="$fault, taken by the library"
        grep -q '^make_digests: HOST: ' "$dir/out" || fault="$fault, without DCOM_E_HOST"
        report "DCOM_ISA=$set is refused" "$fault"
    done
}

case ${1:-} in
native) native ;;
'')
    for compiler in gcc clang; do
        for optimise in -O0 -O3; do
            folder=$build/builds/$compiler$optimise
            fault=''
            make -s "CC=$compiler" "OPTIMISE=$optimise" "BUILD=$folder" SANITIZE= "$folder/dcom" "$folder/tests/make_digests" \
                >"$dir/out" 2>&1 || fault='cannot be built'
            report "$compiler $optimise builds" "$fault"
            [ -n "$fault" ] || digests "$compiler $optimise" "$folder"
        done
    done
    ;;
*)
    echo 'usage: test_builds.sh [native]' >&2
    exit 2
    ;;
esac
echo "1..$count"
