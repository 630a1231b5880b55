// dut_class.h - a Verilated design behind the C interface of dut.h. Included last by a file that has Verilator's
// class as `top_class`, its scope `top`, set_inputs(), settle() and get_outputs(). C++ only.
// SPDX-License-Identifier: Apache-2.0
#ifndef DCOM_DUT_CLASS_H
#define DCOM_DUT_CLASS_H

#include <cstring>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>
#include "verilated.h"
#if VM_COVERAGE
#include <cstdlib>
#include <ctime>
#include <unistd.h>
#endif
#if VM_TRACE
#include "verilated_fst_c.h"
#endif
#include "dut.h"
#include "variables.h"

struct dut {
    VerilatedContext context;
    std::unique_ptr<top_class> design;
    std::vector<std::string> scopes;
#if VM_TRACE
    std::unique_ptr<VerilatedFstC> wave;
#endif
};

// Registers, memories, what hangs on them, the clock as it was: all of it is in Verilator's symbol table, by value.
// What is no value in there (names, addresses) does not change while the design lives.
using symbols = std::remove_reference_t<decltype(*std::declval<top_class &>().rootp->vlSymsp)>;

#if VM_COVERAGE
// How often each point of coverage was seen, by all designs of this process. It is in the symbol table too.
static decltype(symbols::__Vcoverage) seen;
static_assert(sizeof seen[0] == sizeof(uint32_t), "counts are kept as words");

static void coverage_into(dut *d) {
    std::memcpy(static_cast<void *>(d->design->rootp->vlSymsp->__Vcoverage), static_cast<void *>(seen), sizeof seen);
}
static void coverage_out_of(const dut *d) {
    std::memcpy(static_cast<void *>(seen), static_cast<void *>(d->design->rootp->vlSymsp->__Vcoverage), sizeof seen);
}
#endif

dut *dut_open(void) {
    dut *d = new dut;
    // else Verilator starts threads that have nothing to do, and write as they begin what dut_close() writes
    d->context.threads(1);
#if VM_TRACE
    d->context.traceEverOn(true);
#endif
    d->design.reset(new top_class{&d->context});
    d->design->clk = 0;
    d->design->eval();
#if VM_COVERAGE
    coverage_into(d); // constants have come to their values, which is no change
#endif
    d->scopes = visible_scopes(d->context, top);
    return d;
}

void dut_close(dut *d) {
    dut_wave_close(d);
    d->design->final();
#if VM_COVERAGE
    // a file a process, into the folder that the environment names; what has been closed before is in it
    static const std::string name = std::to_string(getpid()) + "-" + std::to_string(std::time(nullptr)) + ".dat";
    coverage_out_of(d);
    if (const char *folder = std::getenv("DCOM_COVERAGE"))
        d->context.coveragep()->write((std::string(folder) + "/" + name).c_str());
#endif
    Verilated::threadContextp(&d->context); // which the destructor of the model asks for
    d->design.reset();
    delete d;
}

const char *dut_version(void) {
    static const std::string version = std::string(Verilated::productName()) + " " + Verilated::productVersion();
    return version.c_str();
}

uint32_t dut_config_id(const dut *d) {
    std::vector<dut_variable> variables(dut_variables(d, nullptr, 0));
    dut_variables(d, variables.data(), variables.size());
    uint32_t id = 0;
    for (const dut_variable &v : variables)
        if (!std::strcmp(v.name, "config_id")) std::memcpy(&id, v.data, sizeof id);
    return id;
}

void dut_step(dut *d, const void *in) {
    set_inputs(*d->design, in);
    for (unsigned char clk = 2; clk-- > 0;) {
        d->design->clk = clk;
        d->design->eval();
#if VM_TRACE
        if (d->wave) d->wave->dump(d->context.time());
        d->context.timeInc(1);
#endif
    }
}

void dut_settle(dut *d) { settle(*d->design); }

void dut_read(const dut *d, void *out) { get_outputs(*d->design, out); }

size_t dut_variables(const dut *d, dut_variable *list, size_t capacity) {
    return visible_variables(d->context, top, d->scopes, list, capacity);
}

size_t dut_bytes(const dut *) { return sizeof(symbols); }

void dut_save(const dut *d, void *snapshot) {
    std::memcpy(snapshot, static_cast<const void *>(d->design->rootp->vlSymsp), sizeof(symbols));
}

void dut_restore(dut *d, const void *snapshot) {
#if VM_COVERAGE
    coverage_out_of(d);
#endif
    std::memcpy(static_cast<void *>(d->design->rootp->vlSymsp), snapshot, sizeof(symbols));
#if VM_COVERAGE
    coverage_into(d);
#endif
}

int dut_wave_open(dut *d, const char *path) {
#if VM_TRACE
    d->wave.reset(new VerilatedFstC);
    d->design->trace(d->wave.get(), 99);
    d->wave->open(path);
    return d->wave->isOpen();
#else
    (void)d, (void)path;
    return 0;
#endif
}

void dut_wave_close(dut *d) {
#if VM_TRACE
    if (d->wave) d->wave->close();
    d->wave.reset();
#else
    (void)d;
#endif
}

#endif
