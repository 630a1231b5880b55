# rtl.awk - makes of Verilator's counts what people read: OUT/rtl.info (lcov), OUT/rtl.tsv and OUT/rtl.holes.
# usage: awk -v out=DIR -v bars='rtl-line=100 ...' -f rtl.awk coverage/excluded FILE.dat...     formats: docs/coverage.md
# SPDX-License-Identifier: Apache-2.0
#
# A point is one place in the source, whatever the instances, geometries and processes that counted it. Verilator's own
# --write-info takes the least of all points of a line, bits of signals among them; here a line is what its blocks and
# branches say, and bits are counted apart.

function complain(text) {
    print text > "/dev/stderr"
    wrong = 1
}

# The value of KEY in a line of counts
function value(key,  from) {
    from = index($0, "\001" key "\002")
    return from ? substr($0, from + length(key) + 2, index(substr($0, from + length(key) + 2) "\001", "\001") - 1) : ""
}

# All numbers of a list such as 3,5-7
function each(list, numbers,  parts, range, n, k, m) {
    n = 0
    for (k = split(list, parts, ","); k > 0; k--)
        for (m = range[split(parts[k], range, "-")]; m >= range[1]; m--) numbers[++n] = m
    return n
}

function base(file) { sub(/.*\//, "", file); return file }

# The text of a line of a source, without its indentation
function text_of(file, line,  n, one) {
    if (!(file in lines)) {
        for (n = 1; (getline one < file) > 0; n++) {
            gsub(/^[ \t]+|[ \t]+$/, "", one)
            source[file, n] = one
        }
        close(file)
        if (n == 1) complain(file ": cannot be read")
        lines[file] = n - 1
    }
    return source[file, line]
}

# The reason why a hole may stay, or nothing: KIND FILE PATTERN of coverage/excluded, FILE may be *. An entry is for any number of
# bits, for one line, for one point
function reason(kind, file, what,  k) {
    for (k = 1; k <= entries; k++)
        if (entry_kind[k] == kind && (kind == "toggle" || !used[k]) && (entry_file[k] == "*" || entry_file[k] == base(file)) &&
            (kind == "toggle" ? what ~ "^(" entry_pattern[k] ")$" : what == entry_pattern[k])) {
            used[k]++
            return entry_reason[k]
        }
    return ""
}

function hole(kind, file, line, what, key,  why) {
    why = reason(key, file, what)
    excluded[kind] += why != ""
    print file ":" line "\t" kind ": " what "\t" (why == "" ? "-" : why) > (out "/rtl.holes")
}

BEGIN { table = ARGV[1] }

# ---- the table
FILENAME == table {
    if (/^#/ || /^[ \t]*$/) next
    at = index($0, " -- ")
    if (!at || NF < 5 || $1 !~ /^(line|toggle|user)$/) {
        complain(table ":" FNR ": not KIND FILE PATTERN -- REASON")
        next
    }
    entries++
    entry_kind[entries] = $1
    entry_file[entries] = $2
    entry_line[entries] = FNR
    entry_reason[entries] = substr($0, at + 4)
    pattern = substr($0, 1, at - 1)
    sub(/^[^ ]+ +[^ ]+ +/, "", pattern)
    sub(/ +$/, "", pattern)
    entry_pattern[entries] = pattern
    next
}

# ---- counts
/^C '/ {
    file = value("f")
    line = value("l")
    kind = value("page")
    sub(/\/.*/, "", kind)
    sub(/^v_/, "", kind)
    what = value("o")
    count = $0
    sub(/.*' /, "", count)
    points++
    if (kind == "toggle" && file ~ /\.svh?$/) next # wires of the points
    point = kind SUBSEP file SUBSEP line SUBSEP value("n") SUBSEP what
    seen[point] += count
    if (value("S") != "") spread[point] = value("S")
}

END {
    if (!points) complain("no counts: no program of the coverage build has run")
    printf "" > (out "/rtl.holes")
    for (point in seen) {
        split(point, p, SUBSEP)
        kind = p[1] == "branch" ? "line" : p[1]
        file = p[2]
        if (kind == "toggle") { # a bit must rise and fall
            total["rtl-toggle"]++
            if (seen[point] >= 2) covered["rtl-toggle"]++
            else hole("rtl-toggle", file, p[3], p[5], "toggle")
        } else if (kind == "user") {
            total["rtl-user"]++
            if (seen[point]) covered["rtl-user"]++
            else hole("rtl-user", file, p[3], p[5], "user")
        }
        if (kind == "toggle") continue
        delete numbers
        n = each(p[3] (point in spread ? "," spread[point] : ""), numbers)
        for (; n > 0; n--) {
            key = file SUBSEP numbers[n]
            if (!(key in least) || seen[point] < least[key]) least[key] = seen[point]
            if (kind == "line") {
                of_rtl[key] = 1
                if (!seen[point] && index(missed[key], p[5]) == 0) missed[key] = missed[key] " " p[5]
            }
        }
        if (p[1] == "branch") branches[file SUBSEP p[3]] = branches[file SUBSEP p[3]] " " p[4] ":" seen[point]
        files[file] = 1
    }
    for (key in of_rtl) {
        split(key, p, SUBSEP)
        total["rtl-line"]++
        if (least[key]) covered["rtl-line"]++
        else hole("rtl-line", p[1], p[2], text_of(p[1], p[2]), "line")
    }
    for (k = 1; k <= entries; k++)
        if (!used[k]) complain(table ":" entry_line[k] ": there is no such hole: " entry_pattern[k])

    for (file in files) {
        print "TN:\nSF:" file > (out "/rtl.info")
        text_of(file, 1)
        for (n = 1; n <= lines[file]; n++) {
            key = file SUBSEP n
            m = split(branches[key], one, " ")
            for (k = 1; k <= m; k++) {
                split(one[k], p, ":")
                print "BRDA:" n ",0," p[1] "," p[2] > (out "/rtl.info")
            }
            if (key in least) print "DA:" n "," least[key] > (out "/rtl.info")
        }
        print "end_of_record" > (out "/rtl.info")
    }

    n = split(bars, one, " ")
    for (k = 1; k <= n; k++) {
        split(one[k], p, "=")
        print p[1] "\t" covered[p[1]] + 0 "\t" total[p[1]] + 0 "\t" excluded[p[1]] + 0 "\t" p[2] > (out "/rtl.tsv")
    }
    exit wrong
}
