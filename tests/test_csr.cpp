// test_csr.cpp - csr.v and csr.c side by side: directed cases with stated outcomes, then random AXI traffic and a
// random sequencer; every register and output is compared on every clock. Prints TAP. SPDX-License-Identifier:
// Apache-2.0
//
//   test_csr [--seed N] [--clocks N] [--outcomes]     --outcomes: nothing is compared, the directed cases judge alone
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>
#include "Vcsr.h"
#include "Vcsr___024root.h"
#include "csr.h"

namespace {

enum { COUNTERS = 5, TOKEN_BITS = 17, SILENCE = 4 }; // SILENCE: clocks an accepted access may go unanswered

bool comparing = true;
uint64_t seed = 1;

// ---- one value of the RTL and of the twin; exact tokens are a packed vector there, and an array on the twin's ports

template <typename A> uint32_t word(const A &a, unsigned k) {
    return k == 0 ? static_cast<uint32_t>(a) : throw std::out_of_range("word");
}
template <std::size_t N> uint32_t word(const VlWide<N> &a, unsigned k) {
    const unsigned bit = TOKEN_BITS * k;
    uint64_t two = a[bit / 32];
    if (bit / 32 + 1 < N) two |= static_cast<uint64_t>(a[bit / 32 + 1]) << 32;
    return two >> bit % 32 & ((1u << TOKEN_BITS) - 1);
}
template <typename B> constexpr unsigned words(const B &) { return 1; }
constexpr unsigned words(const exact_tokens &) { return CSR_EXACT_TOKENS; }
template <typename B, std::size_t N> constexpr unsigned words(const B (&)[N]) { return N; }
template <typename B> B &at(B &b, unsigned) { return b; }
uint32_t at(exact_tokens &e, unsigned k) { return exact_tokens_get(&e, k); }
template <typename A, typename B> void take(B &twin, const A &rtl) { twin = static_cast<B>(word(rtl, 0)); }
template <std::size_t N> void take(exact_tokens &twin, const VlWide<N> &rtl) {
    std::memcpy(twin.word, &rtl, sizeof twin.word);
}
template <typename B, std::size_t N> B &at(B (&b)[N], unsigned k) { return b[k]; }

struct failure : std::runtime_error {
    using std::runtime_error::runtime_error;
};

template <typename... T> [[noreturn]] void fail(const char *format, T... values) {
    char text[256];
    std::snprintf(text, sizeof text, format, values...);
    throw failure(text);
}

// ---- RTL and twin on one clock, and what AXI demands of both

struct rig {
    VerilatedContext context;
    Vcsr dut{&context};
    struct csr twin = {};
    struct csr_out out = {};
    csr_in in = {};
    uint64_t clocks = 0, compared = 0;
    unsigned starts = 0;
    bool responsive = true; // the sequencer raises busy on `start`
    // what is on its way: accesses accepted and not answered, and since when
    unsigned aw = 0, w = 0, ar = 0, write_age = 0, read_age = 0, idle_age = 0;

    explicit rig(uint64_t random_seed) {
        context.randReset(2); // registers start at random, equal on both sides
        context.randSeed(static_cast<int>(random_seed & 0x7FFFFFFF) | 1);
        dut.clk = 0;
        in.rst = 1;
        drive();
        dut.eval();
        twin.counters = COUNTERS;
#define REGISTER(name) take(twin.name, dut.rootp->csr__DOT__##name);
#define INPUT(name)
#define OUTPUT(name)
#include "csr_ports.inc"
#undef REGISTER
#undef INPUT
#undef OUTPUT
        csr_read(&twin, &out);
        in.cluster_rows = 2, in.cluster_columns = 3, in.tile_tokens = 64, in.tile_channels = 32, in.basis_rows = 24;
        in.mac_stages = 2, in.config_id = 0xC0FFEE11, in.axi_bready = in.axi_rready = 1;
        clock();
        in.rst = 0;
        clock();
    }

    void drive() {
#define REGISTER(name)
#define INPUT(name) dut.name = in.name;
#define OUTPUT(name)
#include "csr_ports.inc"
#undef REGISTER
#undef INPUT
#undef OUTPUT
        std::memcpy(&dut.counters, in.counters, sizeof dut.counters);
    }

    void compare() {
#define REGISTER(name) EQUAL(name, dut.rootp->csr__DOT__##name, twin.name)
#define INPUT(name)
#define OUTPUT(name) EQUAL(name, dut.name, out.name)
#define EQUAL(name, rtl, model)                                                                                      \
    for (unsigned k = 0; k < words(model); k++, compared++)                                                          \
        if (word(rtl, k) != at(model, k))                                                                            \
            fail("clock %llu: %s[%u] is %08x in the RTL, %08x in the model", (unsigned long long)clocks, #name, k,   \
                 word(rtl, k), (unsigned)at(model, k));
#include "csr_ports.inc"
#undef REGISTER
#undef INPUT
#undef OUTPUT
    }

    void clock() {
        const csr_out before = shown();
        const bool b = before.axi_bvalid && in.axi_bready, r = before.axi_rvalid && in.axi_rready;
        aw += in.axi_awvalid && before.axi_awready, w += in.axi_wvalid && before.axi_wready;
        ar += in.axi_arvalid && before.axi_arready;
        drive();
        dut.clk = 1;
        dut.eval();
        dut.clk = 0;
        dut.eval();
        csr_step(&twin, &in);
        csr_read(&twin, &out);
        clocks++;
        if (comparing) compare();
        obey(before, b, r);
        starts += dut.start;
        if (before.start && responsive && !in.rst) in.busy = 1;
    }

    csr_out shown() const {
        csr_out o = {};
        o.axi_awready = dut.axi_awready, o.axi_wready = dut.axi_wready, o.axi_arready = dut.axi_arready;
        o.axi_bvalid = dut.axi_bvalid, o.axi_bresp = dut.axi_bresp;
        o.axi_rvalid = dut.axi_rvalid, o.axi_rresp = dut.axi_rresp, o.axi_rdata = dut.axi_rdata;
        o.start = dut.start;
        return o;
    }

    void obey(const csr_out &before, bool b, bool r) {
        const csr_out now = shown();
        if (in.rst) {
            aw = w = ar = write_age = read_age = idle_age = 0;
            if (now.axi_bvalid || now.axi_rvalid || now.axi_awready || now.axi_arready) fail("not quiet in reset");
            return;
        }
        if (b && (!aw || !w)) fail("an answer to no write");
        if (r && !ar) fail("an answer to no read");
        aw -= b, w -= b, ar -= r;
        if (aw > 1 || w > 1 || ar > 1) fail("more than one access is accepted");
        if (before.axi_bvalid && !b && (!now.axi_bvalid || now.axi_bresp != before.axi_bresp)) fail("B is not held");
        if (before.axi_rvalid && !r &&
            (!now.axi_rvalid || now.axi_rresp != before.axi_rresp || now.axi_rdata != before.axi_rdata))
            fail("R is not held");
        write_age = aw && w && !now.axi_bvalid ? write_age + 1 : 0;
        read_age = ar && !now.axi_rvalid ? read_age + 1 : 0;
        idle_age =
            (!aw && !now.axi_awready) || (!w && !now.axi_wready) || (!ar && !now.axi_arready) ? idle_age + 1 : 0;
        if (write_age > SILENCE || read_age > SILENCE || idle_age > SILENCE) fail("it hangs");
    }

    // ---- an AXI master in good order, for the directed cases

    void wait(unsigned n) {
        while (n--)
            clock();
    }

    // Address and data `skew` clocks apart, address first where it is positive
    unsigned write(unsigned address, uint32_t data, unsigned strobes = 15, int skew = 0) {
        in.axi_awaddr = static_cast<uint16_t>(address), in.axi_wdata = data;
        in.axi_wstrb = static_cast<uint8_t>(strobes);
        bool aw_left = true, w_left = true;
        for (int t = 0; aw_left || w_left; t++) {
            in.axi_awvalid = aw_left && t >= -skew, in.axi_wvalid = w_left && t >= skew;
            const bool a = in.axi_awvalid && dut.axi_awready, d = in.axi_wvalid && dut.axi_wready;
            clock();
            aw_left = aw_left && !a, w_left = w_left && !d;
        }
        in.axi_awvalid = in.axi_wvalid = 0;
        while (!dut.axi_bvalid)
            clock();
        const unsigned resp = dut.axi_bresp;
        clock();
        return resp;
    }

    unsigned response = 0;
    uint32_t read(unsigned address) {
        in.axi_araddr = static_cast<uint16_t>(address), in.axi_arvalid = 1;
        while (!dut.axi_arready)
            clock();
        clock();
        in.axi_arvalid = 0;
        while (!dut.axi_rvalid)
            clock();
        const uint32_t data = dut.axi_rdata;
        response = dut.axi_rresp;
        clock();
        return data;
    }

    // ---- the sequencer's side

    void finish(bool done = true) {
        in.done = done;
        clock();
        in.done = 0, in.busy = 0;
        clock();
    }
    void fill(unsigned token_count = 100, unsigned channel_count = 90) {
        write(CSR_TOKENS, token_count), write(CSR_CHANNELS, channel_count), write(CSR_RANK, 16);
    }
    // A COMMAND that comes on the bus `late` clocks after the sequencer is no longer busy; before, where it is
    // negative
    void race(unsigned command, int late) {
        in.axi_awaddr = CSR_COMMAND, in.axi_wdata = command, in.axi_wstrb = 15;
        for (int t = 0; t < 30; t++) {
            if (t == 10) in.busy = 0;
            in.axi_awvalid = in.axi_wvalid = t == 10 + late;
            clock();
        }
    }
    unsigned status_bit(unsigned bit) { return read(CSR_STATUS) >> bit & 1; }
    unsigned error() { return read(CSR_STATUS) >> CSR_STATUS_ERROR & 7; }

    void reset() {
        in.rst = 1;
        clock();
        in.rst = 0, in.busy = 0;
        wait(2);
    }
    // A matrix is resident; the parameters are as they were
    void load(unsigned token_count = 100, unsigned channel_count = 90) {
        fill(token_count, channel_count);
        write(CSR_COMMAND, CSR_COMMAND_LOAD);
        wait(2);
        finish();
    }
};

#include "csr_cases.h"

// ---- random traffic

struct traffic {
    rig &r;
    std::mt19937_64 random{seed};
    double pace[6] = {}; // of aw, w, b, ar, r, and of the sequencer
    unsigned left = 0;
    struct access {
        uint16_t address;
        uint8_t strobes;
        uint32_t data;
    } writes[8] = {};
    uint64_t made = 0, addresses = 0, data_words = 0;
    uint64_t accepted = 0, slverr = 0, resets = 0, reads = 0, aborts = 0, done = 0, launched = 0, stranded = 0,
             errors[5] = {}, wrongs[24] = {}, commands[8] = {};

    unsigned below(unsigned n) { return static_cast<unsigned>(random() % n); }
    bool chance(double p) { return static_cast<double>(random() >> 11) * 0x1p-53 < p; }

    unsigned address() {
        const unsigned kind = below(16);
        if (kind < 6) return CSR_TOKENS + 4 * below(9);
        if (kind < 7) return CSR_EXACT_TOKEN + 4 * below(8);
        if (kind < 11) return CSR_COMMAND + 4 * (below(3) ? 0 : below(6));
        if (kind < 12) return CSR_STOP + 4 * below(8);
        if (kind < 14) return CSR_COUNTER + 4 * below(2 * COUNTERS + 2);
        return kind < 15 ? 4 * below(1024) : below(4096);
    }
    uint32_t data(unsigned address) {
        const unsigned kind = below(25);
        if (kind == 0) return static_cast<uint32_t>(random()) >> below(32);
        if (address >= CSR_EXACT_TOKEN && address < CSR_EXACT_TOKEN + 32u) return (address >> 2 & 7) * 3 + below(4);
        switch (address) {
        case CSR_TOKENS:
            return kind == 1 ? below(300) : 32 + below(90);
        case CSR_CHANNELS:
            return kind == 1 ? below(300) : 32 + below(60);
        case CSR_RANK:
            return kind == 1 ? below(100) : 1 + below(34);
        case CSR_EXPANSION:
            return kind == 1 ? below(16) : 1u << below(4);
        case CSR_WARMUP:
            return kind == 1 ? below(16) : below(9);
        case CSR_OUTLIERS:
            return kind == 1 ? below(200) : below(33);
        case CSR_TOLERANCE:
            return kind == 1   ? static_cast<uint32_t>(random())
                   : kind == 2 ? 0x3F800000 + below(2)
                               : below(0x3F800000);
        case CSR_EXACT_COUNT:
            return kind == 1 ? below(16) : kind < 12 ? 8 : below(9);
        case CSR_COMMAND:
            return kind == 1 ? below(8) : kind < 9 ? CSR_COMMAND_LOAD : 2 + below(5);
        }
        return static_cast<uint32_t>(random());
    }

    // Writes in order; addresses and data are fetched each at their own pace
    const access &nth(uint64_t n) {
        if (n == made) {
            access &next = writes[made++ % 8];
            next.address = static_cast<uint16_t>(address());
            next.data = data(next.address);
            next.strobes = static_cast<uint8_t>(chance(.95) ? 15 : below(16));
        }
        return writes[n % 8];
    }

    void new_phase() {
        static const double paces[] = {1, 1, .7, .3, .1, .02};
        left = 200 + below(3000);
        for (double &p : pace)
            p = paces[below(6)];
    }

    void sequencer() {
        csr_in &in = r.in;
        in.stop = below(8), in.result_rank = static_cast<uint32_t>(random()) & 0x1FFFF;
        in.passes = static_cast<uint32_t>(random()), in.rounds = in.passes * 3, in.deflations = in.passes >> 9;
        in.certificate = in.passes ^ 0x55, in.bound = ~in.passes;
        in.flags = chance(.01) ? below(16) : 0;
        in.counters[below(COUNTERS)] = random();
        const bool end = chance(r.dut.abort_job ? .3 : .05 * pace[5]);
        in.done = chance(.002) || (in.busy && end && chance(.8));
        r.responsive = chance(.97);
        if (in.busy && ((end && chance(.5)) || chance(.002)))
            in.busy = 0; // `done` may come on the clock after the last
        else if (!in.busy && chance(.001))
            in.busy = 1; // with something of its own
    }

    void run(uint64_t clocks) {
        csr_in &in = r.in;
        const uint64_t end = r.clocks + clocks;
        while (r.clocks < end) {
            if (left-- == 0) {
                new_phase();
                in.rst = chance(.3);
                if (in.rst && chance(.5)) {
                    in.cluster_rows = 1 + below(2), in.cluster_columns = 1 + below(3),
                    in.basis_rows = 8 * (1 + below(6));
                    in.tile_tokens = 64, in.tile_channels = 32, in.mac_stages = 1 + below(3);
                }
                resets += in.rst;
            } else if (in.rst && chance(.6))
                in.rst = 0;
            if (in.rst) in.axi_awvalid = in.axi_wvalid = in.axi_arvalid = 0, addresses = data_words = made;
            if (!in.rst && !in.axi_awvalid && chance(pace[0]))
                in.axi_awvalid = 1, in.axi_awaddr = nth(addresses++).address;
            if (!in.rst && !in.axi_wvalid && chance(pace[1])) {
                const access &next = nth(data_words++);
                in.axi_wvalid = 1, in.axi_wdata = next.data, in.axi_wstrb = next.strobes;
            }
            if (!in.rst && !in.axi_arvalid && chance(pace[3])) in.axi_arvalid = 1, in.axi_araddr = address();
            in.axi_bready = chance(pace[2]), in.axi_rready = chance(pace[4]);
            sequencer();
            count();
            const bool aw = in.axi_awvalid && r.dut.axi_awready, w = in.axi_wvalid && r.dut.axi_wready;
            const bool ar = in.axi_arvalid && r.dut.axi_arready;
            r.clock();
            if (aw) in.axi_awvalid = 0;
            if (w) in.axi_wvalid = 0;
            if (ar) in.axi_arvalid = 0;
        }
    }

    void count() {
        const bool b = r.dut.axi_bvalid && r.in.axi_bready;
        accepted += b && r.dut.axi_bresp == 0, slverr += b && r.dut.axi_bresp == 2;
        reads += r.dut.axi_rvalid && r.in.axi_rready;
        launched += r.dut.start, aborts += r.dut.abort_job, done += r.in.done && r.dut.rootp->csr__DOT__running_q;
        if (r.dut.start) commands[r.dut.command]++;
        stranded += r.dut.queued && r.dut.queued_command != CSR_COMMAND_LOAD && !r.dut.rootp->csr__DOT__resident_q;
        if (b && r.twin.awaddr_q == CSR_COMMAND) {
            errors[r.twin.error_q]++;
            if (r.twin.error_q == CSR_ERROR_PARAMETER) wrongs[(r.twin.error_offset_q - CSR_TOKENS) / 4]++;
        }
    }

    // A run that has not been everywhere has shown nothing
    void everywhere() const {
        for (unsigned k = 1; k <= CSR_COMMAND_STORE; k++)
            if (!commands[k]) fail("no job of command %u has run", k);
        for (unsigned k = 0; k < 5; k++)
            if (!errors[k]) fail("no command met error %u", k);
        for (unsigned k = 0; k < 24; k++)
            if (!wrongs[k] && (k < 9 || k > 15) && k != 7) fail("no command was refused for parameter %u", k);
        if (!accepted || !slverr || !reads || !resets || !aborts || !done || !stranded)
            fail("something never happened");
    }
};

} // namespace

int main(int argc, char **argv) {
    uint64_t clocks = 6000000;
    for (int i = 1; i < argc; i++) {
        if (!std::strcmp(argv[i], "--outcomes"))
            comparing = false;
        else if (!std::strcmp(argv[i], "--seed") && i + 1 < argc)
            seed = std::strtoull(argv[++i], nullptr, 0);
        else if (!std::strcmp(argv[i], "--clocks") && i + 1 < argc)
            clocks = std::strtoull(argv[++i], nullptr, 0);
        else
            return std::fprintf(stderr, "usage: test_csr [--seed N] [--clocks N] [--outcomes]\n"), 2;
    }
    unsigned count = 0, bad = 0;
    uint64_t compared = 0;
    const auto run = [&](const std::string &name, const std::function<void(rig &)> &body) {
        count++;
        try {
            rig r(seed + count);
            body(r);
            compared += r.compared;
            std::printf("ok %u - %s\n", count, name.c_str());
        } catch (const std::exception &e) {
            bad++;
            std::printf("not ok %u - %s\n# %s\n# again: %s --seed %llu --clocks %llu\n", count, name.c_str(),
                        e.what(), argv[0], static_cast<unsigned long long>(seed),
                        static_cast<unsigned long long>(clocks));
        }
    };
    for (const directed &c : cases)
        run(c.name, c.body);
    if (comparing)
        run("random traffic, seed " + std::to_string(seed) + ", clocks " + std::to_string(clocks), [&](rig &r) {
            traffic t{r};
            t.run(clocks);
            t.everywhere();
            std::printf("# %llu writes accepted, %llu refused, %llu reads, %llu resets, %llu jobs, %llu done\n",
                        (unsigned long long)t.accepted, (unsigned long long)t.slverr, (unsigned long long)t.reads,
                        (unsigned long long)t.resets, (unsigned long long)t.launched, (unsigned long long)t.done);
        });
    std::printf("# %llu values compared\n1..%u\n", (unsigned long long)compared, count);
    return bad || (comparing && compared == 0);
}
