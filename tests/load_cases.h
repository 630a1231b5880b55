// load_cases.h - part of load_tb.cpp: loader, statistics and selector wired up, whole packets, and what must come of
// them. SPDX-License-Identifier: Apache-2.0

enum fault { NONE, EARLY, MISSING, ABORT, RESET, FAULTS };

struct {
    uint64_t loads, exact_clocks, one_group, vectors, blocks, selects, chosen, ties, at_once, nans, exact_tokens,
        padded, discarded, kind[FAULTS][2], abort_state[6], reset_state[6];
} seen;

// ---- what the ports carry

struct beat {
    uint16_t data[8 * COLUMNS];
    bool last;
};

std::vector<beat> packet;
size_t sent;             // beats of it that are accepted
bool offering, accepted; // the next beat stands on the stream; it was accepted on the last clock
unsigned stall_stream, stall_write, stall_statistics;
uint16_t tile[ROWS][TILE_ROWS][COLUMNS][TILE_CHANNELS], want[ROWS][TILE_ROWS][COLUMNS][TILE_CHANNELS];
uint64_t writes, rows, scanning_since;
unsigned scanning; // groups + 1 of the scan or sum that runs
float whole[MOST_CHANNELS], kept[MOST_CHANNELS];
uint16_t peak[MOST_CHANNELS];
std::vector<uint16_t> a; // tokens x channels

unsigned column_of(unsigned c) { return c / 8 % COLUMNS; }
unsigned local_of(unsigned c) { return c / 8 / COLUMNS * 8 + c % 8; }

bool all_idle() {
    for (const struct statistics &s : statistics_twin)
        if (s.fetch_valid_q || s.add_valid_q) return false;
    return true;
}

// One clock, wired up. Other inputs are the caller's.
bool tick(const job &job) {
    if (!offering) offering = sent < packet.size() && !chance(stall_stream);
    lin.s_axis_tvalid = offering;
    if (offering) {
        std::memcpy(lin.s_axis_tdata, packet[sent].data, sizeof packet[sent].data);
        lin.s_axis_tlast = packet[sent].last;
    } else
        lin.s_axis_tlast = below(2) == 0;
    const bool held = chance(stall_statistics);
    lin.write_ready = !chance(stall_write), lin.statistics_ready = !held;
    sin_.statistics_idle = all_idle();
    for (unsigned j = 0; j < COLUMNS; j++) {
        statistics_read(&statistics_twin[j], &cout_[j]);
        lin.statistics_ready &= statistics_ready(&statistics_twin[j], loader_twin.write_group_q);
        sin_.best_valid[j] = cout_[j].best_valid, sin_.best_peak[j] = cout_[j].best_peak;
        sin_.best_channel[j] = cout_[j].best_channel;
    }
    read_all();
    for (unsigned j = 0; j < COLUMNS; j++) {
        statistics_in &in = cin_[j];
        in.valid = lout.statistics_valid && !held, in.first = lout.statistics_first, in.exact = lout.statistics_exact;
        in.group = lout.statistics_group;
        std::memcpy(in.data, lout.write_data + 8 * j, sizeof in.data);
        in.scan_start = sout.scan_start, in.sum_start = sout.sum_start, in.groups = sout.groups;
        in.last_lanes = sout.last_lanes[j], in.clear_chosen = sout.clear_chosen;
        in.choose_valid = sout.choose_valid && sout.column == j, in.choose_channel = sout.choose_channel;
        chosen_group[j] = below(TILE_GROUPS);
    }
    accepted = offering && lout.s_axis_tready;
    if (accepted) offering = false, sent++;
    if (lout.write_valid && lin.write_ready) {
        if (lout.write_row >= TILE_ROWS || lout.write_cluster_row >= ROWS) return differ("a write outside the tiles");
        for (unsigned k = 0; k < WIDTH; k++)
            tile[lout.write_cluster_row][lout.write_row][k / 8][lout.write_channel + k % 8] = lout.write_data[k];
        writes++;
    }
    if (lout.row_valid) {
        const unsigned t = rows % job.tokens;
        if (!job.vectors || rows >= packet.size() || lout.row_edge != t / 8 % ROWS ||
            lout.row_row != t / 8 / ROWS * 8 + t % 8 || std::memcmp(lout.row_data, packet[rows].data, 16) != 0)
            return differ("row %u of the vectors: edge %u, row %u", (unsigned)rows, lout.row_edge, lout.row_row);
        rows++;
    }
    if (scanning && sin_.statistics_idle) {
        if (clocks - scanning_since != scanning + 1) return differ("a scan or sum of %u groups", scanning - 1);
        scanning = 0;
    }
    if (!lin.rst && (sout.scan_start || sout.sum_start)) scanning = sout.groups + 1u, scanning_since = clocks;
    if (!clock_both()) return false;
    if (lin.rst) scanning = 0;
    read_all();
    return true;
}

// ---- references

float canonical(float x) {
    const uint32_t nan = 0x7FC00000;
    if (x != x) std::memcpy(&x, &nan, 4), seen.nans++;
    return x;
}

void reference(const job &job) {
    std::fill_n(whole, MOST_CHANNELS, 0.0F), std::fill_n(kept, MOST_CHANNELS, 0.0F),
        std::fill_n(peak, MOST_CHANNELS, 0);
    for (unsigned c = 0; c < job.channels; c++)
        for (unsigned t = 0; t < job.tokens; t++) {
            const uint16_t bits = a[static_cast<size_t>(t) * job.channels + c], magnitude = bits & 0x7FFF;
            const uint32_t wide = static_cast<uint32_t>(bits) << 16;
            float x;
            std::memcpy(&x, &wide, 4);
            whole[c] = canonical(std::fmaf(x, x, whole[c]));
            if (std::find(job.exact.begin(), job.exact.end(), t) != job.exact.end()) continue;
            kept[c] = canonical(std::fmaf(x, x, kept[c]));
            peak[c] = magnitude > peak[c] ? magnitude : peak[c];
        }
}

// The untimed model's numbers are the reference's.
bool library_agrees(const job &job) {
    std::vector<int32_t> mask(job.tokens, EDGE_KEEP);
    std::vector<uint16_t> p(job.channels);
    std::vector<float> energy(job.channels), other(job.channels);
    for (unsigned t : job.exact)
        mask[t] = EDGE_ZERO;
    column_edge_statistics(kernel_select("portable"), a.data(), job.tokens, job.channels, mask.data(), p.data(),
                           energy.data(), other.data());
    for (unsigned c = 0; c < job.channels; c++)
        if (p[c] != peak[c] || std::memcmp(&energy[c], &kept[c], 4) != 0)
            return differ("column_edge_statistics() of channel %u", c);
    return true;
}

bool statistics_hold(const job &job) {
    for (unsigned c = 0; c < job.groups * WIDTH; c++) {
        const struct statistics &s = statistics_twin[column_of(c)];
        const unsigned l = local_of(c);
        if (std::memcmp(s.whole.mem + 4 * l, &whole[c], 4) != 0) return differ("whole of channel %u", c);
        if (std::memcmp(s.kept.mem + 4 * l, &kept[c], 4) != 0) return differ("kept of channel %u", c);
        if (std::memcmp(s.peak.mem + 2 * l, &peak[c], 2) != 0) return differ("peak of channel %u", c);
    }
    return true;
}

// ---- outliers

bool select(const job &job) {
    const unsigned most = job.channels < 12 ? job.channels : 12,
                   asked = below(4) ? below(most) : job.channels + below(3) - 1;
    const unsigned count =
        asked < job.channels ? asked : job.channels; // more than there are: all, and none past them
    const bool idle = all_idle();
    const uint64_t since = clocks;
    sin_.start = 1, sin_.count = asked, sin_.channels = job.channels;
    sin_.start_groups = static_cast<uint16_t>(job.groups);
    do {
        if (!tick(job)) return false;
        sin_.start = below(4) == 0 && !sout.idle; // not heard
        if (clocks - since > (asked + 1u) * (job.groups + 3) + 4) return differ("the selector stands still");
    } while (!sout.idle);
    sin_.start = 0;
    if (idle && clocks - since != (asked + 1u) * (job.groups + 3) + 1)
        return differ("%u outliers of %u groups took %u clocks", asked, job.groups, (unsigned)(clocks - since));
    std::vector<bool> chosen(MOST_CHANNELS);
    std::vector<unsigned> order(job.channels);
    for (unsigned c = 0; c < job.channels; c++)
        order[c] = c;
    std::stable_sort(order.begin(), order.end(), [](unsigned x, unsigned y) { return peak[x] > peak[y]; });
    for (unsigned n = 0; n < count; n++)
        chosen[order[n]] = true;
    seen.ties += count && count < job.channels && peak[order[count - 1]] == peak[order[count]];
    std::vector<int32_t> mask(job.channels), list(job.channels);
    column_edge_outliers(peak, job.channels, count, mask.data(), list.data());
    for (unsigned c = 0; c < MOST_CHANNELS; c++) {
        if ((statistics_chosen(&statistics_twin[column_of(c)], local_of(c) / 8) >> c % 8 & 1) != chosen[c])
            return differ("channel %u is %schosen", c, chosen[c] ? "not " : "");
        if (c < job.channels && (mask[c] == EDGE_ZERO) != chosen[c]) return differ("column_edge_outliers(): %u", c);
    }
    for (unsigned j = 0; j < COLUMNS; j++)
        for (unsigned l = 0; l < 8; l++) {
            float sum[2] = {};
            for (unsigned c = 8 * j + l; c < job.groups * WIDTH; c += WIDTH) {
                if (!chosen[c]) sum[0] = canonical(sum[0] + kept[c]);
                sum[1] = canonical(sum[1] + whole[c]);
            }
            for (unsigned h = 0; h < 2; h++)
                if (std::memcmp(&sum[h], &statistics_twin[j].chain_q[8 * h + l], 4) != 0)
                    return differ("half %u of lane %u of the sum of column %u", h, l, j);
        }
    seen.selects++, seen.chosen += count, seen.at_once += !idle;
    return true;
}

// ---- packets

void make_packet(const job &job, fault fault) {
    const unsigned rare = 4u << below(10);
    const bool coarse = below(2);
    const size_t beats = static_cast<size_t>(job.tokens) * (job.vectors ? job.blocks : job.groups);
    a.resize(static_cast<size_t>(job.tokens) * job.channels);
    for (uint16_t &x : a)
        x = random_bf16(rare, coarse);
    packet.assign(beats, beat());
    for (size_t n = 0; n < beats; n++) {
        for (unsigned k = 0; k < WIDTH; k++) {
            const size_t t = n / job.groups, c = n % job.groups * WIDTH + k;
            packet[n].data[k] =
                job.vectors || c >= job.channels ? static_cast<uint16_t>(random_bits()) : a[t * job.channels + c];
        }
        packet[n].last = n + 1 == beats;
    }
    if (fault == EARLY) {
        packet.resize(1 + below(static_cast<uint32_t>(beats) - 1));
        packet.back().last = true;
    }
    if (fault == MISSING) {
        packet.back().last = false;
        for (unsigned n = 1 + below(10); n > 0; n--)
            packet.push_back(packet[below(static_cast<uint32_t>(beats))]);
        packet.back().last = true;
    }
    sent = 0;
    offering = false;
}

// What a job that is given up leaves: the rest of its packet, of which there may be less than it was to be.
bool discard(const job &job) {
    const uint64_t wrote = writes, took = rows;
    if (sent == 0) packet.clear(), offering = false;
    const size_t held = sent + offering;
    if (held < packet.size() && below(2)) {
        packet.resize(held + 1 + below(static_cast<uint32_t>(packet.size() - held)));
        packet.back().last = true;
    }
    seen.discarded += sent < packet.size();
    for (;;) {
        if (lout.start_ready != (sent == packet.size()))
            return differ("idle %u, %zu beats left", lout.start_ready, packet.size() - sent);
        if (lout.loaded || lout.block_loaded || lout.write_valid || lout.row_valid) return differ("the job goes on");
        if (lout.start_ready) break;
        if (!tick(job)) return false;
    }
    if (!tick(job)) return false;
    return (writes == wrote && rows == took) || differ("it writes on");
}

bool finished(const job &job) { return job.vectors ? lout.start_ready : lout.loaded; }

// A job from its start to its end, or to where it is given up.
bool run(const job &job, fault fault) {
    const unsigned stalls[] = {0, 0, 30, 120, 220};
    const uint64_t needed = job.vectors ? static_cast<uint64_t>(job.tokens) * job.blocks
                                        : static_cast<uint64_t>(job.chunks) * 8 * ROWS * job.groups;
    const size_t beats = static_cast<size_t>(job.tokens) * (job.vectors ? job.blocks : job.groups);
    make_packet(job, fault);
    const bool smooth = below(2);
    stall_stream = smooth ? 0 : stalls[below(5)], stall_write = smooth ? 0 : stalls[below(5)];
    stall_statistics = smooth ? 0 : stalls[below(5)];
    const size_t wrong = fault == EARLY ? packet.size() : fault == MISSING ? beats : 0; // the beat, from 1 on
    uint64_t give_up = fault >= ABORT ? 1 + below(static_cast<uint32_t>(needed + needed / 4 + 4)) : ~UINT64_C(0);
    const bool in_pause = fault >= ABORT && below(2);
    for (unsigned n = smooth ? 0 : below(6); n > 0; n--) { // it waits for the start
        if (!lout.start_ready || lout.s_axis_tready) return differ("not idle");
        if (!tick(job)) return false;
    }
    writes = rows = 0;
    offer(job);
    lin.start_valid = 1, lin.abort_job = 0;
    uint64_t since = clocks;
    if (!tick(job)) return false;
    lin.start_valid = 0;
    unsigned blocks = 0;
    while (!finished(job)) {
        const unsigned state = loader_twin.state_q;
        const bool wait = job.vectors && lout.block_loaded;
        if (wait && blocks * job.tokens < rows) {
            blocks++;
            if (rows != static_cast<uint64_t>(blocks) * job.tokens)
                return differ("block_loaded, %u rows", (unsigned)rows);
            if (smooth && clocks - since != job.tokens + 2u)
                return differ("a block took %u", (unsigned)(clocks - since));
        }
        if (wait && (lout.s_axis_tready || lout.start_ready)) return differ("it does not wait");
        lin.block_next = below(3) == 0;
        if (wait && lin.block_next) since = clocks;
        offer(random_job(below(2))); // what stands there does not matter any more
        lin.start_valid = below(8) == 0;
        const bool last = --give_up == 0 || (wait && in_pause);
        lin.abort_job = last && fault == ABORT, lin.rst = last && fault == RESET;
        if (last && fault == ABORT) seen.abort_state[state]++;
        if (last && fault == RESET) seen.reset_state[state]++;
        if (!tick(job)) return false;
        const bool given_up = lin.abort_job || lin.rst, is_wrong = !given_up && accepted && sent == wrong;
        const bool reset = lin.rst;
        lin.abort_job = lin.rst = lin.start_valid = lin.block_next = 0;
        if (lout.framing != is_wrong || lout.failed != is_wrong)
            return differ("framing %u, failed %u", lout.framing, lout.failed);
        if (reset) packet.clear(), sent = 0, offering = false;
        if (given_up || is_wrong) {
            seen.kind[fault][job.vectors]++;
            if (!discard(job)) return false;
            return (!lout.framing && lout.failed == is_wrong) || differ("framing or failed after the discard");
        }
        if (!job.vectors && lout.chunks != writes / (8 * ROWS * job.groups))
            return differ("%u chunks, %u writes", lout.chunks, (unsigned)writes);
        if (clocks - since > 400 * (needed + 40)) return differ("it stands still");
    }
    if (wrong) return differ("a wrong TLAST is not found");
    if (sent != packet.size() || lout.failed || lout.framing) return differ("%zu of %zu beats", sent, packet.size());
    seen.kind[NONE][job.vectors]++;
    if (job.vectors) {
        seen.blocks += blocks;
        return (blocks == job.blocks && rows == needed) || differ("%u blocks, %u rows", blocks, (unsigned)rows);
    }
    if (writes != needed || !lout.start_ready) return differ("%u writes, not %u", (unsigned)writes, (unsigned)needed);
    seen.padded += job.tokens % (8 * ROWS) != 0, seen.exact_tokens += job.exact.size();
    seen.one_group += job.groups == 1;
    if (!smooth) return true;
    // one group: a beat every other clock, the last one apart
    const uint64_t took = clocks - since, due = needed + 2 + (job.groups == 1 ? job.tokens - 1 : 0);
    seen.exact_clocks++;
    return took == due || differ("%u tokens of %u groups took %u clocks", job.tokens, job.groups, (unsigned)took);
}

bool tiles_hold(const job &job) {
    for (unsigned i = 0; i < ROWS; i++)
        for (unsigned r = 0; r < 8 * job.chunks; r++)
            for (unsigned c = 0; c < job.groups * WIDTH; c++) {
                const unsigned t = (r / 8 * ROWS + i) * 8 + r % 8;
                want[i][job.base + r][column_of(c)][local_of(c)] =
                    t < job.tokens && c < job.channels ? a[static_cast<size_t>(t) * job.channels + c] : 0;
            }
    return std::memcmp(tile, want, sizeof tile) == 0 || differ("what stands in the tiles");
}

bool work() {
    const uint64_t end = clocks + clocks_wanted;
    lin = {}, sin_ = {};
    job job = random_job(false);
    lin.rst = 1;
    packet.clear(), sent = 0;
    if (!clock_both()) return false;
    lin.rst = 0;
    if (!tick(job)) return false;
    while (clocks < end) {
        fault fault = below(2) ? NONE : static_cast<enum fault>(below(FAULTS));
        job = random_job(below(3) == 0);
        if (fault == EARLY && job.tokens == 1) fault = NONE;
        const uint64_t whole_before = seen.kind[NONE][job.vectors];
        if (!run(job, fault)) return false;
        if (job.vectors || seen.kind[NONE][0] == whole_before) {
            std::memcpy(want, tile, sizeof want);
            continue;
        }
        seen.loads++;
        if (!tiles_hold(job)) return false;
        reference(job);
        if (!library_agrees(job)) return false;
        if (below(2))
            for (unsigned n = 0; n < 3; n++)
                if (!tick(job)) return false;
        for (unsigned n = below(4); n > 0; n--)
            if (!select(job)) return false;
        while (!all_idle())
            if (!tick(job)) return false;
        if (!lout.loaded || !statistics_hold(job)) return differ("loaded does not stay");
    }
    // a run that has not been everywhere has shown nothing
    for (unsigned f = 0; f < FAULTS; f++)
        for (unsigned v = 0; v < 2; v++)
            if (!seen.kind[f][v]) return differ("no fault %u, vectors %u", f, v);
    for (unsigned s = 1; s < 5; s++)
        if (!seen.abort_state[s] || !seen.reset_state[s]) return differ("no abort or reset in state %u", s);
    if (!seen.ties || !seen.at_once || !seen.nans || !seen.exact_tokens || !seen.padded || !seen.discarded ||
        !seen.exact_clocks || !seen.one_group || !seen.blocks || !seen.chosen)
        return differ("something never happened");
    std::printf("# %llu loads, %llu blocks of vectors, %llu selections of %llu outliers, %llu ties, %llu discarded\n",
                (unsigned long long)seen.loads, (unsigned long long)seen.blocks, (unsigned long long)seen.selects,
                (unsigned long long)seen.chosen, (unsigned long long)seen.ties, (unsigned long long)seen.discarded);
    return true;
}
