// store_tb.cpp - store.v beside its twin: every register and output on every clock, what the packets hold against the
// matrix as the host knows it, the rules of AXI4-Stream, clocks. Prints TAP. SPDX-License-Identifier: Apache-2.0
// SEED=N in the environment repeats a run; CLOCKS=N is how long the random one is.
#include <memory>
#include "Vstore.h"
#include "store.h"
#include "unit_bench.h"

namespace {

enum { MOST = 16 * 128 };

struct beat {
    uint16_t data[8];
    unsigned kind, last;
};

// The results as the host knows them, by channel and by token; what the edges hold besides is noise
uint16_t v[MOST][8], p[MOST][8];
bool chosen[MOST];

struct bench {
    VerilatedContext context;
    std::unique_ptr<Vstore> rtl{new Vstore{&context}};
    store model;
    store_in in = {};
    store_out out = {}, before = {};
    std::vector<binding> registers;
    std::vector<beat> wanted;
    size_t next = 0;
    uint64_t clocks = 0, seen[4] = {}, packets = 0, held = 0, resets = 0, resets_within = 0;
    // the edges' memories, and the words they show
    uint8_t chosen_bits[TILE_CHANNELS / 8][16] = {};
    uint16_t column[COLUMNS][TILE_CHANNELS][8] = {}, row[ROWS][TILE_TOKENS][8] = {};
    std::string fault;

    bench();
    void differ(const std::string &text) {
        if (fault.empty()) fault = text + " on clock " + std::to_string(clocks);
    }
    void fill();
    void want(unsigned kind, unsigned n, unsigned columns);
    void ask(unsigned packet, unsigned z, unsigned columns, unsigned tokens, unsigned channels);
    void show();
    void clock();
    void reset();
    void received();
};

bench::bench() {
    store_init(&model, ROWS, COLUMNS);
#define OWN(name) registers.push_back({"", #name, &model.name, sizeof model.name, 1})
    OWN(want_q), OWN(z_q), OWN(columns_q), OWN(tokens_q), OWN(channels_q), OWN(left_q), OWN(block_q), OWN(edge_q);
    OWN(lane_q), OWN(beat_valid_q), OWN(beat_kind_q), OWN(beat_edge_q), OWN(beat_last_q), OWN(bits_q), OWN(tvalid_q);
    OWN(tuser_q), OWN(tlast_q), OWN(skid_valid_q), OWN(skid_user_q), OWN(skid_last_q), OWN(tdata_q);
    OWN(skid_data_q);
#undef OWN
    rtl->clk = 0;
    rtl->eval();
    fault = bind_all(registers, context, "TOP.store");
    reset();
}

// New results, dealt to the edges in blocks of 8
void bench::fill() {
    for (auto *m : {v, p})
        for (unsigned k = 0; k < MOST; k++)
            for (unsigned e = 0; e < 8; e++)
                m[k][e] = static_cast<uint16_t>(random_bits());
    for (unsigned k = 0; k < COLUMNS * TILE_CHANNELS; k++) {
        const unsigned edge = k / 8 % COLUMNS, local = k / 8 / COLUMNS * 8 + k % 8;
        chosen[k] = below(2);
        std::memcpy(column[edge][local], v[k], sizeof v[k]);
        uint8_t &byte = chosen_bits[local / 8][edge];
        byte = static_cast<uint8_t>((byte & ~(1u << k % 8)) | static_cast<unsigned>(chosen[k]) << k % 8);
    }
    for (unsigned k = 0; k < ROWS * TILE_TOKENS; k++)
        std::memcpy(row[k / 8 % ROWS][k / 8 / ROWS * 8 + k % 8], p[k], sizeof p[k]);
}

// The beats of a packet, as docs/accelerator.md has them
void bench::want(unsigned kind, unsigned n, unsigned columns) {
    const unsigned lanes = kind == STORE_OUTLIERS ? 8 * COLUMNS : 1;
    for (unsigned first = 0; first < n; first += lanes) {
        beat b = {{}, kind, first + lanes >= n};
        for (unsigned k = 0; k < lanes && kind == STORE_OUTLIERS; k++)
            if (first + k < n && chosen[first + k]) b.data[k / 16] |= static_cast<uint16_t>(1u << k % 16);
        for (unsigned e = 0; e < columns && kind != STORE_OUTLIERS; e++)
            b.data[e] = kind == STORE_P ? p[first][e] : v[first][e];
        wanted.push_back(b);
    }
}

void bench::ask(unsigned packet, unsigned z, unsigned columns, unsigned tokens, unsigned channels) {
    in.start_valid = 1;
    in.start_outliers = packet & 1, in.start_v = packet >> 1 & 1, in.start_p = packet >> 2 & 1;
    in.start_z = static_cast<uint8_t>(z), in.start_columns = static_cast<uint8_t>(columns);
    in.start_tokens = tokens, in.start_channels = channels;
    wanted.clear(), next = 0;
    if (packet & 1) want(STORE_OUTLIERS, channels, 0);
    if (packet & 2) want(z ? STORE_Z : STORE_V, channels, columns);
    if (packet & 4) want(STORE_P, tokens, columns);
    packets += (packet & 1) + (packet >> 1 & 1) + (packet >> 2 & 1);
}

// What the RTL's outputs show, with whatever tready: they must not depend on it
void bench::show() {
    store_out o[2] = {};
    for (unsigned ready = 0; ready < 2; ready++) {
        rtl->m_axis_tready = !ready;
        rtl->eval();
        o[ready].start_ready = rtl->start_ready, o[ready].out_read = rtl->out_read,
        o[ready].out_read_p = rtl->out_read_p;
        o[ready].chosen_group = rtl->chosen_group, o[ready].out_channel = rtl->out_channel,
        o[ready].out_row = rtl->out_row;
        o[ready].m_axis_tvalid = rtl->m_axis_tvalid, o[ready].m_axis_tuser = rtl->m_axis_tuser,
        o[ready].m_axis_tlast = rtl->m_axis_tlast;
        std::memcpy(o[ready].m_axis_tdata, &rtl->m_axis_tdata, sizeof o[ready].m_axis_tdata);
    }
    store_out twin = {};
    store_read(&model, &twin);
    if (std::memcmp(&o[0], &o[1], sizeof o[0]) != 0) differ("an output depends on tready");
    if (std::memcmp(&o[0], &twin, sizeof twin) != 0) differ("an output differs");
    if (o[0].chosen_group >= TILE_CHANNELS / 8 || o[0].out_channel >= TILE_CHANNELS || o[0].out_row >= TILE_TOKENS)
        differ("an address is past the tile");
    out = o[0];
}

void bench::received() {
    if (next == wanted.size()) return differ("a beat too many");
    const beat &b = wanted[next++];
    if (b.kind != out.m_axis_tuser || b.last != out.m_axis_tlast ||
        std::memcmp(b.data, out.m_axis_tdata, sizeof b.data) != 0)
        differ("beat " + std::to_string(next - 1) + " of kind " + std::to_string(b.kind) + " is wrong");
    seen[b.kind]++;
}

void bench::clock() {
    rtl->rst = in.rst, rtl->start_valid = in.start_valid, rtl->start_outliers = in.start_outliers;
    rtl->start_v = in.start_v, rtl->start_p = in.start_p, rtl->start_z = in.start_z;
    rtl->start_columns = in.start_columns, rtl->start_tokens = in.start_tokens,
    rtl->start_channels = in.start_channels;
    rtl->clk = 0;
    show();
    if (before.m_axis_tvalid) { // was held back
        held++;
        if (!out.m_axis_tvalid || out.m_axis_tuser != before.m_axis_tuser ||
            out.m_axis_tlast != before.m_axis_tlast ||
            std::memcmp(out.m_axis_tdata, before.m_axis_tdata, sizeof out.m_axis_tdata) != 0)
            differ("the stream is not stable");
    }
    std::memcpy(in.chosen_bits, chosen_bits[out.chosen_group], sizeof in.chosen_bits);
    std::memcpy(&rtl->chosen_bits, in.chosen_bits, COLUMNS);
    rtl->m_axis_tready = in.m_axis_tready;
    if (out.m_axis_tvalid && in.m_axis_tready && !in.rst) received();
    if (out.start_ready && !in.start_valid && next != wanted.size()) differ("idle, with beats to come");
    before = out;
    if (in.m_axis_tready || in.rst) before.m_axis_tvalid = 0;

    // what is not looked at is noise for the twin
    store_in seen_in = in;
    unsigned edge;
    const unsigned side = store_edge(&model, &edge);
    for (unsigned j = 0; j < 16; j++)
        for (unsigned e = 0; e < 8; e++) {
            if (side != STORE_V || j != edge) seen_in.column_data[j][e] = 0xDEAD;
            if (side != STORE_P || j != edge) seen_in.row_data[j][e] = 0xBEEF;
        }
    store_step(&model, &seen_in);
    rtl->clk = 1;
    rtl->eval();
    // the memories of the edges
    for (unsigned j = 0; out.out_read && j < COLUMNS; j++)
        std::memcpy(in.column_data[j], column[j][out.out_channel], sizeof in.column_data[j]);
    for (unsigned i = 0; out.out_read_p && i < ROWS; i++)
        std::memcpy(in.row_data[i], row[i][out.out_row], sizeof in.row_data[i]);
    std::memcpy(&rtl->column_data, in.column_data, COLUMNS * sizeof in.column_data[0]);
    std::memcpy(&rtl->row_data, in.row_data, ROWS * sizeof in.row_data[0]);
    clocks++;
    const std::string unequal = difference(registers);
    if (!unequal.empty()) differ(unequal);
}

void bench::reset() {
    in.rst = 1, in.start_valid = 0;
    clock();
    in.rst = 0;
    resets++, resets_within += next != wanted.size();
    wanted.clear(), next = 0;
}

// One job of random contents under a kind of tready
void job(bench &b, unsigned kind) {
    b.fill();
    const unsigned all_tokens = ROWS * TILE_TOKENS, all_channels = COLUMNS * TILE_CHANNELS;
    const unsigned tokens = below(4) ? 1 + below(all_tokens) : below(2) ? all_tokens : 1;
    const unsigned channels = below(4) ? 1 + below(all_channels) : below(2) ? all_channels : 1;
    b.ask(1 + below(7), below(2), below(9), tokens, channels);
    const uint64_t end = b.clocks + 200 * (b.wanted.size() + 10);
    const uint64_t reset_at = below(6) ? 0 : b.clocks + 1 + below(2 * static_cast<unsigned>(b.wanted.size()) + 6);
    unsigned waited = 0;
    do {
        const unsigned pause = b.model.tvalid_q ? 4 : 0; // 3: ready only once valid is there
        b.in.m_axis_tready = kind == 0   ? 1
                             : kind == 1 ? below(2)
                             : kind == 2 ? below(10) == 0
                             : kind == 3 ? ++waited > pause && b.model.tvalid_q
                                         : b.clocks / (1 + b.clocks % 7) % 2;
        if (b.in.m_axis_tready) waited = 0;
        b.clock();
        b.in.start_valid = below(20) == 0; // once busy it is not heard
        b.in.start_valid = b.in.start_valid && b.model.want_q;
        b.in.start_tokens = below(1 << 17), b.in.start_channels = below(1 << 17), b.in.start_z = below(2);
        b.in.start_columns = below(16);
        if (reset_at && b.clocks == reset_at) return b.reset();
        if (b.clocks > end) return b.differ("it does not end");
    } while (b.fault.empty() && b.next < b.wanted.size());
    b.in.start_valid = 0;
    for (unsigned t = below(3); t > 0; t--)
        b.in.m_axis_tready = below(2), b.clock();
}

// n beats: the first is there on the third clock after the start's, the last on clock n + 2, idle on clock n + 3
void throughput(bench &b) {
    for (unsigned packet = 1; packet < 8; packet++)
        for (unsigned k = 0; k < 4; k++) {
            b.fill();
            b.ask(packet, k & 1, 8, k < 2 ? ROWS * TILE_TOKENS : 1 + below(ROWS * TILE_TOKENS),
                  k < 2 ? COLUMNS * TILE_CHANNELS : 1 + below(COLUMNS * TILE_CHANNELS));
            b.in.m_axis_tready = 1;
            const uint64_t begin = b.clocks, n = b.wanted.size();
            b.clock();
            b.in.start_valid = 0;
            while (b.fault.empty() && b.clocks < begin + n + 3) {
                b.clock();
                if (b.out.start_ready) b.differ("ready too early");
                const uint64_t t = b.clocks - 1 - begin;
                if (b.next != (t < 3 ? 0 : t - 2)) b.differ("not a beat a clock");
            }
            b.clock();
            if (!b.out.start_ready) b.differ("not ready in time");
        }
}

} // namespace

int main() {
    const uint64_t seed = environment("SEED", 1), wanted = environment("CLOCKS", 400000);
    random_state = seed << 32 ^ ROWS << 24 ^ COLUMNS << 16 ^ TILE_TOKENS << 8 ^ TILE_CHANNELS;
    std::printf("# SEED=%llu CLOCKS=%llu; %u x %u clusters of %u x %u\n", (unsigned long long)seed,
                (unsigned long long)wanted, ROWS, COLUMNS, TILE_TOKENS, TILE_CHANNELS);
    bench b;
    report("every register has its twin", b.fault);
    if (b.fault.empty()) {
        throughput(b);
        report("a beat a clock, across packets too", b.fault);
    }
    if (b.fault.empty()) {
        unsigned kind = 0;
        while (b.fault.empty() && b.clocks < wanted)
            job(b, kind++ % 5);
        report("random jobs, back-pressure, resets: equal on every clock, the stream as it must be", b.fault);
    }
    if (b.fault.empty()) {
        std::string missing;
        for (unsigned kind = 0; kind < 4; kind++)
            if (b.seen[kind] < 100) missing = "no packets of kind " + std::to_string(kind);
        if (b.held < 1000 || b.resets_within < 10) missing = "too little of it was held back or reset";
        report("all of what was to be tried was", missing);
    }
    std::printf("# %llu clocks, %llu packets, %llu clocks held back, %llu resets\n1..%u\n",
                (unsigned long long)b.clocks, (unsigned long long)b.packets, (unsigned long long)b.held,
                (unsigned long long)b.resets, cases);
    b.rtl->final();
    return failures ? 1 : 0;
}
