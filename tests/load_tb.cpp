// load_tb.cpp - loader, statistics and selector beside their twins: every register, memory and port on every clock;
// and what comes of whole loads against plain references. SPDX-License-Identifier: Apache-2.0
//
// Prints TAP. SEED=N repeats a run, CLOCKS=N is the length of a case. Built for one geometry (load.mk).
//
// In the first case each module is driven at random, on its own, and the twin alone is the reference. In the second
// they are wired up as in the accelerator: matrices and vectors stream in, with faults, aborts and resets, outliers
// are chosen.
#include <algorithm>
#include <cmath>
#include <cstdarg>
#include <deque>
#include <set>
#include "Vload_unit.h"
#include "unit_bench.h"
extern "C" {
#include "column_edge.h"
#include "loader.h"
#include "selector.h"
#include "statistics.h"
}

namespace {

enum : unsigned {
    TILE_ROWS = TILE_TOKENS + BASIS_ROWS,
    MOST_TOKENS = ROWS * TILE_TOKENS,
    MOST_CHANNELS = COLUMNS * TILE_CHANNELS,
    TILE_GROUPS = TILE_CHANNELS / 8,
    WIDTH = 8 * COLUMNS
};

uint64_t seed = 1, clocks_wanted = 300000, clocks;
std::string finding;

__attribute__((format(printf, 1, 2))) bool differ(const char *format, ...) {
    char line[256];
    va_list values;
    va_start(values, format);
    std::vsnprintf(line, sizeof line, format, values);
    va_end(values);
    if (finding.empty()) finding = "clock " + std::to_string(clocks) + ", SEED=" + std::to_string(seed) + ": " + line;
    return false;
}

bool chance(unsigned of_256) { return (random_bits() & 255) < of_256; }

// Near 1, from few values so that peaks are equal often, or one time in `rare` something special.
uint16_t random_bf16(unsigned rare, bool coarse) {
    static const uint16_t special[] = {0,      0x8000, 1,      0x8001, 0x7F,   0x80,   0x1F80, 0x1FC0,
                                       0x7F7F, 0xFF7F, 0x5F80, 0x7F80, 0xFF80, 0x7FC0, 0xFFFF, 0x7F81};
    const uint32_t r = random_bits();
    if (below(rare) == 0) return below(4) ? special[below(16)] : static_cast<uint16_t>(r);
    return static_cast<uint16_t>((r & 0x8000) | (0x3F00 + (coarse ? (r & 3) << 5 : r & 0x1FF)));
}

// ---- both sides

VerilatedContext context;
Vload_unit *rtl;
struct loader loader_twin;
struct statistics statistics_twin[COLUMNS];
struct selector selector_twin;
std::vector<uint8_t> memories[COLUMNS];
std::vector<binding> bindings;
std::deque<std::string> scopes;

loader_in lin;
loader_out lout;
statistics_in cin_[COLUMNS];
statistics_out cout_[COLUMNS];
unsigned chosen_group[COLUMNS];
selector_in sin_;
selector_out sout;

// The parameters make the width of a word
#define PART(scope, name, field) bindings.push_back({scope, name, &(field), sizeof(field), 1})

std::string open_both() {
    rtl = new Vload_unit{&context};
    rtl->clk = 0;
    rtl->eval();
    loader_init(&loader_twin, ROWS, COLUMNS);
    selector_init(&selector_twin, COLUMNS);
#define R(name) PART("u_loader", #name, loader_twin.name)
    R(state_q), R(exact_count_q), R(open_q), R(tokens_q), R(channels_q), R(blocks_q), R(exact_tokens_q), R(token_q);
    R(left_q), R(group_q), R(row_q), R(cluster_row_q), R(write_valid_q), R(row_valid_q), R(write_zero_q);
    R(write_first_q), R(write_exact_q), R(chunk_end_q), R(final_q), R(write_cluster_row_q), R(write_row_q);
    R(write_group_q), R(data_q), R(chunks_q), R(loaded_q), R(framing_q), R(failed_q);
#undef R
#define R(name) PART("u_selector", #name, selector_twin.name)
    R(busy_q), R(issue_q), R(clear_q), R(left_q), R(groups_q), R(last_lanes_q), R(choose_valid_q), R(column_q);
    R(choose_channel_q);
#undef R
    for (unsigned j = 0; j < COLUMNS; j++) {
        struct statistics &s = statistics_twin[j];
        memories[j].resize(statistics_bytes(TILE_CHANNELS));
        statistics_init(&s, TILE_CHANNELS, memories[j].data());
        scopes.push_back("column[" + std::to_string(j) + "].u_statistics");
        const char *own = scopes.back().c_str();
#define R(name) PART(own, #name, s.name)
        R(fetch_valid_q), R(fetch_kind_q), R(fetch_first_q), R(fetch_exact_q), R(last_lanes_q), R(fetch_group_q);
        R(last_group_q), R(a_q), R(add_valid_q), R(add_kind_q), R(add_first_q), R(add_exact_q), R(add_last_q);
        R(add_group_q), R(product_q), R(magnitude_q), R(chain_q), R(best_valid_q), R(best_peak_q);
        R(best_channel_q), R(chosen_q);
#undef R
        const struct {
            const char *name;
            edge_memory *m;
        } parts[] = {{".u_whole", &s.whole}, {".u_kept", &s.kept}, {".u_peak", &s.peak}};
        for (const auto &part : parts) {
            scopes.push_back(own + std::string(part.name));
            const size_t bytes = static_cast<size_t>(s.groups) * part.m->width;
            bindings.push_back({scopes.back().c_str(), "mem", part.m->mem, bytes, bytes});
            bindings.push_back({scopes.back().c_str(), "read_q", part.m->read_q, part.m->width, part.m->width});
        }
    }
    return bind_all(bindings, context, "TOP.load_unit");
}

// Puts `bits` bits of x at bit `at` of a port of any width.
template <typename Port> void put(Port &port, unsigned at, unsigned bits, uint64_t x) {
    auto *bytes = reinterpret_cast<uint8_t *>(&port);
    for (unsigned k = at; k < at + bits; k++)
        bytes[k / 8] = static_cast<uint8_t>((bytes[k / 8] & ~(1u << k % 8)) | (x >> (k - at) & 1) << k % 8);
}
template <typename Port> uint64_t get(const Port &port, unsigned at, unsigned bits) {
    const auto *bytes = reinterpret_cast<const uint8_t *>(&port);
    uint64_t x = 0;
    for (unsigned k = 0; k < bits; k++)
        x |= static_cast<uint64_t>(bytes[(at + k) / 8] >> (at + k) % 8 & 1) << k;
    return x;
}

void drive() {
#define PORT(name) rtl->name = static_cast<std::decay_t<decltype(rtl->name)>>(lin.name)
    PORT(rst), PORT(start_valid), PORT(start_vectors), PORT(start_tokens), PORT(start_channels), PORT(start_blocks);
    PORT(start_base), PORT(start_exact_count), PORT(abort_job), PORT(s_axis_tvalid), PORT(s_axis_tlast);
    PORT(write_ready), PORT(statistics_ready), PORT(block_next);
#undef PORT
    for (unsigned k = 0; k < LOADER_EXACT_TOKENS; k++)
        put(rtl->start_exact_tokens, 17 * k, 17, lin.start_exact_tokens[k]);
    std::memcpy(&rtl->s_axis_tdata, lin.s_axis_tdata, 2 * WIDTH);
    sin_.rst = lin.rst;
    rtl->select_start = sin_.start, rtl->select_count = sin_.count, rtl->select_channels = sin_.channels;
    rtl->select_groups = sin_.start_groups, rtl->select_statistics_idle = sin_.statistics_idle;
    std::memcpy(&rtl->select_best_peak, sin_.best_peak, 2 * COLUMNS);
    std::memcpy(&rtl->select_best_channel, sin_.best_channel, 2 * COLUMNS);
    for (unsigned j = 0; j < COLUMNS; j++) {
        statistics_in &in = cin_[j];
        in.rst = lin.rst;
        put(rtl->select_best_valid, j, 1, sin_.best_valid[j]);
        put(rtl->control, 7 * j, 7,
            in.valid | in.first << 1 | in.exact << 2 | in.scan_start << 3 | in.sum_start << 4 | in.clear_chosen << 5 |
                in.choose_valid << 6);
        put(rtl->group, 16 * j, 16, in.group);
        put(rtl->groups, 16 * j, 16, in.groups);
        put(rtl->last_lanes, 8 * j, 8, in.last_lanes);
        put(rtl->choose_channel, 16 * j, 16, in.choose_channel);
        put(rtl->chosen_group, 16 * j, 16, chosen_group[j]);
        std::memcpy(reinterpret_cast<uint8_t *>(&rtl->data) + 16 * j, in.data, 16);
    }
}

bool ports_equal() {
#define PORT(port, value)                                                                                            \
    if (rtl->port != (value))                                                                                        \
    return differ("port " #port ": model %x, rtl %x", (unsigned)(value), (unsigned)rtl->port)
#define OWN(name) PORT(name, lout.name)
    OWN(start_ready);
    OWN(s_axis_tready);
    OWN(write_valid);
    OWN(write_cluster_row);
    OWN(write_row);
    OWN(write_channel);
    OWN(statistics_valid);
    OWN(statistics_first);
    OWN(statistics_exact);
    OWN(statistics_group);
    OWN(chunks);
    OWN(loaded);
    OWN(row_valid);
    OWN(row_edge);
    OWN(row_row);
    OWN(block_loaded);
    OWN(framing);
    OWN(failed);
#undef OWN
    if (std::memcmp(lout.write_data, &rtl->write_data, 2 * WIDTH)) return differ("port write_data");
    if (std::memcmp(lout.row_data, &rtl->row_data, 16)) return differ("port row_data");
    PORT(select_idle, sout.idle);
    PORT(select_clear_chosen, sout.clear_chosen);
    PORT(select_scan_start, sout.scan_start);
    PORT(select_sum_start, sout.sum_start);
    PORT(select_out_groups, sout.groups);
    PORT(select_choose_valid, sout.choose_valid);
    PORT(select_column, sout.column);
    PORT(select_choose_channel, sout.choose_channel);
#undef PORT
    if (std::memcmp(sout.last_lanes, &rtl->select_last_lanes, COLUMNS)) return differ("port last_lanes");
    for (unsigned j = 0; j < COLUMNS; j++) {
        const struct statistics &s = statistics_twin[j];
        const unsigned state = statistics_ready(&s, cin_[j].group) | cout_[j].idle << 1 | cout_[j].best_valid << 2;
        if (get(rtl->state, 3 * j, 3) != state) return differ("state of column %u is not %x", j, state);
        if (get(rtl->best_peak, 16 * j, 16) != cout_[j].best_peak) return differ("best_peak of column %u", j);
        if (get(rtl->best_channel, 16 * j, 16) != cout_[j].best_channel) return differ("best_channel of %u", j);
        if (get(rtl->chosen_bits, 8 * j, 8) != statistics_chosen(&s, chosen_group[j]))
            return differ("chosen_bits of column %u", j);
        if (std::memcmp(reinterpret_cast<const uint8_t *>(&rtl->chain) + 64 * j, s.chain_q, 64))
            return differ("chain of column %u", j);
    }
    return true;
}

void read_all() {
    loader_read(&loader_twin, &lin, &lout);
    for (unsigned j = 0; j < COLUMNS; j++)
        statistics_read(&statistics_twin[j], &cout_[j]);
    selector_read(&selector_twin, sin_.statistics_idle, &sout);
}

// One clock on both; the ports are compared under the inputs of the clock.
bool clock_both() {
    read_all();
    drive();
    rtl->clk = 0;
    rtl->eval();
    if (!ports_equal()) return false;
    rtl->clk = 1;
    rtl->eval();
    loader_step(&loader_twin, &lin);
    for (unsigned j = 0; j < COLUMNS; j++)
        statistics_step(&statistics_twin[j], &cin_[j]);
    selector_step(&selector_twin, &sin_);
    clocks++;
    const std::string fault = difference(bindings);
    return fault.empty() || differ("%s", fault.c_str());
}

// ---- the start of a load

struct job {
    bool vectors;
    unsigned tokens, channels, blocks, base, groups, chunks;
    std::vector<unsigned> exact;
};

unsigned random_size(unsigned most) {
    switch (below(4)) {
    case 0:
        return 1 + below(most);
    case 1:
        return 1 + below(most < 8 ? most : 8);
    case 2:
        return most - below(most < 10 ? most : 10);
    default:
        return 8 * (1 + below(most / 8));
    }
}

job random_job(bool vectors) {
    job j = {};
    j.vectors = vectors;
    j.tokens = random_size(MOST_TOKENS);
    j.channels = random_size(MOST_CHANNELS);
    j.blocks = 1 + below(4);
    j.groups = (j.channels + WIDTH - 1) / WIDTH;
    j.chunks = (j.tokens + 8 * ROWS - 1) / (8 * ROWS);
    j.base = below(TILE_ROWS - 8 * j.chunks + 1);
    std::set<unsigned> exact;
    for (unsigned k = below(LOADER_EXACT_TOKENS + 1); k > 0; k--)
        exact.insert(below(3) ? below(j.tokens) : 0);
    j.exact.assign(exact.begin(), exact.end());
    return j;
}

void offer(const job &j) {
    lin.start_vectors = j.vectors;
    lin.start_tokens = j.tokens, lin.start_channels = j.channels, lin.start_blocks = j.blocks;
    lin.start_base = static_cast<uint16_t>(j.base);
    lin.start_exact_count = static_cast<uint8_t>(j.exact.size());
    for (unsigned k = 0; k < LOADER_EXACT_TOKENS; k++) // what is past the count does not matter
        lin.start_exact_tokens[k] = k < j.exact.size() ? j.exact[k]
                                    : below(2)         ? below(j.tokens)
                                                       : random_bits() & 0x1FFFF;
}

// ---- case 1: anything at any time

bool anything() {
    const uint64_t end = clocks + clocks_wanted;
    static const unsigned paces[] = {256, 256, 200, 100, 30};
    unsigned left = 0, pace[6] = {}, rare = 1;
    while (clocks < end) {
        if (left-- == 0) {
            left = 50 + below(1000);
            rare = 2 + below(60);
            for (unsigned &p : pace)
                p = paces[below(5)];
        }
        lin.rst = below(300) == 0;
        lin.start_valid = chance(pace[0]), lin.abort_job = below(150) == 0;
        offer(random_job(below(3) == 0));
        lin.s_axis_tvalid = chance(pace[1]), lin.write_ready = chance(pace[2]),
        lin.statistics_ready = chance(pace[3]);
        lin.block_next = chance(pace[4]);
        // most often where it belongs
        const bool last_token = loader_twin.token_q + 1 == loader_twin.tokens_q && loader_twin.blocks_q <= 1;
        lin.s_axis_tlast = below(100) ? last_token && (loader_twin.left_q <= WIDTH || loader_twin.state_q == 3) : 1;
        if (below(100) == 0) lin.s_axis_tlast = 0;
        for (unsigned k = 0; k < WIDTH; k++)
            lin.s_axis_tdata[k] = random_bf16(rare, false);
        const unsigned most = 1 + below(TILE_GROUPS);
        for (unsigned j = 0; j < COLUMNS; j++) {
            statistics_in &in = cin_[j];
            in.valid = chance(pace[(j + 1) % 6]), in.first = below(4) == 0, in.exact = below(4) == 0;
            if (statistics_twin[j].fetch_kind_q == 0 && pace[5] < 200) in.valid = 0; // time for the others
            in.scan_start = below(20) == 0, in.sum_start = below(20) == 0;
            in.last_lanes = static_cast<uint8_t>(random_bits()), in.clear_chosen = below(100) == 0;
            in.choose_valid = below(8) == 0, in.group = static_cast<uint16_t>(below(most));
            in.groups = static_cast<uint16_t>(1 + below(TILE_GROUPS));
            in.choose_channel = static_cast<uint16_t>(below(TILE_CHANNELS));
            chosen_group[j] = below(TILE_GROUPS);
            for (uint16_t &x : in.data)
                x = random_bf16(rare, false);
            sin_.best_valid[j] = below(8) != 0, sin_.best_peak[j] = static_cast<uint16_t>(below(8));
            sin_.best_channel[j] = static_cast<uint16_t>(below(TILE_CHANNELS));
        }
        sin_.start = below(8) == 0, sin_.count = below(6), sin_.channels = random_size(MOST_CHANNELS);
        sin_.start_groups = static_cast<uint16_t>(1 + below(TILE_GROUPS)), sin_.statistics_idle = chance(pace[0]);
        if (!clock_both()) return false;
    }
    return true;
}

// ---- case 2: all three at work

#include "load_cases.h"

} // namespace

int main() {
    seed = environment("SEED", seed);
    clocks_wanted = environment("CLOCKS", clocks_wanted);
    std::printf("# SEED=%llu\n", static_cast<unsigned long long>(seed));
    const std::string fault = open_both();
    report("every register has its twin", fault);
    if (fault.empty()) {
        random_state = seed << 32;
        const bool fine = anything();
        report("each module driven at random", finding);
        random_state = seed << 32 | 1;
        if (fine) {
            work();
            report("loads, vectors, outliers and sums, with faults, aborts and resets", finding);
        }
    }
    std::printf("# %llu clocks\n1..%u\n", static_cast<unsigned long long>(clocks), cases);
    return failures ? 1 : 0;
}
