#!/bin/bash
# test_faults.sh CONFIG COUNT [SEED] - a campaign of COUNT planted faults: all told as the oracle saw them; and some of them once more
# by `sim --fault`, told the same way. SPDX-License-Identifier: Apache-2.0
set -u
config=$1
faults=$2
seed=${3:-1}
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/report.sh
. tests/report.sh
sim=$build/$config/sim

run() {
    "$@" >"$dir/out" 2>&1 </dev/null
    status=$?
}

run make -s "BUILD=$build" "CONFIG=$config" sim-build
report "sim of $config is built" "$([ $status -eq 0 ] || echo "exit status $status")"

case=("$sim" --config "$config" --rank 2 --outliers 1 'noise(16,8)')
echo "# seed $seed; again: ${case[*]} --faults $faults --fault-seed $seed"
run "${case[@]}" --faults "$faults" --fault-seed "$seed" --jobs "$(nproc)" --results "$dir/results"
sed 's/^/# /' "$dir/out"
report "$faults faults, each told as the oracle saw it" \
    "$([ $status -eq 0 ] && [ "$(tail -n 1 "$dir/out")" = PASS ] || echo "exit status $status")"
report 'every line of correspondence.def of this configuration swept' \
    "$(grep -qE '^swept +[1-9][0-9]* lines, [1-9][0-9]* instances, on [1-9]' "$dir/out" || echo no)"
report 'a line for each' "$([ "$(wc -l <"$dir/results")" -eq $((faults + 1)) ] || wc -l <"$dir/results")"
report 'some changed the result, and were told' "$(awk -F'\t' '$9 == "told" && $7 ~ /changed|stuck/ {n++} END {exit !n}' "$dir/results" || echo none)"
for place in 'RTL registers' 'RTL memories' 'RTL outputs' 'RTL inputs' 'model registers' 'model memories'; do
    # its last one that was told
    IFS=$'\t' read -r fault clock name < <(awk -F'\t' -v p="$place" '$1 == p && $9 == "told" {x = $2 "\t" $5 "\t" $6} END {print x}' "$dir/results")
    [ -n "$fault" ] || continue
    run "${case[@]}" --fault "$fault" --capsule "$dir/capsule"
    report "$place: $fault by sim alone" \
        "$([ $status -eq 1 ] && grep -qF "DIVERGENCE at clock $clock: $name" "$dir/out" || echo "exit status $status, not $name at $clock")"
done

run "${case[@]}" --faults 5 --fault x_q:0:0@1
report 'a campaign and a fault at once' "$([ $status -eq 2 ] && grep -qF -- '--faults 5: with neither' "$dir/out" || echo "exit status $status")"
# a register that is behind an output of its module: of the faults in it some change the result, on `small` one in 150
run "${case[@]}" --faults "$([ "$config" = tiny ] && echo 100 || echo 2000)" --fault-names '*.element_q' --jobs "$(nproc)" --results "$dir/results"
report 'what hangs on the output of a module sees a fault' \
    "$([ $status -eq 0 ] && awk -F'\t' '$1 == "RTL registers" && $7 == "changed" {n++} END {exit !n}' "$dir/results" || echo "exit status $status")"
run "${case[@]}" --faults 5 --fault-names 'no*'
report 'no such register' "$([ $status -eq 2 ] && grep -qF -- '--fault-names no*: there is no such register' "$dir/out" || echo "exit status $status")"
run "${case[@]}" --faults 5 --results "$dir/none/results"
report 'results that cannot be written' "$([ $status -eq 2 ] && grep -qF "$dir/none/results.new: cannot be written" "$dir/out" || echo "exit status $status")"
echo "1..$count"
