// scalar_alu_tb.cpp - scalar_alu.v beside its twin: every register and in_ready on every clock, and every result on
// the clock on which it is due against fp32.h, which test_fp32.c compares with MPFR on the same hard pairs.
// Prints TAP. SEED=N in the environment repeats a run; VECTORS=N is the number of operations.
// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include "Vscalar_alu.h"
#include "fp_vectors.h"
#include "unit_bench.h"
extern "C" {
#include "fp32.h"
#include "scalar_alu.h"
}

namespace {

// Anything; near 1, short or long; the ends of the range; special values
uint32_t random_operand() {
    static const uint32_t special[] = {0,          1,          0x7FFFFF,   0x800000,   0x7F7FFFFF,
                                       0x7F800000, 0x7F800001, 0x7FC00000, 0x3F800000, 0x7FFFFFFF};
    const uint32_t r = random_bits(), fraction = r & 64 ? r >> 9 : r >> 9 & 0x7C0000;
    switch (r & 7) {
    case 0:
        return special[below(10)] | (r >> 3 & 1) << 31;
    case 1:
        return (r >> 3 & 1) << 31 | fraction >> below(23);
    case 2:
        return (r >> 3 & 1) << 31 | (below(20) + 236) << 23 | fraction;
    case 3:
    case 4:
        return (r >> 3 & 1) << 31 | (below(28) + 113) << 23 | fraction;
    default:
        return random_bits();
    }
}

uint32_t expected(unsigned op, uint32_t a, uint32_t b) {
    switch (op) {
    case SCALAR_ADD:
        return fp32_add(a, b);
    case SCALAR_SUB:
        return fp32_sub(a, b);
    case SCALAR_MUL:
        return fp32_mul(a, b);
    case SCALAR_DIV:
        return fp32_div(a, b);
    default:
        return fp32_sqrt(a);
    }
}

// ---- registers: of one name and one size on both sides

std::vector<binding> model_registers(const scalar_alu &s) {
#define REGISTER(name)                                                                                               \
    { "", #name, &s.name, sizeof s.name, sizeof s.name }
    return {REGISTER(align_q),
            REGISTER(align_tag_q),
            REGISTER(a_q),
            REGISTER(b_q),
            REGISTER(exponent_q),
            REGISTER(round_q),
            REGISTER(round_tag_q),
            REGISTER(sum_q),
            REGISTER(sum_exponent_q),
            REGISTER(out_valid_q),
            REGISTER(out_tag_q),
            REGISTER(result_q),
            REGISTER(iter_busy_q),
            REGISTER(iter_root_q),
            REGISTER(iter_sign_q),
            REGISTER(iter_hold_tag_q),
            REGISTER(iter_exponent_q),
            REGISTER(iter_divisor_q),
            REGISTER(iter_quotient_q),
            REGISTER(iter_remainder_q),
            REGISTER(iter_place_q),
            REGISTER(iter_valid_q),
            REGISTER(iter_tag_q),
            REGISTER(iter_result_q)};
#undef REGISTER
}

// ---- what is due: by the clock after which a result is to be seen

struct due {
    bool valid;
    uint8_t op, tag;
    uint32_t a, b;
};

struct bench {
    VerilatedContext context;
    std::unique_ptr<Vscalar_alu> rtl;
    scalar_alu model;
    std::vector<binding> registers;
    due pipeline[16], iter[16];
    uint64_t clock, free_at; // when a divide or root is accepted again
    uint64_t operations[8], hard[VECTOR_FAMILIES][SCALAR_SQRT + 1], both, refused, resets, dropped;
    std::string fault;

    bench()
        : rtl(new Vscalar_alu{&context}), model(), pipeline(), iter(), clock(), free_at(), operations(), hard(),
          both(), refused(), resets(), dropped() {
        rtl->clk = 0;
        rtl->eval();
        registers = model_registers(model);
        fault = bind_all(registers, context, "TOP.scalar_alu");
    }
    void drive(const scalar_alu_in &in);
    bool step(const scalar_alu_in &in);
    void check_result(const char *port, due &d, unsigned valid, uint32_t result, unsigned tag);
    void run(uint64_t count);
};

void bench::check_result(const char *port, due &d, unsigned valid, uint32_t result, unsigned tag) {
    char text[200];
    const uint32_t want = d.valid ? expected(d.op, d.a, d.b) : 0;
    if (valid != d.valid)
        std::snprintf(text, sizeof text, "%s_valid is %u", port, valid);
    else if (d.valid && (result != want || tag != d.tag))
        std::snprintf(text, sizeof text, "%s: operation %u of %08x, %08x: %08x, tag %02x, not %08x, tag %02x", port,
                      d.op, d.a, d.b, result, tag, want, d.tag);
    else
        text[0] = 0;
    if (fault.empty()) fault = text;
    d.valid = false;
}

void bench::drive(const scalar_alu_in &in) {
    rtl->rst = in.rst, rtl->in_valid = in.valid, rtl->op = in.op;
    rtl->a = in.a, rtl->b = in.b, rtl->tag = in.tag;
    rtl->clk = 0;
    rtl->eval();
}

// One clock; was the operation accepted
bool bench::step(const scalar_alu_in &in) {
    const bool iterative = in.op >= SCALAR_DIV, ready = !iterative || clock >= free_at;
    drive(in);
    if (rtl->in_ready != ready || scalar_alu_ready(&model, in.op) != ready) fault = "in_ready is wrong";
    const bool accepted = in.valid && ready;
    if (in.rst) {
        for (unsigned k = 0; k < 16; k++) {
            dropped += pipeline[k].valid + iter[k].valid;
            pipeline[k].valid = iter[k].valid = false;
        }
        free_at = clock + 1;
    } else if (accepted) {
        const unsigned clocks = iterative ? SCALAR_ITER_CLOCKS : SCALAR_CLOCKS;
        (iterative ? iter : pipeline)[(clock + clocks - 1) % 16] = {true, in.op, in.tag, in.a, in.b};
        if (iterative) free_at = clock + clocks - 1;
    }
    scalar_alu_step(&model, &in);
    rtl->clk = 1;
    rtl->eval();
    if (fault.empty()) fault = difference(registers);
    both += rtl->out_valid && rtl->iter_valid;
    check_result("out", pipeline[clock % 16], rtl->out_valid, rtl->out_result, rtl->out_tag);
    check_result("iter", iter[clock % 16], rtl->iter_valid, rtl->iter_result, rtl->iter_tag);
    clock++;
    return accepted;
}

// Phases of some hundred clocks, each with its own gaps and mix of operations; a reset now and then. Of the operands
// one half is as random_operand() has them, one half of the families of fp_vectors.h in turn.
void bench::run(uint64_t count) {
    vector_source source = vector_open(random_state, 80);
    unsigned family = VECTOR_FAMILIES, turn = 0; // of the operation that waits; VECTOR_FAMILIES: of none
    scalar_alu_in in = {};
    in.rst = 1;
    step(in);
    unsigned gaps = 0, mix = 0;
    for (uint64_t done = 0; done < count && fault.empty();) {
        if (below(256) == 0) gaps = below(3) * 100, mix = below(4);
        in.rst = below(4096) == 0;
        resets += in.rst;
        if (!in.valid || below(64) == 0) { // a waiting operation stays, or is withdrawn
            in.valid = below(256) >= gaps;
            in.op = static_cast<uint8_t>(mix == 0   ? below(8)
                                         : mix == 1 ? below(3)
                                         : mix == 2 ? 3 + below(2)
                                                    : (below(16) ? below(3) : 3 + below(2)));
            in.a = random_operand();
            in.b = below(8) ? random_operand() : in.a ^ below(4) ^ below(2) << 31;
            family = VECTOR_FAMILIES;
            if (below(2)) {
                family = turn++ % VECTOR_FAMILIES;
                const vector_pair p =
                    vector_hard(&source, static_cast<vector_family>(family), turn / VECTOR_FAMILIES);
                in.a = p.a, in.b = p.b;
            }
            in.tag = static_cast<uint8_t>(random_bits());
        }
        if (step(in)) {
            operations[in.op] += !in.rst;
            if (family < VECTOR_FAMILIES) hard[family][in.op > SCALAR_SQRT ? SCALAR_SQRT : in.op] += !in.rst;
            done += !in.rst;
            in.valid = 0;
        } else
            refused += in.valid;
    }
    in = {};
    for (unsigned k = 0; k < 16 && fault.empty(); k++)
        step(in);
}

} // namespace

int main() {
    const uint64_t seed = environment("SEED", 1), count = environment("VECTORS", 3000000);
    random_state = seed << 32;

    bench b;
    report("every register of the RTL has one of the model", b.fault);
    if (b.fault.empty()) {
        b.run(count);
        if (!b.fault.empty())
            b.fault = "SEED=" + std::to_string(seed) + ", clock " + std::to_string(b.clock) + ": " + b.fault;
        report("registers are equal on every clock, results right and in time", b.fault);
        std::string missed;
        for (unsigned op = 0; op < 8; op++)
            if (b.operations[op] == 0) missed = "no operation " + std::to_string(op);
        for (unsigned f = 0; f < VECTOR_FAMILIES; f++)
            for (unsigned op = 0; op <= SCALAR_SQRT; op++)
                if (b.hard[f][op] == 0)
                    missed += std::string(" no operation ") + std::to_string(op) + " of: " + vector_families[f];
        if (!b.both || !b.refused || !b.resets || !b.dropped) missed += " no two results at once, wait or reset";
        if (b.fault.empty())
            report("all operations, of every family, two results at once, waits and resets were met", missed);
        for (unsigned f = 0; f < VECTOR_FAMILIES; f++)
            std::printf("# add %llu, subtract %llu, multiply %llu, divide %llu, root %llu: %s\n",
                        static_cast<unsigned long long>(b.hard[f][SCALAR_ADD]),
                        static_cast<unsigned long long>(b.hard[f][SCALAR_SUB]),
                        static_cast<unsigned long long>(b.hard[f][SCALAR_MUL]),
                        static_cast<unsigned long long>(b.hard[f][SCALAR_DIV]),
                        static_cast<unsigned long long>(b.hard[f][SCALAR_SQRT]), vector_families[f]);
        std::printf(
            "# SEED=%llu VECTORS=%llu: %zu registers on %llu clocks; %llu waits, %llu resets, twice %llu results\n",
            static_cast<unsigned long long>(seed), static_cast<unsigned long long>(count), b.registers.size(),
            static_cast<unsigned long long>(b.clock), static_cast<unsigned long long>(b.refused),
            static_cast<unsigned long long>(b.resets), static_cast<unsigned long long>(b.both));
    }
    b.rtl->final();
    std::printf("1..%u\n", cases);
    return failures != 0;
}
