#!/bin/bash
# fresh_debian.sh SUITE [TREE]: README.md's two commands, as they stand there, on a bare Debian (bookworm, trixie) with a clean
# copy of TREE (HEAD). Root only; needs debootstrap. Prints TAP; everything is in a folder under TMPDIR that goes away.
# SPDX-License-Identifier: Apache-2.0
set -eu
cd "$(dirname "$0")/.."

suite=${1:?usage: fresh_debian.sh SUITE [TREE]}
tree=${2:-HEAD}
# A mount namespace of its own: whatever is mounted goes with the last process in it, however that ends
if [ "${FRESH_DEBIAN_INSIDE:-}" != yes ]; then
    FRESH_DEBIAN_INSIDE=yes exec unshare --mount --propagation private "$0" "$suite" "$tree"
fi

work=$(mktemp -d -t fresh_debian.XXXXXX)
root=$work/root
# shellcheck disable=SC2317 # called by the trap
cleanup() {
    umount "$root/proc" 2>/dev/null || true
    if mountpoint -q "$root/proc"; then
        echo "# $work is left: $root/proc is still mounted"
    else
        rm -rf --one-file-system "$work"
    fi
}
trap cleanup EXIT
trap 'exit 130' INT TERM HUP

# ---- the bare system, from the host's mirror ----

uri=$(sed -nE 's/^URIs: *([^ ]+).*/\1/p; s/^deb +(\[[^]]*\] *)?([^ ]+) .*/\2/p' \
    /etc/apt/sources.list /etc/apt/sources.list.d/debian.sources 2>/dev/null | head -n 1 || true)
debootstrap --variant=minbase "$suite" "$root" "${uri:-http://deb.debian.org/debian}" >"$work/debootstrap.log" 2>&1 || {
    tail -n 20 "$work/debootstrap.log" >&2
    exit 1
}

# How the host reaches its mirror: proxy, settings, keys; sources with the suite changed
# shellcheck source=/dev/null
host=$(. /etc/os-release && echo "$VERSION_CODENAME")
for folder in apt.conf.d keyrings trusted.gpg.d; do
    [ ! -d /etc/apt/$folder ] || cp -RLn /etc/apt/$folder "$root/etc/apt/"
done
[ ! -f /etc/apt/apt.conf ] || cp /etc/apt/apt.conf "$root/etc/apt/"
for file in sources.list sources.list.d/debian.sources; do
    [ ! -f /etc/apt/$file ] || sed "s/\b$host\b/$suite/g" /etc/apt/$file >"$root/etc/apt/$file"
done
[ ! -f /etc/apt/sources.list.d/debian.sources ] || [ -f /etc/apt/sources.list ] || rm -f "$root/etc/apt/sources.list"
cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
mount -t proc proc "$root/proc"

mkdir "$root/dcom"
git archive "$tree" | tar -x -C "$root/dcom"

# ---- the two commands ----

inside() { tests/apart.sh chroot "$root" /usr/bin/env -C /dcom HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive bash -c "$1"; }

inside 'apt-get update' >"$work/update.log" 2>&1 || {
    tail -n 20 "$work/update.log" >&2
    exit 1
}
failed=0
for n in 1 2; do
    command=$("$root/dcom/tests/readme_command" $n)
    begin=$SECONDS
    if inside "$command" >"$work/$n.log" 2>&1 </dev/null; then result=ok; else
        result='not ok'
        failed=1
        tail -n 60 "$work/$n.log" | sed 's/^/# | /'
    fi
    echo "$result $n - $suite: command $n of README.md, $((SECONDS - begin)) s: $(tail -n 1 "$work/$n.log")"
done
echo 1..2
exit $failed
