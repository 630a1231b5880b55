// column_edge_rtl.cpp - column_edge.v and column_edge.c side by side: every register, memory and port on every clock,
// and what they compute against the functions of the untimed model.
// SPDX-License-Identifier: Apache-2.0
//
// Prints TAP. SEED=N repeats a run, CLOCKS=N is its length. Built for one ADD_STAGES and TILE_CHANNELS
// (column_edge.mk).
//
// A run is a chain of episodes, each begun by a reset in the middle of whatever runs. An orderly one keeps to what
// the sequencer will do, and every number is checked; in a wild one masks and flags change at any time, and any
// machine may run into any other: there the twin alone is the reference.
#include <cinttypes>
#include <cstdarg>
#include "Vcolumn_edge.h"
#include "unit_bench.h"
extern "C" {
#include "column_edge.h"
}

namespace {

enum : unsigned { CHANNELS = TILE_CHANNELS, MOST_REPEATS = REPEATS };

uint64_t seed = 1, clocks_wanted = 2000000, clocks;
std::string finding; // of the running case

// Notes the first failure of a case; false, for the caller to return.
__attribute__((format(printf, 1, 2))) bool differ(const char *format, ...) {
    char line[256];
    va_list values;
    va_start(values, format);
    std::vsnprintf(line, sizeof line, format, values);
    va_end(values);
    if (finding.empty()) finding = "clock " + std::to_string(clocks) + ", SEED=" + std::to_string(seed) + ": " + line;
    return false;
}

void judge(const char *name, bool good) {
    report(name, good ? "" : finding);
    finding.clear();
}

// ---- random numbers ----

bool chance(unsigned of_256) { return (random_bits() & 255) < of_256; }

// An FP32 result for where w stands: near 1, or one time in `rare` what is hard to subtract or to round.
uint32_t random_result(uint32_t w, unsigned rare) {
    static const uint32_t special[] = {0,          0x80000000, 1,          0x80000001, 0x007FFFFF, 0x00800000,
                                       0x7F7FFFFF, 0xFF7FFFFF, 0x7F800000, 0xFF800000, 0x7FC00000, 0x7F7F8000,
                                       0x7F7F7FFF, 0xFF7F8000, 0xFF7F7FFF, 0xFFC00000, 0x7F800001, 0xFF800001};
    uint32_t r = random_bits(), near = (r & 0x807FFFFF) | (0x7B + (r >> 23 & 7)) << 23;
    if (below(rare)) return near;
    switch (below(9)) {
    case 0:
        return special[below(sizeof special / sizeof *special)];
    case 1:
        return r & 0x807FFFFF; // subnormal
    case 2:
        return r; // anything
    case 3:
        return (near & 0xFFFF0000) | (0x7FFF + below(3)); // half a last place of BF16, and beside it
    case 4:
        return (r & 0x80000000) | (0x7F7F0000 + (r & 0xFFFF)); // about the largest BF16
    case 5:
        return w + below(5) - 2; // cancels to nothing, or nearly
    case 6:
        return w ^ 0x80000000;
    case 7:
        return (r & 0x80000000) | 0x7F800001 | (r & 0x7FFFFF); // a NaN of any payload
    default:
        return w + ((below(48) - 24) << 23); // out of reach of each other, or in halves
    }
}

// ---- the two sides ----

VerilatedContext context;
Vcolumn_edge *rtl;
column_edge twin;
uint32_t w_mem[CHANNELS * LANES];
uint16_t v_mem[CHANNELS * LANES], out_mem[CHANNELS * LANES];
std::vector<binding> bindings;
const uint32_t *rtl_w;
const uint16_t *rtl_v, *rtl_out;

// The parameters make the width of a word of up to 16 bits
#define PART(scope, name, field)                                                                                     \
    { scope, name, &twin.field, sizeof twin.field, sizeof twin.field <= 2 ? 1 : sizeof twin.field }
#define REGISTER(name) PART("", #name, name)

void bind_all() {
    bindings = {REGISTER(feed_channel_q),
                REGISTER(feed_end_q),
                REGISTER(feed_left_q),
                REGISTER(feed_valid_q),
                REGISTER(feed_copy_q),
                REGISTER(copy_valid_q),
                REGISTER(copy_channel_q),
                REGISTER(take_channel_q),
                REGISTER(take_end_q),
                REGISTER(taken_q),
                REGISTER(take_mode_q),
                REGISTER(take_copy_q),
                REGISTER(arrive_q),
                REGISTER(result_q),
                PART("u_w", "read_q", w.read_q),
                REGISTER(round_q),
                REGISTER(aligned_q),
                REGISTER(exponent_q),
                REGISTER(sum_valid_q),
                REGISTER(sum_q),
                {"u_w", "mem", w_mem, sizeof w_mem, sizeof w_mem},
                {"", "mask_q", twin.mask_q, sizeof twin.mask_q, CHANNELS / 8},
                REGISTER(nan_q),
                REGISTER(overflow_q),
                {"u_v", "mem", v_mem, sizeof v_mem, sizeof v_mem},
                REGISTER(write_channel_q),
                REGISTER(write_end_q),
                REGISTER(write_lane_q),
                REGISTER(write_lanes_q),
                REGISTER(row_valid_q),
                REGISTER(row_channel_q),
                REGISTER(row_lane_q),
                PART("u_v", "feed_q", v.feed_q),
                {"u_out", "mem", out_mem, sizeof out_mem, sizeof out_mem},
                {"u_out", "read_q", twin.out.read_q, 2 * LANES, 2 * LANES},
                PART("u_v", "turn_q", v.turn_q)};
}

bool open_both() {
    rtl = new Vcolumn_edge(&context);
    rtl->clk = 0;
    rtl->eval();
    column_edge_init(&twin, CHANNELS, ADD_STAGES, w_mem, v_mem, out_mem);
    bind_all();
    const std::string fault = bind_all(bindings, context, "TOP.column_edge");
    for (const binding &b : bindings) {
        if (b.model == w_mem) rtl_w = static_cast<const uint32_t *>(b.rtl);
        if (b.model == v_mem) rtl_v = static_cast<const uint16_t *>(b.rtl);
        if (b.model == out_mem) rtl_out = static_cast<const uint16_t *>(b.rtl);
    }
    return fault.empty() || differ("%s", fault.c_str());
}

#define PORT(name)                                                                                                   \
    if (out.name != rtl->name) return differ("port " #name ": model %x rtl %x", out.name, (unsigned)rtl->name)
#define DATA(name)                                                                                                   \
    static_assert(sizeof out.name == sizeof rtl->name, "");                                                          \
    if (std::memcmp(out.name, &rtl->name, sizeof out.name)) return differ("port " #name)

bool ports_equal(const column_edge_out &out) {
    PORT(feed_ready);
    PORT(feed_idle);
    PORT(take_ready);
    PORT(take_idle);
    PORT(write_ready);
    PORT(write_idle);
    PORT(vector_valid);
    PORT(result_ready);
    PORT(row_valid);
    PORT(row_lane);
    PORT(row_channel);
    PORT(flags);
    DATA(out_data);
    DATA(vector_data);
    DATA(row_data);
    return true;
}

// One clock on both. The ports are compared after the inputs have changed: none may follow an input at once.
bool step(const column_edge_in &in) {
    column_edge_out out;
    column_edge_read(&twin, &out);
    rtl->rst = in.rst;
    rtl->feed_valid = in.feed_valid;
    rtl->feed_channels = in.feed_channels;
    rtl->feed_repeats = in.feed_repeats;
    rtl->feed_copy = in.feed_copy;
    rtl->take_valid = in.take_valid;
    rtl->take_channels = in.take_channels;
    rtl->take_mode = in.take_mode;
    rtl->take_copy = in.take_copy;
    rtl->write_valid = in.write_valid;
    rtl->write_channels = in.write_channels;
    rtl->write_lanes = in.write_lanes;
    rtl->mask_clear = in.mask_clear;
    rtl->mask_valid = in.mask_valid;
    rtl->mask_channel = in.mask_channel;
    rtl->mask_bit = in.mask_bit;
    rtl->out_read = in.out_read;
    rtl->out_channel = in.out_channel;
    rtl->flags_clear = in.flags_clear;
    rtl->vector_ready = in.vector_ready;
    rtl->result_valid = in.result_valid;
    std::memcpy(&rtl->result_data, in.result_data, sizeof in.result_data);
    rtl->row_ready = in.row_ready;
    rtl->clk = 0;
    rtl->eval();
    if (clocks && !ports_equal(out)) return false; // before the first clock, nothing has been reset
    rtl->clk = 1;
    rtl->eval();
    column_edge_step(&twin, &in);
    clocks++;
    const std::string fault = difference(bindings);
    return fault.empty() || differ("%s", fault.c_str());
}

// ---- what the numbers must be ----

uint32_t w[CHANNELS][LANES];
uint16_t v_old[CHANNELS][LANES], v[CHANNELS][LANES]; // before and after the running TAKE
uint16_t copied[CHANNELS][LANES];                    // what `out` is to hold
int32_t mask[CHANNELS];

// What happened, so that it can be said that all of it did.
struct {
    uint64_t takes, subtracts, adds, take_copies, feeds, feed_copies, writes, waits, reads, clears, masked,
        masked_special, ties, cancelled, subnormals, nans, overflows, both_in_a_lane, resets_in_take, resets_in_feed,
        resets_in_write, all_run, wild;
} seen;

// The memories, as they stand after a reset.
void resume() {
    for (unsigned c = 0; c < CHANNELS; c++) {
        mask[c] = EDGE_KEEP;
        for (unsigned e = 0; e < LANES; e++) {
            w[c][e] = rtl_w[c * LANES + e];
            v[c][e] = v_old[c][e] = rtl_v[c * 8 + (c + e) % 8];
            copied[c][e] = rtl_out[c * LANES + e];
        }
    }
}

// A result reaches channel c.
void take_result(unsigned c, unsigned mode, const uint32_t result[LANES]) {
    float sum[LANES], u[LANES], peak[LANES];
    std::memcpy(sum, mode ? w[c] : result, sizeof sum);
    std::memcpy(u, result, sizeof u);
    if (mode == 1) column_edge_subtract(sum, u, 1);
    if (mode == 2) column_edge_add(sum, u, 1);
    for (unsigned e = 0; e < LANES; e++) {
        const uint32_t before = w[c][e];
        std::memcpy(&w[c][e], &sum[e], 4);
        if (mode && sum[e] != sum[e]) w[c][e] = 0x7FC00000; // the one NaN
        const uint32_t magnitude = w[c][e] & 0x7FFFFFFF;
        seen.ties += (magnitude & 0xFFFF) == 0x8000;
        seen.cancelled += mode && magnitude == 0 && (before & 0x7FFFFFFF);
        seen.subnormals += magnitude && magnitude < 0x800000;
        seen.nans += magnitude > 0x7F800000;
        seen.overflows += magnitude >= 0x7F7F8000 && magnitude < 0x7F800000;
        seen.masked_special += mask[c] == EDGE_ZERO && magnitude >= 0x7F7F8000;
    }
    std::memcpy(sum, w[c], sizeof sum);
    edge_round(sum, 1, &mask[c], v[c], peak);
    seen.masked += mask[c] == EDGE_ZERO;
}

// The flags of channels [0, n) as a block; of the port's, of all lanes.
unsigned block_flags(unsigned n) {
    static uint16_t out[CHANNELS * LANES];
    static float x[CHANNELS * LANES];
    float peak[LANES];
    std::memcpy(x, w, n * sizeof w[0]);
    return edge_round(x, n, mask, out, peak);
}
unsigned port_flags(unsigned port) {
    const unsigned nan = port >> 8, overflow = port & 255;
    return (nan ? static_cast<unsigned>(DCOM_FLAG_NAN) : 0u) |
           (overflow ? static_cast<unsigned>(DCOM_FLAG_OVERFLOW) : 0u);
}

bool memories_hold(const char *when) {
    for (unsigned c = 0; c < CHANNELS; c++)
        for (unsigned e = 0; e < LANES; e++) {
            if (rtl_w[c * LANES + e] != w[c][e])
                return differ("%s: w[%u][%u] %08x, not %08x", when, c, e, rtl_w[c * LANES + e], w[c][e]);
            if (rtl_v[c * 8 + (c + e) % 8] != v[c][e])
                return differ("%s: v[%u][%u] %04x, not %04x", when, c, e, rtl_v[c * 8 + (c + e) % 8], v[c][e]);
        }
    return true;
}

bool out_holds(const char *when) {
    for (unsigned c = 0; c < CHANNELS; c++)
        for (unsigned e = 0; e < LANES; e++)
            if (rtl_out[c * LANES + e] != copied[c][e])
                return differ("%s: out[%u][%u] %04x, not %04x", when, c, e, rtl_out[c * LANES + e], copied[c][e]);
    return true;
}

// ---- an episode ----

struct episode {
    bool orderly;
    unsigned command, result, vector, row, mask, clear, reset; // chances a clock
    unsigned rare;                                             // special numbers
    unsigned most;                                             // channels of a command
};

// The running commands, as a watcher of the ports knows them.
struct {
    bool taking, take_copy, feeding, feed_copy, writing;
    unsigned mode;
    unsigned take_channels, taken, takes_since_clear;
    unsigned feed_channels, feed_all, fed;
    unsigned write_channels, lanes, written;
    bool new_vector, new_row; // the last clock may have brought one
    bool idle_before;         // the taker was idle in the last clock
    bool shown;               // out_data is to be `show`
    uint16_t show[LANES];
} run;

bool is_v(const char *what, unsigned c, unsigned e, uint16_t value, bool surely_new) {
    if (value == v[c][e] || (!surely_new && value == v_old[c][e])) return true;
    return differ("%s: v[%u][%u] %04x, not %04x", what, c, e, value, v[c][e]);
}

// Looks at what the ports show before a clock.
bool watch(const column_edge_out &out) {
    const bool settled = run.idle_before;
    if (run.taking && out.take_idle) {
        run.taking = false;
        if (run.taken != run.take_channels) return differ("%u results taken of %u", run.taken, run.take_channels);
        if (!memories_hold("after TAKE") || (run.take_copy && !out_holds("after TAKE"))) return false;
        const unsigned flags = block_flags(run.take_channels);
        if (run.takes_since_clear == 1 && port_flags(out.flags) != flags)
            return differ("flags %04x: %u, not %u", out.flags, port_flags(out.flags), flags);
        seen.both_in_a_lane += (out.flags >> 8 & out.flags & 255) != 0;
    }
    if (out.vector_valid && run.new_vector) {
        if (run.fed == run.feed_all) return differ("a vector too many");
        for (unsigned e = 0; e < LANES; e++)
            if (!is_v("vector", run.fed % run.feed_channels, e, out.vector_data[e], settled)) return false;
        if (run.feed_copy && run.fed < run.feed_channels)
            std::memcpy(copied[run.fed], out.vector_data, sizeof copied[0]);
        run.fed++;
    }
    if (out.row_valid && run.new_row) {
        const unsigned group = run.written / run.lanes, lane = run.written % run.lanes;
        if (run.written == run.write_channels / 8 * run.lanes) return differ("a row too many");
        if (out.row_channel != 8 * group || out.row_lane != lane)
            return differ("row of channel %u, lane %u, not %u, %u", out.row_channel, out.row_lane, 8 * group, lane);
        if (run.taking && run.taken < 8 * group + 8) return differ("writer ahead of the taker");
        for (unsigned k = 0; k < 8; k++)
            if (!is_v("row", 8 * group + k, lane, out.row_data[k], true)) return false;
        run.written++;
    }
    if (run.shown && std::memcmp(out.out_data, run.show, sizeof run.show) != 0)
        return differ("out shows %04x.., not %04x..", out.out_data[0], run.show[0]);
    seen.reads += run.shown;
    if (run.feeding && out.feed_idle) {
        if (run.fed != run.feed_all) return differ("%u vectors of %u", run.fed, run.feed_all);
        if (run.feed_copy && !out_holds("after FEED")) return false;
    }
    if (run.writing && out.write_idle && run.written != run.write_channels / 8 * run.lanes)
        return differ("%u rows of %u", run.written, run.write_channels / 8 * run.lanes);
    run.feeding &= !out.feed_idle;
    run.writing &= !out.write_idle;
    seen.all_run += run.taking && run.feeding && run.writing;
    seen.waits += run.writing && run.taking && !out.row_valid;
    return true;
}

// Takes note of what this clock will do.
void follow_inputs(const column_edge_in &in, const column_edge_out &out) {
    run.new_vector = !out.vector_valid || in.vector_ready;
    run.new_row = !out.row_valid || in.row_ready;
    run.idle_before = out.take_idle;
    run.shown = in.out_read && !(run.taking && run.take_copy) && !(run.feeding && run.feed_copy);
    if (run.shown) std::memcpy(run.show, copied[in.out_channel], sizeof run.show);
    if (in.flags_clear) run.takes_since_clear = 0;
    for (unsigned c = 0; in.mask_clear && c < CHANNELS; c++)
        mask[c] = EDGE_KEEP;
    seen.clears += in.mask_clear;
    if (in.mask_valid) mask[in.mask_channel] = in.mask_bit ? EDGE_ZERO : EDGE_KEEP;
    if (in.result_valid && out.result_ready) {
        take_result(run.taken, run.mode, in.result_data);
        if (run.take_copy) std::memcpy(copied[run.taken], v[run.taken], sizeof copied[0]);
        run.taken++;
    }
    if (in.take_valid && out.take_ready) {
        run.taking = true;
        run.mode = in.take_mode;
        run.take_copy = in.take_copy;
        run.take_channels = in.take_channels;
        run.taken = 0;
        run.takes_since_clear++;
        std::memcpy(v_old, v, sizeof v);
        seen.takes++;
        seen.subtracts += in.take_mode == 1;
        seen.adds += in.take_mode == 2;
        seen.take_copies += in.take_copy;
    }
    if (in.feed_valid && out.feed_ready) {
        run.feeding = in.feed_repeats > 0;
        run.feed_copy = in.feed_copy;
        run.feed_channels = in.feed_channels;
        run.feed_all = in.feed_channels * in.feed_repeats;
        run.fed = 0;
        seen.feeds++;
        seen.feed_copies += in.feed_copy;
    }
    if (in.write_valid && out.write_ready) {
        run.writing = true;
        run.write_channels = in.write_channels;
        run.lanes = in.write_lanes;
        run.written = 0;
        seen.writes++;
    }
}

// Inputs for the next clock: whatever may stand on wires that are not valid, and commands that are legal.
column_edge_in random_inputs(const episode &e, const column_edge_out &out) {
    column_edge_in in = {};
    in.rst = chance(1) && chance(e.reset);
    in.feed_valid = chance(e.command);
    in.feed_channels = static_cast<uint16_t>(1 + below(e.most));
    in.feed_repeats = static_cast<uint16_t>(below(chance(16) ? MOST_REPEATS + 1 : 4));
    in.feed_copy = chance(100);
    in.take_valid = chance(e.command);
    in.take_channels = static_cast<uint16_t>(1 + below(e.most));
    if (chance(128)) in.take_channels = static_cast<uint16_t>((in.take_channels + 7) / 8 * 8);
    in.take_mode = static_cast<uint8_t>(below(3));
    in.take_copy = chance(64);
    in.write_valid = chance(e.command);
    in.write_lanes = static_cast<uint8_t>(1 + below(8));
    in.write_channels = static_cast<uint16_t>((1 + below(e.most) + 7) / 8 * 8);
    in.mask_clear = chance(e.mask) && chance(8);
    in.mask_valid = chance(e.mask);
    in.mask_channel = static_cast<uint16_t>(below(CHANNELS));
    in.mask_bit = chance(80);
    in.out_read = chance(128);
    in.out_channel = static_cast<uint16_t>(chance(128) ? twin.taken_q % CHANNELS : below(CHANNELS));
    in.flags_clear = chance(e.clear);
    in.vector_ready = chance(e.vector);
    in.row_ready = chance(e.row);
    in.result_valid = chance(e.result);
    for (unsigned l = 0; in.result_valid && l < LANES; l++)
        in.result_data[l] = random_result(w_mem[twin.take_channel_q % CHANNELS * LANES + l], e.rare);
    // the writer follows a taker of as many channels, that starts with it or has started
    const bool takes_now = in.take_valid && out.take_ready;
    const unsigned covered = (takes_now ? in.take_channels : twin.take_end_q) / 8 * 8;
    if (covered < in.write_channels) in.write_channels = static_cast<uint16_t>(covered);
    if (in.write_channels == 0) in.write_valid = 0;
    if (!e.orderly) return in;
    if (run.writing) in.take_valid = 0;
    if (in.write_valid && out.write_ready && in.take_valid && !out.take_ready) in.take_valid = 0;
    if (!out.take_idle) in.mask_clear = in.mask_valid = in.flags_clear = 0;
    // one side copies at a time
    if (run.feeding && run.feed_copy) in.take_copy = 0;
    if ((run.taking && run.take_copy) || in.take_copy) in.feed_copy = 0;
    return in;
}

// A reset in the middle of what runs, with anything on the other inputs.
bool reset(const episode &e, unsigned count) {
    seen.resets_in_take += twin.take_channel_q != twin.take_end_q && twin.take_channel_q > 0;
    seen.resets_in_feed += twin.feed_left_q != 0;
    seen.resets_in_write += twin.write_channel_q != twin.write_end_q;
    while (count--) {
        column_edge_out out;
        column_edge_read(&twin, &out);
        column_edge_in in = random_inputs(e, out);
        in.rst = 1;
        if (!step(in)) return false;
    }
    resume();
    run = {};
    run.idle_before = true;
    return true;
}

episode random_episode() {
    static const unsigned rates[] = {256, 256, 230, 128, 40, 8};
    episode e;
    e.orderly = below(4) != 0;
    e.command = rates[below(6)];
    e.result = rates[below(5)];
    e.vector = rates[below(6)];
    e.row = rates[below(6)];
    e.mask = below(2) ? 0 : 60;
    e.clear = below(2) ? 10 : 120;
    e.reset = below(4) ? 0 : 128;
    e.rare = 1u << below(12);
    e.most = below(2) ? CHANNELS : 1 + below(CHANNELS);
    return e;
}

bool episodes() {
    while (clocks < clocks_wanted) {
        const episode e = random_episode();
        if (!reset(e, 1 + below(3))) return false;
        for (unsigned left = 50 + below(40 * CHANNELS); left--;) {
            column_edge_out out;
            column_edge_read(&twin, &out);
            if (e.orderly && !watch(out)) return false;
            const column_edge_in in = random_inputs(e, out);
            if (in.rst) {
                if (!reset(e, 1 + below(2))) return false;
                continue;
            }
            if (e.orderly) follow_inputs(in, out);
            seen.wild += !e.orderly;
            if (!step(in)) return false;
        }
    }
    return true;
}

// ---- clocks of a command when nothing holds it back ----

// From the clock of the command to the first on which all is idle; an idle bit of column_edge_out each.
struct {
    unsigned feed, take, write;
} took;

bool run_commands(column_edge_in in) {
    took = {};
    in.vector_ready = in.row_ready = in.result_valid = 1;
    for (unsigned clock = 0; clock < 100000; clock++) {
        column_edge_out out;
        column_edge_read(&twin, &out);
        if (clock && !took.feed && out.feed_idle) took.feed = clock;
        if (clock && !took.take && out.take_idle) took.take = clock;
        if (clock && !took.write && out.write_idle) took.write = clock;
        if (took.feed && took.take && took.write) return true;
        for (unsigned l = 0; l < LANES; l++)
            in.result_data[l] = random_result(0, 4);
        if (!step(in)) return false;
        in.feed_valid = in.take_valid = in.write_valid = 0;
    }
    return differ("a command does not end");
}

bool takes_clocks(const char *what, unsigned is, unsigned wanted) {
    return is == wanted || differ("%s: %u clocks, not %u", what, is, wanted);
}

bool throughput() {
    if (!reset(random_episode(), 2)) return false;
    for (unsigned n = 8; n <= CHANNELS; n += 8)
        for (unsigned lanes = 1; lanes <= 8; lanes += lanes < 2 ? 1 : 2) {
            column_edge_in in = {};
            in.feed_channels = in.take_channels = in.write_channels = static_cast<uint16_t>(n);
            in.feed_repeats = 5;
            in.write_lanes = static_cast<uint8_t>(lanes);
            in.take_mode = static_cast<uint8_t>(lanes / 2 % 3);
            in.feed_copy = lanes == 4;
            in.take_copy = lanes == 6;
            const unsigned rows = n / 8 * lanes;
            in.feed_valid = 1;
            if (!run_commands(in) || !takes_clocks("FEED", took.feed, 5 * n + 2)) return false;
            in.feed_valid = 0, in.take_valid = 1;
            if (!run_commands(in) || !takes_clocks("TAKE", took.take, n + 2 + ADD_STAGES)) return false;
            in.take_valid = 0, in.write_valid = 1;
            if (!run_commands(in) || !takes_clocks("WRITE", took.write, rows + 2)) return false;
            // all at once, the writer as far behind the taker as it must be: the last group's lanes
            in.take_valid = in.feed_valid = 1;
            if (!run_commands(in) || !takes_clocks("FEED beside", took.feed, 5 * n + 2) ||
                !takes_clocks("TAKE beside", took.take, n + 2 + ADD_STAGES) ||
                !takes_clocks("WRITE behind TAKE", took.write, n + 2 + ADD_STAGES + lanes + 1))
                return false;
        }
    return true;
}

bool all_was_seen() {
    const uint64_t all[] = {seen.takes,
                            seen.subtracts,
                            seen.adds,
                            seen.take_copies,
                            seen.feeds,
                            seen.feed_copies,
                            seen.writes,
                            seen.waits,
                            seen.reads,
                            seen.clears,
                            seen.masked,
                            seen.masked_special,
                            seen.ties,
                            seen.cancelled,
                            seen.subnormals,
                            seen.nans,
                            seen.overflows,
                            seen.both_in_a_lane,
                            seen.resets_in_take,
                            seen.resets_in_feed,
                            seen.resets_in_write,
                            seen.all_run,
                            seen.wild};
    static_assert(sizeof all == sizeof seen, "one each");
    for (unsigned k = 0; k < sizeof all / sizeof all[0]; k++)
        if (all[k] < 10) return differ("what `seen` counts as number %u happened %" PRIu64 " times", k, all[k]);
    return true;
}

} // namespace

int main() {
    seed = environment("SEED", seed), clocks_wanted = environment("CLOCKS", clocks_wanted);
    random_state = seed << 32 ^ CHANNELS << 8 ^ ADD_STAGES;
    std::printf("# SEED=%" PRIu64 " CLOCKS=%" PRIu64 "; %u channels, %u stages of the adder\n", seed, clocks_wanted,
                CHANNELS, ADD_STAGES);
    const bool found = open_both();
    judge("every register and memory of the RTL has its twin", found);
    if (found) {
        judge("a vector, a result, a row a clock", throughput());
        judge("random commands, gaps, back-pressure, resets: equal on every clock, numbers as the untimed model's",
              episodes());
        judge("all of what was to be tried was", all_was_seen());
    }
    std::printf("# %" PRIu64 " clocks, %" PRIu64 " takes, %" PRIu64 " feeds, %" PRIu64 " writes\n1..%u\n", clocks,
                seen.takes, seen.feeds, seen.writes, cases);
    rtl->final();
    return failures ? 1 : 0;
}
