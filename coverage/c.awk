# c.awk - adds up the records of an lcov file, takes out what the sources exclude, and writes c.info, c.tsv and c.holes into `out`.
# SPDX-License-Identifier: Apache-2.0
#
# An exclusion is a comment on its line, LCOV_EXCL_LINE or LCOV_EXCL_BR_LINE and the reason in words. One without words, and one
# whose line is covered whole, is a hole; of what only some hosts run the reason begins with `host`. From LCOV_EXCL_START to
# LCOV_EXCL_STOP all lines are excluded.

# The exclusions of a file: kind[line] and reason[line].
function read_source(file,    text, n, open) {
    while ((getline text < (root file)) > 0) {
        n++
        if (text ~ /LCOV_EXCL_STOP/) open = ""
        if (open != "") {
            kind[file, n] = "LCOV_EXCL_LINE"
            reason[file, n] = open
        }
        if (match(text, /LCOV_EXCL_(BR_LINE|LINE|START)/)) {
            kind[file, n] = substr(text, RSTART, RLENGTH)
            text = substr(text, RSTART + RLENGTH)
            sub(/^[: ]*/, "", text)
            sub(/ *\*\/.*$/, "", text)
            reason[file, n] = text
            if (kind[file, n] == "LCOV_EXCL_START") {
                open = text
                kind[file, n] = "LCOV_EXCL_LINE"
            }
        }
    }
    close(root file)
}

# Of what has a bar
function hole(file, line, what, why) { if (file ~ /^cmodel/) printf "%s:%d\t%s\t%s\n", file, line, what, why > holes }

BEGIN {
    holes = out "/c.holes"
    info = out "/c.info"
    table = out "/c.tsv"
    printf "" > holes
}
/^SF:/ {
    file = substr($0, 4)
    wanted = index(file, root) == 1
    file = substr(file, length(root) + 1)
    wanted = wanted && file ~ /^(cmodel|tb|regress)\//
    if (wanted && !(file in seen)) {
        seen[file] = 1
        read_source(file)
        files[++file_count] = file
    }
}
wanted && /^DA:/ {
    split(substr($0, 4), part, ",")
    if (part[1] > last[file]) last[file] = part[1]
    count[file, part[1]] += part[2]
}
wanted && /^BRDA:/ {
    split(substr($0, 6), part, ",")
    n = ++width[part[1]]
    now[part[1], n] = part[4]
}
# A line that is compiled more than once, for other instruction sets, has branches each time: as many, then they are the same ones
/^end_of_record/ {
    for (line in width) {
        form = width[line]
        if (!((file, line, form) in forms)) {
            forms[file, line, form] = 1
            form_list[file, line] = form_list[file, line] " " form
        }
        for (b = 1; b <= form; b++) {
            if (now[line, b] != "-") ran[file, line, form] = 1
            taken[file, line, form, b] += now[line, b]
        }
    }
    split("", width)
    split("", now)
}
END {
    for (f = 1; f <= file_count; f++) {
        file = files[f]
        folder = substr(file, 1, index(file, "/") - 1)
        printf "TN:\nSF:%s%s\n", root, file > info
        for (line = 1; line <= last[file]; line++) {
            if (!((file, line) in count)) continue
            # of the forms those that ran; if none did, one
            all_forms = split(form_list[file, line], list, " ")
            missed = ""
            hit = total = 0
            split("", branch)
            for (f2 = 1; f2 <= all_forms; f2++) {
                form = list[f2]
                if (!ran[file, line, form] && !(total == 0 && f2 == all_forms)) continue
                for (b = 1; b <= form; b++) {
                    branch[++total] = taken[file, line, form, b] + 0
                    if (branch[total] > 0) hit++
                    else missed = missed " " total
                }
            }
            mark = kind[file, line]
            whole = count[file, line] > 0 && missed == ""
            if (mark != "") {
                hole(file, line, mark, reason[file, line] ~ /[a-z]/ ? reason[file, line] : "-")
                if (reason[file, line] !~ /^host/ && (whole || (mark == "LCOV_EXCL_BR_LINE" && missed == "")))
                    hole(file, line, "excluded and yet covered", "-")
            }
            if (mark == "LCOV_EXCL_LINE") {
                excluded[folder, "line"]++
                excluded[folder, "branch"] += total
                continue
            }
            lines[folder]++
            if (count[file, line] > 0) covered[folder, "line"]++
            else hole(file, line, "line", "-")
            printf "DA:%d,%d\n", line, count[file, line] > info
            if (mark == "LCOV_EXCL_BR_LINE") {
                excluded[folder, "branch"] += total
                continue
            }
            all[folder] += total
            covered[folder, "branch"] += hit
            if (count[file, line] > 0 && missed != "")
                hole(file, line, "branch" missed " of " total, "-")
            for (b = 1; b <= total; b++) printf "BRDA:%d,0,%d,%d\n", line, b - 1, branch[b] > info
        }
        print "end_of_record" > info
    }
    bar["cmodel", "line"] = 100
    bar["cmodel", "branch"] = 98
    split("cmodel tb regress", folders, " ")
    for (f = 1; f <= 3; f++) {
        folder = folders[f]
        prefix = folder == "cmodel" ? "c" : "c-" folder
        for (k = 1; k <= 2; k++) {
            what = k == 1 ? "line" : "branch"
            total = k == 1 ? lines[folder] : all[folder]
            printf "%s-%s\t%d\t%d\t%d\t%d\n", prefix, what, covered[folder, what], total + excluded[folder, what], excluded[folder, what], bar[folder, what] > table
        }
    }
}
