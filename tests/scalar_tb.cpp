// scalar_tb.cpp - scalar.v beside its twin: every register and output on every clock; and what the programs leave
// against scalar.c and certificate.c, bit for bit. Prints TAP. SPDX-License-Identifier: Apache-2.0 SEED=N in the
// environment repeats a run; BLOCKS=N is the number of blocks.
#include <array>
#include <cmath>
#include <memory>
#include "Vscalar.h"
#include "unit_bench.h"
extern "C" {
#include "certificate.h"
#include "scalar.h"
}

namespace {

using row = std::array<float, LANES>;

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
// Bit for bit; one NaN is as good as another.
bool same(float x, float y) { return bits(x) == bits(y) || (std::isnan(x) && std::isnan(y)); }

const char *const names[] = {"JUDGE",  "INVERT", "PICK_GOOD", "SUM",    "FLOORS_START", "FLOORS_LATER", "NORMS",
                             "APPEND", "SETTLE", "VERDICT",   "TOTALS", "START",        "RESULT"};

struct bench {
    VerilatedContext context;
    std::unique_ptr<Vscalar> rtl;
    scalar model;
    scalar_in in;
    scalar_out out;
    std::vector<binding> registers;
    uint64_t clocks;
    uint32_t edge[16][2][LANES];
    std::string fault;

    bench();
    void compare_outputs();
    void clock();
    void write(unsigned at, const row &x);
    row read(unsigned at, bool packed = false);
    void run(unsigned program, bool reset_within = false);
    bool wrong(const std::string &what) { return fault.empty() ? (fault = what, false) : false; }
};

bench::bench() : rtl(new Vscalar{&context}), model(), in(), out(), clocks(), edge() {
    static const char *const scopes[LANES] = {"lanes[0]", "lanes[1]", "lanes[2]", "lanes[3]",
                                              "lanes[4]", "lanes[5]", "lanes[6]", "lanes[7]"};
    static const char *const alus[LANES] = {"lanes[0].u_scalar_alu", "lanes[1].u_scalar_alu", "lanes[2].u_scalar_alu",
                                            "lanes[3].u_scalar_alu", "lanes[4].u_scalar_alu", "lanes[5].u_scalar_alu",
                                            "lanes[6].u_scalar_alu", "lanes[7].u_scalar_alu"};
    scalar_init(&model);
    in.width = LANES;
    rtl->clk = 0;
    rtl->eval();
#define OWN(name) registers.push_back({"", #name, &model.name, sizeof model.name, sizeof model.name})
#define ALU(name)                                                                                                    \
    registers.push_back({alus[k], #name, &model.alu[k].name, sizeof model.alu[k].name, sizeof model.alu[k].name})
    OWN(running_q), OWN(issued_q), OWN(pc_q), OWN(word_q), OWN(pending_q), OWN(flag_q);
    for (unsigned k = 0; k < LANES; k++) {
        registers.push_back({scopes[k], "mem", model.mem[k], sizeof model.mem[k], sizeof model.mem[k]});
        ALU(align_q), ALU(align_tag_q), ALU(a_q), ALU(b_q), ALU(exponent_q), ALU(round_q), ALU(round_tag_q);
        ALU(sum_q), ALU(sum_exponent_q), ALU(out_valid_q), ALU(out_tag_q), ALU(result_q), ALU(iter_busy_q);
        ALU(iter_root_q), ALU(iter_sign_q), ALU(iter_hold_tag_q), ALU(iter_exponent_q), ALU(iter_divisor_q);
        ALU(iter_quotient_q), ALU(iter_remainder_q), ALU(iter_place_q), ALU(iter_valid_q), ALU(iter_tag_q);
        ALU(iter_result_q);
    }
#undef OWN
#undef ALU
    fault = bind_all(registers, context, "TOP.scalar");
}

void bench::compare_outputs() {
    const auto same_value = [this](bool same, const char *name) {
        if (!same) wrong(std::string(name) + " differs on clock " + std::to_string(clocks));
    };
#define SAME(name) same_value(rtl->name == out.name, #name)
    SAME(start_ready), SAME(edge_number), SAME(edge_half), SAME(good), SAME(any_far), SAME(keep), SAME(kept);
    SAME(reached), SAME(noise), SAME(possible), SAME(residual_within), SAME(limited), SAME(empty), SAME(overflow);
    SAME(certificate), SAME(bound);
#undef SAME
    for (unsigned e = 0; e < LANES; e++)
        same_value(rtl->read_data[e] == out.read_data[e], "read_data");
}

void bench::clock() {
    rtl->rst = in.rst, rtl->start_valid = in.start_valid, rtl->start_program = in.start_program;
    rtl->width = in.width, rtl->edges = in.edges, rtl->job_tolerance = in.job_tolerance;
    rtl->write_valid = in.write_valid, rtl->write_row = in.write_row;
    rtl->read_row = in.read_row, rtl->read_packed = in.read_packed;
    for (unsigned e = 0; e < LANES; e++)
        rtl->write_data[e] = in.write_data[e];
    rtl->clk = 0;
    rtl->eval();
    for (unsigned e = 0; e < LANES; e++)
        rtl->edge_data[e] = in.edge_data[e] = edge[rtl->edge_number][rtl->edge_half][e];
    rtl->eval();
    scalar_read(&model, &in, &out);
    compare_outputs();
    scalar_step(&model, &in);
    rtl->clk = 1;
    rtl->eval();
    clocks++;
    if (!fault.empty()) return;
    fault = difference(registers);
    if (!fault.empty()) fault += " on clock " + std::to_string(clocks);
}

void bench::write(unsigned at, const row &x) {
    in.write_valid = 1, in.write_row = static_cast<uint8_t>(at);
    std::memcpy(in.write_data, x.data(), sizeof in.write_data);
    clock();
    in.write_valid = 0;
}

row bench::read(unsigned at, bool packed) {
    row x;
    in.read_row = static_cast<uint8_t>(at), in.read_packed = packed;
    scalar_read(&model, &in, &out);
    std::memcpy(x.data(), out.read_data, sizeof out.read_data);
    return x;
}

// Whatever its data, a program takes the clocks that scalar_clocks() says; what else happens at the ports does not
// matter
void bench::run(unsigned program, bool reset_within) {
    const uint64_t begin = clocks, reset_at = reset_within ? below(100) + 2 : ~UINT64_C(0);
    in.start_valid = 1, in.start_program = static_cast<uint8_t>(program);
    clock();
    while (model.running_q && clocks - begin < 1000) {
        in.rst = clocks - begin == reset_at;
        in.start_valid = below(2), in.start_program = below(16);
        in.write_valid = below(2), in.write_row = below(SCALAR_ROWS);
        for (uint32_t &x : in.write_data)
            x = random_bits();
        in.read_row = below(SCALAR_ROWS), in.read_packed = below(2);
        clock();
    }
    in.rst = in.start_valid = in.write_valid = 0;
    if (clocks - begin >= 1000) wrong("a program does not end");
    if (reset_within || program >= SCALAR_PROGRAMS) return;
    if (clocks - begin != scalar_clocks(static_cast<enum scalar_program>(program), in.edges))
        wrong(std::string("the length of ") + names[program] + " depends on its data");
    in.read_packed = 0;
    scalar_read(&model, &in, &out);
}

// ---- material

// Anything, or one of the numbers that are special
float odd() {
    static const uint32_t special[] = {0, 0x80000000, 0x3F800000, 0xBF800000, 0x7F800000, 0xFF800000, 0x7FC00000,
                                       1, 0x807FFFFF, 0x00800000, 0x7F7FFFFF, 0x33800000, 0x7F800001, 0xFF800001};
    return value(below(2) ? special[below(sizeof special / sizeof *special)] : random_bits());
}

row odd_row() {
    row x;
    for (float &y : x)
        y = odd();
    return x;
}

// The Gram matrix of `width` columns, of rank `rank`, near orthonormal if asked for
void random_gram(float *g, unsigned width, unsigned rank, bool near, float scale) {
    enum { ROWS = 24 };
    static float a[ROWS][LANES];
    for (unsigned r = 0; r < ROWS; r++)
        for (unsigned e = 0; e < LANES; e++)
            a[r][e] = near ? (r == e ? 1 : (uniform() - 0.5F) * 0x1p-8F) : uniform() - 0.5F;
    for (unsigned e = rank; e < width; e++) {
        const unsigned of = rank > 0 ? below(rank) : 0;
        const float times = rank > 0 ? 1 + uniform() : 0;
        for (unsigned r = 0; r < ROWS; r++)
            a[r][e] = a[r][of] * times;
    }
    std::memset(g, 0, LANES * LANES * sizeof *g);
    for (unsigned i = 0; i < width; i++)
        for (unsigned j = 0; j < width; j++) {
            float sum = 0;
            for (unsigned r = 0; r < ROWS; r++)
                sum += a[r][i] * a[r][j];
            g[i * LANES + j] = sum * scale * scale;
        }
}

void write_matrix(bench &b, unsigned at, const float *g) {
    row x;
    for (unsigned i = 0; i < LANES; i++) {
        std::memcpy(x.data(), g + i * LANES, sizeof x);
        b.write(at + i, x);
    }
}

bool read_back(bench &b, unsigned at, const float *want, bool packed) {
    const row x = b.read(at, packed);
    for (unsigned e = 0; e < LANES; e++)
        if (!same(x[e], want[e])) return false;
    return true;
}

// ---- scalar.c

// A matrix of any kind: regular, deflated, far from 1, not finite, with anything in the lanes that are not in use
void material(float *g, row &peak, unsigned width) {
    const bool near = below(2);
    const int power = below(4) ? static_cast<int>(below(40)) - 20 : static_cast<int>(below(170)) - 100;
    random_gram(g, width, below(3) ? width : below(width + 1), near, near ? 1 : std::ldexp(1.0F, power));
    if (below(3) == 0)
        for (unsigned n = 1 + below(below(4) ? 3 : 64); n > 0; n--)
            g[below(LANES * LANES)] = odd();
    if (below(4) == 0) {
        const unsigned e = below(LANES);
        for (unsigned i = 0; i < LANES; i++)
            g[e * LANES + i] = g[i * LANES + e] = odd();
    }
    for (unsigned i = 0; i < LANES * LANES; i++)
        if ((i / LANES >= width || i % LANES >= width) && below(2)) g[i] = odd();
    const bool calm = below(2);
    for (float &x : peak) {
        x = uniform() * (near ? 0x1p-7F : 1) * (calm || below(4) ? 0.5F : 1.5F);
        if (!calm && below(4) == 0) x = uniform() * 0.25F;
        if (below(calm ? 400 : 40) == 0) x = odd();
    }
    if (below(4) > 0) return;
    // at the limits of the judgement, or a step beside them
    const auto beside = [](float x) { return value(bits(x) + below(3) - 1); };
    for (unsigned i = 0; i < LANES; i++) {
        if (below(4) == 0) peak[i] = beside(below(2) ? 0x1p-7F : 0x1p-3F);
        if (below(2)) g[i * LANES + i] = below(2) ? 1 : beside(below(2) ? 0x1.FCp-1F : 0x1.02p0F);
        for (unsigned j = i + 1; j < LANES; j++)
            if (below(4) == 0) g[i * LANES + j] = (below(2) ? 1 : -1) * beside(0x1p-7F);
    }
}

bool picked(bench &b, unsigned good) {
    b.run(SCALAR_PICK_GOOD);
    unsigned kept = 0;
    for (unsigned e = 0; e < LANES; e++)
        kept += good >> e & 1;
    if (b.out.keep != good || b.out.kept != kept) return b.wrong("PICK_GOOD keeps others");
    for (unsigned i = 0; i < LANES; i++) {
        row want{};
        want[i] = static_cast<float>(good >> i & 1);
        if (!read_back(b, SCALAR_X + i, want.data(), false)) return b.wrong("PICK_GOOD is not the identity");
    }
    return true;
}

bool block(bench &b) {
    float g[LANES * LANES], inverse[LANES * LANES];
    row peak, floor{};
    const unsigned width = b.in.width = below(4) ? LANES : 1 + below(LANES), later = below(2);
    material(g, peak, width);
    write_matrix(b, SCALAR_G, g);
    b.write(SCALAR_PEAK, peak);
    b.run(later ? SCALAR_FLOORS_LATER : SCALAR_FLOORS_START);
    for (unsigned e = 0; e < width; e++)
        floor[e] = (later ? 0x1p-14F : 0x1p-16F) * g[e * LANES + e];
    if (!read_back(b, SCALAR_FLOOR, floor.data(), false)) return b.wrong("FLOORS");
    if (below(8) == 0) {
        floor = odd_row();
        b.write(SCALAR_FLOOR, floor);
    }
    b.run(SCALAR_JUDGE);
    const scalar_verdict verdict = scalar_judge(width, g, peak.data(), floor.data());
    if (b.out.good != verdict.good || b.out.any_far != verdict.far) return b.wrong("JUDGE is not scalar_judge()");
    if (below(4) == 0 && !picked(b, verdict.good)) return false;
    b.run(SCALAR_INVERT);
    const unsigned kept = scalar_inverse_root(width, g, floor.data(), inverse);
    if (b.out.kept != kept) return b.wrong("INVERT keeps others");
    for (unsigned i = 0; i < LANES; i++)
        if (!read_back(b, SCALAR_X + i, inverse + i * LANES, true))
            return b.wrong("INVERT is not scalar_inverse_root()");
    if (!read_back(b, SCALAR_FLOOR, floor.data(), true)) return b.wrong("INVERT: floor");
    for (unsigned i = 0; i < LANES; i++) { // not packed, dropped columns are +0
        const row x = b.read(SCALAR_X + i);
        for (unsigned e = 0; e < LANES; e++)
            if (!(b.out.keep >> e & 1) && bits(x[e]) != 0)
                return b.wrong("INVERT leaves something in a dropped column");
    }
    return b.fault.empty();
}

// ---- certificate.c

void random_edges(bench &b, float low, float high, bool strange) {
    b.in.edges = below(4) ? 16 : below(17);
    for (auto &edge : b.edge)
        for (auto &half : edge)
            for (uint32_t &x : half)
                x = bits(strange ? odd() : low + (high - low) * uniform());
}

void expected_sums(const bench &b, row &s0, row &s1) {
    s0 = s1 = row{};
    for (unsigned k = 0; k < b.in.edges; k++)
        for (unsigned e = 0; e < LANES; e++) {
            s0[e] += value(b.edge[k][0][e]);
            s1[e] += value(b.edge[k][1][e]);
        }
}

bool summed(bench &b, row &s0, row &s1) {
    b.run(SCALAR_SUM);
    expected_sums(b, s0, s1);
    return (read_back(b, SCALAR_S0, s0.data(), false) && read_back(b, SCALAR_S1, s1.data(), false)) || b.wrong("SUM");
}

float limit(const bench &b, const certificate &c) {
    const float tolerance = value(b.in.job_tolerance);
    return tolerance * tolerance * c.total;
}

bool kept_as(bench &b, const certificate &c, const char *what) {
    return (same(b.read(SCALAR_RESIDUAL)[0], c.residual) && same(b.read(SCALAR_CROSS)[0], c.cross) &&
            same(b.read(SCALAR_DECOMPOSED)[0], c.decomposed) && same(b.read(SCALAR_TOTAL)[0], c.total) &&
            same(b.read(SCALAR_TOLERATED)[0], limit(b, c))) ||
           b.wrong(what);
}

// With a tolerance near what is left, or what the rounding leaves
bool verdict(bench &b, certificate &c) {
    const float exact[] = {certificate_residual(&c), certificate_residual(&c) + certificate_bound(&c),
                           certificate_bound(&c), uniform() * c.decomposed};
    const float residual = c.residual;
    b.run(SCALAR_VERDICT);
    const auto agrees = [&](float l) {
        return b.out.reached == certificate_reached(&c, l) && b.out.noise == certificate_is_noise(&c) &&
               b.out.possible == certificate_possible(&c, l) &&
               b.out.residual_within == (certificate_residual(&c) <= l);
    };
    if (!agrees(limit(b, c)) || !same(residual, c.residual)) return b.wrong("VERDICT is not certificate.c's");
    const row before = b.read(SCALAR_TOLERATED);
    row other;
    other.fill(below(8) ? exact[below(4)] : odd());
    b.write(SCALAR_TOLERATED, other);
    b.run(SCALAR_VERDICT);
    if (!agrees(other[0])) return b.wrong("VERDICT is not certificate.c's");
    b.write(SCALAR_TOLERATED, before);
    if (below(2)) { // at the limit of noise, or a step beside it
        certificate at = c;
        row near;
        at.residual = value(bits(0x1.Ap-16F * c.decomposed - c.cross) + below(3) - 1);
        near.fill(at.residual);
        b.write(SCALAR_RESIDUAL, near);
        b.run(SCALAR_VERDICT);
        if (b.out.noise != certificate_is_noise(&at)) return b.wrong("VERDICT: noise");
        near.fill(residual);
        b.write(SCALAR_RESIDUAL, near);
    }
    b.run(SCALAR_RESULT);
    if (!same(value(b.out.certificate), certificate_relative(certificate_residual(&c), c.total)) ||
        !same(value(b.out.bound), certificate_relative(certificate_bound(&c), c.total)))
        return b.wrong("RESULT is not certificate.c's");
    return true;
}

bool totals(bench &b, certificate &c, bool strange) {
    row s0, s1;
    const float most = below(8) ? 100 : 0;
    random_edges(b, 0, most, strange && below(2));
    if (!strange)
        for (auto &edge : b.edge)
            for (unsigned e = 0; e < LANES; e++)
                edge[1][e] = bits(value(edge[0][e]) * (1 + 0x1p-10F * uniform()));
    if (!summed(b, s0, s1)) return false;
    b.in.job_tolerance = below(4) == 0 ? 0 : bits(below(4) ? uniform() : std::fabs(odd()));
    c = certificate{};
    for (unsigned e = 0; e < LANES; e++) {
        c.decomposed += s0[e];
        c.total += s1[e];
    }
    c.residual = c.decomposed;
    b.run(SCALAR_TOTALS);
    if (b.out.limited != (limit(b, c) > 0) || b.out.empty != (c.decomposed == 0) ||
        b.out.overflow != !std::isfinite(c.total))
        return b.wrong("TOTALS: flags");
    return kept_as(b, c, "TOTALS");
}

bool appended(bench &b, certificate &c, bool strange) {
    row squares, lost, norm, bound, unused;
    float g[LANES * LANES];
    const unsigned kept = below(3) ? LANES : below(LANES + 1);
    random_gram(g, LANES, LANES, true, 1);
    random_edges(b, 0, c.decomposed / 200, strange);
    for (auto &edge : b.edge)
        for (unsigned e = 0; e < LANES; e++)
            edge[1][e] = e < kept ? bits(strange ? odd() : (uniform() - 0.5F) * c.decomposed * 0x1p-12F) : 0,
            edge[0][e] = e < kept ? edge[0][e] : 0;
    if (!summed(b, squares, lost)) return false;
    b.run(SCALAR_NORMS);
    for (unsigned e = 0; e < LANES; e++)
        norm[e] = scalar_root(squares[e]);
    if (!read_back(b, SCALAR_SQUARES, squares.data(), false) || !read_back(b, SCALAR_LOST, lost.data(), false) ||
        !read_back(b, SCALAR_NORM, norm.data(), false))
        return b.wrong("NORMS");
    if (strange) g[below(LANES) * (LANES + 1)] = odd();
    for (unsigned e = kept; e < LANES; e++)
        if (below(2) || std::isnan(g[e * LANES + e]) || std::isinf(g[e * LANES + e])) g[e * LANES + e] = 0;
    write_matrix(b, SCALAR_G, g);
    random_edges(b, 0, 0x1p-6F, strange);
    for (auto &edge : b.edge)
        for (unsigned e = kept; e < LANES; e++)
            edge[0][e] = 0;
    if (!summed(b, bound, unused)) return false;
    b.run(SCALAR_APPEND);
    certificate_append(&c, kept, g, squares.data(), lost.data(), norm.data(), bound.data());
    return kept_as(b, c, "APPEND is not certificate_append()");
}

bool certify(bench &b) {
    certificate c;
    row sum, unused;
    const bool strange = below(4) == 0;
    b.in.width = below(LANES + 1);
    if (!totals(b, c, strange) || !verdict(b, c)) return false;
    for (unsigned blocks = below(4); blocks > 0; blocks--) {
        if (!appended(b, c, strange) || !verdict(b, c)) return false;
        random_edges(b, -1, 1, strange);
        if (!summed(b, sum, unused)) return false;
        b.run(SCALAR_SETTLE);
        certificate_settle(&c, sum.data());
        if (!kept_as(b, c, "SETTLE is not certificate_settle()") || !verdict(b, c)) return false;
    }
    b.in.job_tolerance = bits(uniform());
    c.residual = c.decomposed, c.cross = 0, c.pending = false;
    b.run(SCALAR_START);
    if (b.out.limited != (limit(b, c) > 0)) return b.wrong("START: limited");
    return kept_as(b, c, "START");
}

// ---- the numbers themselves, in double precision

// X^T G X is the identity: within what FP32 leaves at this condition. With a pivot dropped: of the columns kept.
std::string inverse_is_one() {
    double worst = 0;
    for (unsigned n = 0; n < 2000; n++) {
        float g[LANES * LANES], x[LANES * LANES];
        row floor{};
        const unsigned width = 1 + below(LANES), rank = below(2) ? width : 1 + below(width);
        random_gram(g, width, rank, false, std::ldexp(1.0F, static_cast<int>(below(20)) - 10));
        for (unsigned e = 0; e < width; e++)
            floor[e] = 0x1p-14F * g[e * LANES + e];
        const row first = floor;
        const unsigned kept = scalar_inverse_root(width, g, floor.data(), x);
        if (kept != rank) return std::to_string(kept) + " columns are kept of rank " + std::to_string(rank);
        double error = 0;
        for (unsigned i = 0; i < LANES; i++)
            for (unsigned j = 0; j < LANES; j++) {
                double sum = 0;
                for (unsigned k = 0; k < LANES; k++)
                    for (unsigned l = 0; l < LANES; l++)
                        sum += static_cast<double>(x[k * LANES + i]) * static_cast<double>(g[k * LANES + l]) *
                               static_cast<double>(x[l * LANES + j]);
                error = std::fmax(error, std::fabs(sum - (i == j && i < kept)));
            }
        worst = std::fmax(worst, error);
        // the first column is scaled alone, and so is its floor
        if (std::fabs(floor[0] * g[0] / first[0] - 1) > 0x1p-20F) return "the floor of the first column";
    }
    std::printf("# X^T G X off the identity by at most %.1e\n", worst);
    return worst < 1e-4 ? "" : "X^T G X is not the identity: " + std::to_string(worst);
}

std::string certificate_is_exact() {
    for (unsigned n = 0; n < 2000; n++) {
        certificate c{};
        float g[LANES * LANES];
        row squares, lost, norm, bound, sum;
        const unsigned kept = 1 + below(LANES);
        random_gram(g, LANES, LANES, true, 1);
        c.total = c.decomposed = c.residual = 100 * (1 + uniform());
        double residual = static_cast<double>(c.residual), cross = 0;
        for (unsigned e = 0; e < LANES; e++) {
            squares[e] = 10 * uniform(), lost[e] = (uniform() - 0.5F) * 0x1p-6F, norm[e] = scalar_root(squares[e]);
            bound[e] = uniform() * 0x1p-6F, sum[e] = uniform() - 0.5F;
            if (e >= kept) continue;
            const double p = static_cast<double>(squares[e]), d = static_cast<double>(g[e * LANES + e]);
            residual += (d - 1) * p - p - static_cast<double>(lost[e]);
            cross += static_cast<double>(bound[e]) * std::sqrt(p);
        }
        certificate_append(&c, kept, g, squares.data(), lost.data(), norm.data(), bound.data());
        if (std::fabs(static_cast<double>(c.residual) - residual) > 200 * 0x1p-20) return "the residual";
        if (!c.pending || static_cast<double>(c.cross) < cross || static_cast<double>(c.cross) > 1.02 * cross)
            return "the bound on what is pending";
        for (float x : sum)
            residual += static_cast<double>(x);
        certificate_settle(&c, sum.data());
        if (std::fabs(static_cast<double>(c.residual) - residual) > 200 * 0x1p-19 || c.cross != 0 || c.pending)
            return "the residual, settled";
    }
    const float infinite = value(0x7F800000), nan = value(0x7FC00000);
    const float want[][3] = {
        {1, 4, 0.5F}, {0, 4, 0},   {0, 0, 0},        {1, 0, 0},   {1, infinite, 1},         {infinite, 1, 1},
        {nan, 1, 1},  {1, nan, 1}, {0, infinite, 1}, {nan, 0, 1}, {0x1p-149F, 0x1p-149F, 1}};
    for (const auto &w : want)
        if (!same(certificate_relative(w[0], w[1]), w[2])) return "certificate_relative()";
    return "";
}

} // namespace

int main() {
    const uint64_t seed = environment("SEED", 1), blocks = environment("BLOCKS", 3000);
    const auto judge = [seed](const char *name, const std::string &fault) {
        report(name, fault.empty() ? fault : fault + "; again: SEED=" + std::to_string(seed) + " build/scalar/tb");
    };
    random_state = seed << 32;
    std::printf("# SEED=%llu\n", static_cast<unsigned long long>(seed));
    for (unsigned p = 0; p < SCALAR_PROGRAMS; p++)
        std::printf("# %s: %u clocks\n", names[p], scalar_clocks(static_cast<enum scalar_program>(p), 16));
    judge("scalar_inverse_root() against double precision", inverse_is_one());
    judge("certificate.c against double precision", certificate_is_exact());
    {
        bench b;
        b.in.rst = 1;
        b.clock(), b.clock();
        b.in.rst = 0;
        uint64_t kept[LANES + 1] = {}, good = 0, far = 0;
        for (uint64_t k = 0; k < blocks && b.fault.empty(); k++) {
            block(b);
            kept[b.out.kept]++, good += b.out.good == 255, far += b.out.any_far;
        }
        judge("Gram matrices: judged and inverted as scalar.c does", b.fault);
        std::printf("# all 8 good %llu, some far %llu; kept", static_cast<unsigned long long>(good),
                    static_cast<unsigned long long>(far));
        for (uint64_t n : kept)
            std::printf(" %llu", static_cast<unsigned long long>(n));
        std::printf("\n");
        for (uint64_t k = 0; k < blocks && b.fault.empty(); k++)
            certify(b);
        judge("certificates: as certificate.c keeps them", b.fault);
        std::printf("# %llu clocks compared\n", static_cast<unsigned long long>(b.clocks));
    }
    {
        bench b;
        for (uint64_t k = 0; k < blocks && b.fault.empty(); k++) {
            for (unsigned n = below(40); n > 0; n--)
                b.write(below(SCALAR_ROWS), odd_row());
            random_edges(b, 0, 1, true);
            b.in.edges = below(32), b.in.width = below(16), b.in.job_tolerance = bits(odd());
            if (b.in.edges > 16) b.in.edges = below(17);
            b.run(below(16), below(3) == 0);
        }
        judge("anything in the registers, resets within programs", b.fault);
    }
    std::printf("1..%u\n", cases);
    return failures ? 1 : 0;
}
