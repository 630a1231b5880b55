// counters_tb.cpp - counters.v beside its twin, random events and resets, near the carries too; and what was counted
// against a tally of its own. Prints TAP. SPDX-License-Identifier: Apache-2.0
// SEED=N in the environment repeats a run; CLOCKS=N is its length.
#include <memory>
#include "Vcounters.h"
#include "Vcounters___024root.h"
#include "counters.h"
#include "unit_bench.h"

namespace {

struct bench {
    VerilatedContext context;
    std::unique_ptr<Vcounters> rtl{new Vcounters{&context}};
    counters model;
    counters_in in = {};
    std::vector<binding> registers;
    uint64_t tally[COUNTERS] = {}, clocks = 0, resets = 0, carries = 0;
    std::string fault;

    bench() {
        counters_init(&model, COUNTERS);
        registers.push_back(
            {"", "count_q", model.count_q, COUNTERS * sizeof model.count_q[0], COUNTERS * sizeof model.count_q[0]});
        rtl->clk = 0;
        rtl->eval();
        fault = bind_all(registers, context, "TOP.counters");
    }

    // Close to a carry into the high word, on both sides
    void put(unsigned k, uint64_t value) {
        rtl->rootp->counters__DOT__count_q[2 * k] = static_cast<uint32_t>(value);
        rtl->rootp->counters__DOT__count_q[2 * k + 1] = static_cast<uint32_t>(value >> 32);
        model.count_q[k] = tally[k] = value;
    }

    void clock() {
        rtl->rst = in.rst;
        rtl->events = in.events;
        rtl->clk = 0;
        rtl->eval();
        rtl->clk = 1;
        rtl->eval();
        counters_step(&model, &in);
        clocks++;
        for (unsigned k = 0; k < COUNTERS; k++) {
            tally[k] = in.rst ? 0 : tally[k] + (in.events >> k & 1);
            carries += !in.rst && tally[k] == UINT64_C(1) << 32;
            uint64_t shown;
            std::memcpy(&shown, reinterpret_cast<const char *>(&rtl->counts) + 8 * k, sizeof shown);
            if ((shown != tally[k] || model.count_q[k] != tally[k]) && fault.empty())
                fault = "counter " + std::to_string(k) + " is wrong on clock " + std::to_string(clocks);
        }
        if (fault.empty()) fault = difference(registers);
    }
};

} // namespace

int main() {
    const uint64_t seed = environment("SEED", 1), wanted = environment("CLOCKS", 300000);
    random_state = seed;
    std::printf("# SEED=%llu CLOCKS=%llu\n", (unsigned long long)seed, (unsigned long long)wanted);
    bench b;
    report("every register has its twin", b.fault);
    if (b.fault.empty()) {
        b.in.rst = 1;
        b.clock();
        while (b.fault.empty() && b.clocks < wanted) {
            b.in.rst = below(2000) == 0;
            b.in.events = static_cast<uint64_t>(random_bits()) << 32 | random_bits();
            if (below(50) == 0) b.put(below(COUNTERS), UINT64_C(0xFFFFFFFF) - below(3));
            if (below(50) == 0) b.put(below(COUNTERS), ~UINT64_C(0) - below(3));
            b.resets += b.in.rst;
            b.clock();
        }
        report("random events and resets: equal on every clock, counts as tallied", b.fault);
        report("resets and carries there were", b.resets > 10 && b.carries > 100 ? "" : "too few");
    }
    std::printf("# %llu clocks, %llu resets, %llu carries\n1..%u\n", (unsigned long long)b.clocks,
                (unsigned long long)b.resets, (unsigned long long)b.carries, cases);
    b.rtl->final();
    return failures ? 1 : 0;
}
