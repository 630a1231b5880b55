// scalar_tb.cpp - scalar.v beside its twin: every register, memory word and output on every clock; and what the
// programs leave against scalar.c and certificate.c, bit for bit. Prints TAP. SPDX-License-Identifier: Apache-2.0
// SEED=N in the environment repeats a run; BLOCKS=N is the number of blocks.
#include <cmath>
#include <memory>
#include "Vscalar.h"
#include "unit_bench.h"
extern "C" {
#include "certificate.h"
#include "scalar.h"
}

namespace {

float uniform() { return static_cast<float>(random_bits() >> 8) * 0x1p-24F; }

uint32_t bits(float x) {
    uint32_t u;
    std::memcpy(&u, &x, sizeof u);
    return u;
}
float value(uint32_t u) {
    float x;
    std::memcpy(&x, &u, sizeof x);
    return x;
}

struct bench {
    VerilatedContext context;
    std::unique_ptr<Vscalar> rtl;
    scalar model;
    scalar_in in;
    std::vector<binding> registers;
    uint64_t clocks, length[SCALAR_PROGRAMS]; // of a program
    unsigned width;
    std::string fault;

    bench();
    void clock();
    void write(unsigned at, uint32_t x);
    void write(unsigned at, const float *x, unsigned n);
    uint32_t read(unsigned at) { return model.mem[at]; }
    void run(unsigned program, bool reset_within);
};

bench::bench() : rtl(new Vscalar{&context}), model(), in(), clocks(), length(), width(8) {
    scalar_init(&model);
    rtl->clk = 0;
    rtl->eval();
#define OWN(name) registers.push_back({"", #name, &model.name, sizeof model.name, sizeof model.name})
#define ALU(name)                                                                                                    \
    registers.push_back({"u_scalar_alu", #name, &model.alu.name, sizeof model.alu.name, sizeof model.alu.name})
    OWN(running_q), OWN(pick_valid_q), OWN(pick_register_q), OWN(pc_q), OWN(pick_q), OWN(pending_q), OWN(flag_q);
    OWN(mem);
    ALU(align_q), ALU(align_tag_q), ALU(a_q), ALU(b_q), ALU(exponent_q), ALU(round_q), ALU(round_tag_q), ALU(sum_q);
    ALU(sum_exponent_q), ALU(out_valid_q), ALU(out_tag_q), ALU(result_q), ALU(iter_busy_q), ALU(iter_root_q);
    ALU(iter_sign_q), ALU(iter_hold_tag_q), ALU(iter_exponent_q), ALU(iter_divisor_q), ALU(iter_quotient_q);
    ALU(iter_remainder_q), ALU(iter_place_q), ALU(iter_valid_q), ALU(iter_tag_q), ALU(iter_result_q);
#undef OWN
#undef ALU
    fault = bind(registers, context, "TOP.scalar");
}

void bench::clock() {
    rtl->rst = in.rst, rtl->start_valid = in.start_valid, rtl->start_program = in.start_program;
    rtl->write_valid = in.write_valid, rtl->write_register = in.write_register, rtl->write_data = in.write_data;
    rtl->read_register = clocks & 255, rtl->width = static_cast<uint8_t>(width);
    rtl->clk = 0;
    rtl->eval();
    if (rtl->read_data != model.mem[clocks & 255] && fault.empty()) fault = "read_data differs";
    if (rtl->good != scalar_good(&model, width) && fault.empty()) fault = "good differs";
    scalar_step(&model, &in);
    rtl->clk = 1;
    rtl->eval();
    clocks++;
    if (!fault.empty()) return;
    fault = difference(registers);
    if (!fault.empty()) fault += " on clock " + std::to_string(clocks);
}

void bench::write(unsigned at, uint32_t x) {
    in.write_valid = 1, in.write_register = static_cast<uint8_t>(at), in.write_data = x;
    clock();
    in.write_valid = 0;
}

void bench::write(unsigned at, const float *x, unsigned n) {
    for (unsigned k = 0; k < n; k++)
        write(at + k, bits(x[k]));
}

// A program takes the same clocks whatever its data
void bench::run(unsigned program, bool reset_within) {
    const uint64_t begin = clocks, reset_at = reset_within ? below(200) + 2 : ~UINT64_C(0);
    in.start_valid = 1, in.start_program = static_cast<uint8_t>(program);
    clock();
    in.start_valid = 0;
    while (model.running_q && clocks - begin < 5000) {
        in.rst = clocks - begin == reset_at;
        clock();
    }
    in.rst = 0;
    if (clocks - begin >= 5000 && fault.empty()) fault = "a program does not end";
    if (reset_within) return;
    if (length[program] == 0) length[program] = clocks - begin;
    if (length[program] != clocks - begin && fault.empty()) fault = "the length of a program depends on its data";
}

// ---- material

// A Gram matrix of `width` columns, of rank `rank`, near orthonormal if asked for
void random_gram(float *g, unsigned width, unsigned rank, bool near) {
    enum { ROWS = 24 };
    static float a[ROWS][LANES];
    for (unsigned r = 0; r < ROWS; r++)
        for (unsigned e = 0; e < LANES; e++)
            a[r][e] = near ? (r == e ? 1 : (uniform() - 0.5F) * 0x1p-8F) : uniform() - 0.5F;
    for (unsigned e = rank; e < width; e++)
        for (unsigned r = 0; r < ROWS; r++)
            a[r][e] = a[r][below(rank)] * (1 + uniform());
    const float scale = near ? 1 : std::ldexp(1.0F, static_cast<int>(below(40)) - 20);
    std::memset(g, 0, LANES * LANES * sizeof *g);
    for (unsigned i = 0; i < width; i++)
        for (unsigned j = 0; j < width; j++) {
            float sum = 0;
            for (unsigned r = 0; r < ROWS; r++)
                sum += a[r][i] * a[r][j];
            g[i * LANES + j] = sum * scale * scale;
        }
}

// good_columns() of lanczos.c
unsigned expected_good(const float *g, const float *peak, unsigned width) {
    float norm[LANES];
    unsigned good = 0;
    for (unsigned e = 0; e < width; e++) {
        norm[e] = scalar_root(g[e * LANES + e]);
        bool fine = peak[e] < 0x1p-7F * norm[e] && std::fabs(norm[e] - 1) < 0x1p-7F;
        for (unsigned i = 0; i < e; i++)
            fine &= !(good >> i & 1) || std::fabs(g[i * LANES + e]) < 0x1p-7F * (norm[i] * norm[e]);
        good |= static_cast<unsigned>(fine) << e;
    }
    return good;
}

bool block(bench &b) {
    float g[LANES * LANES], peak[LANES], floor[LANES], inverse[LANES * LANES];
    const float fraction = 0x1p-14F;
    b.width = below(4) ? LANES : 1 + below(LANES);
    const bool near = below(2);
    random_gram(g, b.width, below(3) ? b.width : 1 + below(b.width), near);
    if (below(50) == 0) g[below(LANES) * (LANES + 1)] = value(below(2) ? 0x7FC00000 : 0x80000000);
    for (unsigned e = 0; e < LANES; e++) {
        peak[e] = uniform() * (near ? 0x1p-7F : 1) * (below(4) ? 0.5F : 1.5F);
        floor[e] = fraction * g[e * LANES + e];
    }
    b.write(SCALAR_G, g, LANES * LANES);
    b.write(SCALAR_PEAK, peak, LANES);
    b.write(SCALAR_FRACTION, &fraction, 1);
    b.run(SCALAR_FLOORS, false);
    for (unsigned e = 0; e < LANES; e++) {
        if (b.read(SCALAR_FLOOR + e) != bits(floor[e]) && !std::isnan(floor[e])) return b.fault = "FLOORS", false;
        if (e >= b.width) b.write(SCALAR_FLOOR + e, 0x7F800000);
    }
    b.run(SCALAR_JUDGE, false);
    const unsigned good = expected_good(g, peak, b.width);
    if (scalar_good(&b.model, b.width) != good) return b.fault = "JUDGE is not good_columns()", false;

    b.run(SCALAR_INVERT, false);
    float next_floor[LANES];
    std::memcpy(next_floor, floor, sizeof floor);
    const unsigned kept = scalar_inverse_root(b.width, g, next_floor, inverse);
    unsigned column = 0;
    for (unsigned j = 0; j < LANES; j++) {
        if (!(b.model.flag_q[1] >> (SCALAR_KEEP - 32 + j) & 1)) continue;
        for (unsigned i = 0; i < LANES; i++) {
            const uint32_t x = b.read(SCALAR_X + LANES * i + j);
            if (x != bits(inverse[i * LANES + column]) && !std::isnan(value(x)))
                return b.fault = "INVERT is not scalar_inverse_root()", false;
        }
        if (b.read(SCALAR_FLOOR + j) != bits(next_floor[column])) return b.fault = "INVERT: floor", false;
        column++;
    }
    return column == kept || (b.fault = "INVERT keeps others", false);
}

// With a tolerance near what is left, or what the rounding leaves
bool verdict(bench &b, certificate &c) {
    const float exact[] = {certificate_residual(&c), certificate_residual(&c) + certificate_bound(&c),
                           certificate_bound(&c), uniform() * c.decomposed};
    const float limit = exact[below(4)];
    const uint32_t flags_before = b.model.flag_q[0];
    b.write(SCALAR_TOLERATED, &limit, 1);
    b.write(SCALAR_DECOMPOSED, &c.decomposed, 1);
    b.run(SCALAR_VERDICT, false);
    auto flag = [&](unsigned k) { return (b.model.flag_q[k / 32] >> k % 32 & 1) != 0; };
    return (flag(SCALAR_REACHED) == certificate_reached(&c, limit) &&
            flag(SCALAR_IS_NOISE) == certificate_is_noise(&c) &&
            flag(SCALAR_POSSIBLE) == certificate_possible(&c, limit) &&
            flag(SCALAR_WITHIN) == (certificate_residual(&c) <= limit) && b.model.flag_q[0] == flags_before) ||
           (b.fault = "VERDICT is not certificate.c's", false);
}

bool certify(bench &b) {
    certificate c = {};
    float chain[2 * LANES], sum[2 * LANES] = {}, norm[LANES], bound[LANES], g[LANES * LANES], settled[LANES];
    const unsigned edges = 1 + below(16);
    c.residual = c.total = c.decomposed = below(4) ? 100 * uniform() : 1e5F * uniform();
    b.write(SCALAR_RESIDUAL, &c.residual, 1);
    b.run(SCALAR_CLEAR, false);
    for (unsigned k = 0; k < edges; k++) {
        for (unsigned e = 0; e < 2 * LANES; e++) {
            chain[e] = uniform() - (e < LANES ? 0 : 0.5F);
            sum[e] += chain[e];
        }
        b.write(SCALAR_C, chain, 2 * LANES);
        b.run(SCALAR_ACCUMULATE, false);
    }
    b.run(SCALAR_NORMS, false);
    random_gram(g, LANES, LANES, true);
    for (unsigned e = 0; e < LANES; e++) {
        norm[e] = scalar_root(sum[e]);
        bound[e] = uniform();
        if (b.read(SCALAR_SQUARES + e) != bits(sum[e]) || b.read(SCALAR_LOST + e) != bits(sum[LANES + e]) ||
            b.read(SCALAR_NORM + e) != bits(norm[e]))
            return b.fault = "ACCUMULATE or NORMS", false;
    }
    b.write(SCALAR_G, g, LANES * LANES);
    b.write(SCALAR_S, bound, LANES);
    b.run(SCALAR_APPEND, false);
    certificate_append(&c, LANES, g, sum, sum + LANES, norm, bound);
    if (b.read(SCALAR_RESIDUAL) != bits(c.residual) || b.read(SCALAR_CROSS) != bits(c.cross))
        return b.fault = "APPEND is not certificate_append()", false;
    if (!verdict(b, c)) return false;
    for (unsigned e = 0; e < LANES; e++)
        settled[e] = uniform() - 0.5F;
    b.write(SCALAR_S, settled, LANES);
    b.run(SCALAR_SETTLE, false);
    certificate_settle(&c, settled);
    if (b.read(SCALAR_RESIDUAL) != bits(c.residual)) return b.fault = "SETTLE is not certificate_settle()", false;
    return verdict(b, c);
}

} // namespace

int main() {
    const uint64_t seed = environment("SEED", 1), blocks = environment("BLOCKS", 300);
    const auto judge = [seed](const char *name, const std::string &fault) {
        report(name, fault.empty() ? fault : fault + "; again: SEED=" + std::to_string(seed) + " build/scalar/tb");
    };
    random_state = seed << 32;
    std::printf("# SEED=%llu\n", static_cast<unsigned long long>(seed));
    {
        bench b;
        b.in.rst = 1;
        b.clock(), b.clock();
        b.in.rst = 0;
        for (uint64_t k = 0; k < blocks && b.fault.empty(); k++)
            block(b);
        judge("Gram matrices: judged and inverted as scalar.c does", b.fault);
        for (uint64_t k = 0; k < blocks && b.fault.empty(); k++)
            certify(b);
        judge("certificates: as certificate.c keeps them", b.fault);
        std::printf("# %lu clocks compared; JUDGE %lu, INVERT %lu clocks\n", static_cast<unsigned long>(b.clocks),
                    static_cast<unsigned long>(b.length[SCALAR_JUDGE]),
                    static_cast<unsigned long>(b.length[SCALAR_INVERT]));
    }
    {
        bench b;
        for (uint64_t k = 0; k < blocks && b.fault.empty(); k++) {
            for (unsigned n = below(300); n > 0; n--)
                b.write(below(256), random_bits());
            b.width = below(9);
            b.run(below(SCALAR_PROGRAMS), below(3) == 0);
        }
        judge("anything in the registers, resets within programs", b.fault);
    }
    std::printf("1..%u\n", cases);
    return failures ? 1 : 0;
}
