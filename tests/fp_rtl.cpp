// fp_rtl.cpp - the multiply-add units and adders of the RTL against fp.h and the host's floating point, bit for bit.
// SPDX-License-Identifier: Apache-2.0
//
// Prints TAP. SEED=N repeats a run; VECTORS=N vectors of every random case; EXHAUSTIVE=1: all 2^32 products of BF16.
// fp.h against MPFR: test_fp.c.
#include <cinttypes>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <unistd.h>
#include "Vfp_unit.h"
#include "Vfp_unit___024root.h"
#include "verilated.h"
#include "fp.h"
#include "fp_vectors.h"

namespace {

uint64_t seed = 1, vectors = 4000000;
bool exhaustive;
const char *program;
unsigned cases, failures;
std::string finding; // of the running case

// Notes a line about a failure; false, for the caller to return.
__attribute__((format(printf, 1, 2))) bool differ(const char *format, ...) {
    char line[256];
    va_list values;
    va_start(values, format);
    std::vsnprintf(line, sizeof line, format, values);
    va_end(values);
    finding += std::string("# ") + line + '\n';
    return false;
}

// One operation of the 64 units: an outer product, added to what is in the accumulators or, if first, to +0.
struct outer {
    uint16_t a[8], b[8];
    uint32_t c[64];
    bool first;
    uint32_t result[64];
};

// Of fp.h; false where the host's differ.
bool compute(outer &o) {
    uint16_t a[64], b[64];
    float host_a[64], host_b[64];
    uint32_t c[64], host[64];
    for (unsigned m = 0; m < 64; m++) {
        a[m] = o.a[m / 8], b[m] = o.b[m % 8];
        host_a[m] = vector_widen(a[m]), host_b[m] = vector_widen(b[m]);
        c[m] = o.first ? 0 : o.c[m];
    }
    for (unsigned m = 0; m < 64; m++)
        o.result[m] = fp_fma(a[m], b[m], c[m]);
    if (o.first) // not through the host's fused operation: +0 changes the sign of an exact zero only
        for (unsigned m = 0; m < 64; m++)
            host[m] = vector_bits(host_a[m] * host_b[m] + (host_a[m] == 0 || host_b[m] == 0 ? 0.0F : -0.0F));
    else
        for (unsigned m = 0; m < 64; m++)
            host[m] = vector_bits(__builtin_fmaf(host_a[m], host_b[m], vector_value(c[m])));
    for (unsigned m = 0; std::memcmp(host, o.result, sizeof host) != 0; m++)
        if (host[m] != o.result[m])
            return differ("%04X x %04X + %08X: fp.h %08X, host %08X", a[m], b[m], c[m], o.result[m], host[m]);
    return true;
}

// 64 additions, a row of 8 a clock
struct block {
    uint32_t x[64], y[64];
    bool transpose;
    uint32_t result[64];
};

bool compute(block &b) {
    uint32_t host[64];
    for (unsigned m = 0; m < 64; m++) {
        b.result[m] = fp_add(b.x[m], b.y[m]);
        host[m] = vector_bits(vector_value(b.x[m]) + vector_value(b.y[m]));
    }
    for (unsigned m = 0; std::memcmp(host, b.result, sizeof host) != 0; m++)
        if (host[m] != b.result[m])
            return differ("%08X + %08X: fp.h %08X, host %08X", b.x[m], b.y[m], b.result[m], host[m]);
    return true;
}

template <typename Port> void put(Port &port, const void *from) { std::memcpy(&port, from, sizeof port); }
template <typename Port> const uint32_t *words(const Port &port) { return reinterpret_cast<const uint32_t *>(&port); }

void progress(const char *name, uint64_t done, uint64_t all) {
    static const bool terminal = isatty(STDERR_FILENO);
    if (terminal) std::fprintf(stderr, done < all ? "\r%s %3.0f %%" : "\r%s done  \n", name, 100.0 * done / all);
}

// A fresh model for every case.
class unit {
  public:
    unit() {
        top.rst = 1;
        for (unsigned k = 0; k < 4; k++)
            clock();
        top.rst = 0;
    }
    ~unit() { top.final(); }

    // Streams operations 0 .. count - 1 through the units whose bit is in `stages`, a clock each. fill(k, o) makes
    // operation k. True if all results are those of fp.h and the host.
    template <typename Fill> bool multiply(const char *name, uint64_t count, unsigned stages, Fill fill) {
        outer ring[4] = {};
        uint32_t *accumulator[3] = {mutable_words(top.rootp->fp_unit__DOT__stages_1__DOT__accumulator_q),
                                    mutable_words(top.rootp->fp_unit__DOT__stages_2__DOT__accumulator_q),
                                    mutable_words(top.rootp->fp_unit__DOT__stages_3__DOT__accumulator_q)};
        const uint32_t *drain[3] = {words(top.drain_1), words(top.drain_2), words(top.drain_3)};
        static const unsigned add[3] = {1, 2, 2}, done[3] = {1, 2, 3}; // clocks after the operands
        for (uint64_t n = 0; n < count + 3; n++) {
            if (n % (1 << 16) == 0) progress(name, n, count);
            outer &o = ring[n % 4];
            top.valid = n < count ? stages : 0;
            if (n < count) {
                fill(n, o);
                if (!compute(o)) return false;
                uint32_t element[8], broadcast[8];
                for (unsigned k = 0; k < 8; k++)
                    element[k] = o.a[k], broadcast[k] = fp_decode(o.b[k]);
                put(top.element, element);
                put(top.broadcast, broadcast);
                top.first = o.first;
                top.bank = n & 1;
            }
            for (unsigned s = 0; s < 3; s++)
                if (stages >> s & 1 && n >= add[s])
                    std::memcpy(accumulator[s] + (s == 2 ? 64 * ((n - add[s]) & 1) : 0), ring[(n - add[s]) % 4].c,
                                256);
            // What finishes at the end of this clock
            for (unsigned s = 0; s < 3; s++) {
                const bool due = stages >> s & 1 && n >= done[s] && n - done[s] < count;
                const uint64_t k = n - done[s];
                if ((top.finish >> s & 1) != due || (due && ((top.finish_bank >> s & 1) != (k & 1) ||
                                                             (top.finish_transpose >> s & 1) != ring[k % 4].first)))
                    return differ("operation %" PRIu64 ", %u stages: finish, bank, transpose %u %u %u", k, s + 1,
                                  top.finish >> s & 1, top.finish_bank >> s & 1, top.finish_transpose >> s & 1);
            }
            clock();
            for (unsigned s = 0; s < 3; s++) {
                if (!(stages >> s & 1) || n < done[s] || n - done[s] >= count) continue;
                const outer &r = ring[(n - done[s]) % 4];
                const unsigned at = s == 2 ? 64 * ((n - done[s]) & 1) : 0;
                if (std::memcmp(drain[s] + at, r.result, 256) == 0 &&
                    std::memcmp(accumulator[s] + at, r.result, 256) == 0)
                    continue;
                for (unsigned m = 0;; m++)
                    if (drain[s][at + m] != r.result[m] || accumulator[s][at + m] != r.result[m])
                        return differ("operation %" PRIu64
                                      ", MAC (%u, %u), %u stages: %04X x %04X + %08X: accumulator "
                                      "%08X, drain %08X, fp.h and host %08X",
                                      n - done[s], m / 8, m % 8, s + 1, r.a[m / 8], r.b[m % 8], r.first ? 0 : r.c[m],
                                      accumulator[s][at + m], drain[s][at + m], r.result[m]);
            }
        }
        progress(name, 1, 1);
        return true;
    }

    // Streams blocks of additions through both adders, a row a clock: the first operand from the west or the north,
    // the second from the drain; what is not selected holds other numbers.
    template <typename Fill> bool add(const char *name, uint64_t count, Fill fill) {
        block ring[2] = {};
        fill(0, ring[0]);
        if (!compute(ring[0])) return false;
        finish_next(0, ring[0]);
        clock();
        for (uint64_t n = 0; n <= 8 * count; n++) {
            const uint64_t k = n / 8;
            const unsigned row = n % 8;
            block &now = ring[k & 1], &next = ring[~k & 1];
            if (n % (1 << 16) == 0) progress(name, n, 8 * count);
            if (row == 0) {
                put(top.add_drain_1, now.y);
                uint32_t banks[128];
                std::memcpy(banks + 64 * (k & 1), now.y, 256);
                std::memcpy(banks + 64 * (~k & 1), next.y, 256);
                put(top.add_drain_2, banks);
            }
            put(now.transpose ? top.north : top.west, now.x + 8 * row);
            put(now.transpose ? top.west : top.north, now.x + 8 * (row ^ 1));
            top.add_finish = 0;
            if (row == 7 && k + 1 < count) {
                // The row of this clock is compared below: of this block, which stays in the ring
                fill(k + 1, next);
                if (!compute(next)) return false;
                finish_next(k + 1, next);
            }
            const block before = row == 0 ? next : now; // adder_2 shows the row of the clock before
            clock();
            const bool due_1 = n<8 * count, due_2 = n> 0;
            if (!check(1, due_1, top.sum_1, top.sum_valid & 1, top.sum_transpose & 1, now, row) ||
                !check(2, due_2, top.sum_2, top.sum_valid >> 1 & 1, top.sum_transpose >> 1 & 1, before,
                       (row + 7) % 8))
                return false;
        }
        progress(name, 1, 1);
        return true;
    }

  private:
    VerilatedContext context;
    Vfp_unit top{&context};

    template <typename Port> static uint32_t *mutable_words(Port &port) {
        return reinterpret_cast<uint32_t *>(&port);
    }

    void clock() {
        top.clk = 1;
        top.eval();
        top.clk = 0;
        top.eval();
    }

    void finish_next(uint64_t number, const block &b) {
        top.add_finish = 1;
        top.add_bank = number & 1;
        top.add_transpose = b.transpose;
    }

    template <typename Port>
    bool check(unsigned stages, bool due, const Port &sum, bool valid, bool transpose, const block &b, unsigned row) {
        if (valid == due && (!due || (transpose == b.transpose && std::memcmp(&sum, b.result + 8 * row, 32) == 0)))
            return true;
        for (unsigned l = 0; due && l < 8; l++)
            if (words(sum)[l] != b.result[8 * row + l])
                return differ("%u stages, row %u, lane %u: %08X + %08X: RTL %08X, fp.h and host %08X", stages, row, l,
                              b.x[8 * row + l], b.y[8 * row + l], words(sum)[l], b.result[8 * row + l]);
        return differ("%u stages, row %u: valid %d, transpose %d, not %d, %d", stages, row, valid, transpose, due,
                      b.transpose);
    }
};

void report(const char *name, bool good) {
    std::printf("%sok %u - %s\n", good ? "" : "not ", ++cases, name);
    if (!good)
        std::printf("%s# again: SEED=%" PRIu64 " VECTORS=%" PRIu64 "%s %s\n", finding.c_str(), seed, vectors,
                    exhaustive ? " EXHAUSTIVE=1" : "", program);
    std::fflush(stdout);
    finding.clear();
    failures += !good;
}

const unsigned all_stages = 7;

void special_operations() {
    const unsigned groups = VECTOR_BF16 / 8;
    report("mac_grid, all special a x b + c, 1 to 3 stages",
           unit().multiply("special operations", groups * groups * VECTOR_FP32, all_stages, [](uint64_t n, outer &o) {
               const unsigned i = n % groups, j = n / groups % groups, k = n / groups / groups;
               for (unsigned m = 0; m < 8; m++)
                   o.a[m] = vector_special_bf16(8 * i + m), o.b[m] = vector_special_bf16(8 * j + m);
               for (unsigned m = 0; m < 64; m++)
                   o.c[m] = vector_special_fp32(k);
               o.first = false;
           }));
}

void random_operations() {
    vector_source s = vector_open(seed, 32);
    report("mac_grid, random a x b + c, 1 to 3 stages",
           unit().multiply("random operations", (vectors + 63) / 64, all_stages, [&](uint64_t, outer &o) {
               const vector_plan p = vector_plan_next(&s);
               for (unsigned m = 0; m < 8; m++)
                   o.a[m] = vector_operand(&s, p, 0), o.b[m] = vector_operand(&s, p, 1);
               for (unsigned m = 0; m < 64; m++)
                   o.c[m] = vector_addend_of_product(&s, o.a[m / 8], o.b[m % 8]);
               o.first = vector_random(&s) % 16 == 0;
           }));
}

// All values x special values and the other way round; or all x all. The accumulators, not used, hold ones.
void products() {
    const unsigned groups = 65536 / 8, specials = VECTOR_BF16 / 8;
    const auto all = [](uint64_t n, outer &o) {
        for (unsigned m = 0; m < 8; m++) {
            o.a[m] = static_cast<uint16_t>(n / groups * 8 + m);
            o.b[m] = static_cast<uint16_t>(n % groups * 8 + m);
        }
    };
    const auto some = [](uint64_t n, outer &o) {
        const bool turned = n / groups >= specials;
        for (unsigned m = 0; m < 8; m++) {
            const uint16_t any = static_cast<uint16_t>(n % groups * 8 + m);
            const uint16_t special = vector_special_bf16(n / groups % specials * 8 + m);
            o.a[m] = turned ? special : any, o.b[m] = turned ? any : special;
        }
    };
    const auto ones = [](outer &o) {
        o.first = true;
        for (unsigned m = 0; m < 64; m++)
            o.c[m] = 0x3F800000;
    };
    if (exhaustive)
        report("mac_grid, all 2^32 products, 1 to 3 stages",
               unit().multiply("products", uint64_t(groups) * groups, all_stages, [&](uint64_t n, outer &o) {
                   ones(o);
                   all(n, o);
               }));
    else
        report("mac_grid, all x special products, 1 to 3 stages",
               unit().multiply("products", 2 * groups * specials, all_stages, [&](uint64_t n, outer &o) {
                   ones(o);
                   some(n, o);
               }));
}

void special_sums() {
    report("reducer, all special x + y, 1 and 2 stages",
           unit().add("special sums", VECTOR_FP32 * VECTOR_FP32 / 64 * 2, [](uint64_t n, block &b) {
               for (unsigned m = 0; m < 64; m++) {
                   const uint64_t k = n / 2 * 64 + m;
                   b.x[m] = vector_special_fp32(k / VECTOR_FP32);
                   b.y[m] = vector_special_fp32(k % VECTOR_FP32);
               }
               b.transpose = n & 1;
           }));
}

void random_sums() {
    vector_source s = vector_open(seed, 33);
    report("reducer, random x + y, 1 and 2 stages",
           unit().add("random sums", (vectors + 63) / 64, [&](uint64_t n, block &b) {
               uint32_t *x = n & 2 ? b.x : b.y, *y = n & 2 ? b.y : b.x;
               for (unsigned m = 0; m < 64; m++) {
                   x[m] = vector_term(&s);
                   y[m] = vector_addend(&s, x[m]);
               }
               b.transpose = vector_random(&s) & 1;
           }));
}

} // namespace

int main(int, char **argv) {
    program = argv[0];
    if (std::getenv("SEED")) seed = std::strtoull(std::getenv("SEED"), nullptr, 10);
    if (std::getenv("VECTORS")) vectors = std::strtoull(std::getenv("VECTORS"), nullptr, 10);
    exhaustive = std::getenv("EXHAUSTIVE");
    std::printf("# SEED=%" PRIu64 ", %" PRIu64 " vectors a random case\n", seed, vectors);
    special_operations();
    random_operations();
    products();
    special_sums();
    random_sums();
    std::printf("1..%u\n", cases);
    return failures ? 1 : 0;
}
