// unit_bench.h - what the benches of one module share: TAP, the environment, random numbers, and the registers of the
// RTL bound by name to the fields of the twin. SPDX-License-Identifier: Apache-2.0
#ifndef DCOM_TESTS_UNIT_BENCH_H
#define DCOM_TESTS_UNIT_BENCH_H

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "../tb/variables.h"

// ---- TAP

inline unsigned cases, failures;

// A case, good if there is no fault.
inline void report(const std::string &name, const std::string &fault) {
    failures += !fault.empty();
    std::printf("%sok %u - %s\n", fault.empty() ? "" : "not ", ++cases, name.c_str());
    if (!fault.empty()) std::printf("# %s\n", fault.c_str());
}

inline uint64_t environment(const char *name, uint64_t otherwise) {
    const char *text = std::getenv(name);
    return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

// ---- random numbers: splitmix64

inline uint64_t random_state;

inline uint32_t random_bits() {
    uint64_t x = random_state += 0x9E3779B97F4A7C15;
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9;
    x = (x ^ x >> 27) * 0x94D049BB133111EB;
    return static_cast<uint32_t>((x ^ x >> 31) >> 32);
}
inline uint32_t below(uint32_t n) { return static_cast<uint32_t>(static_cast<uint64_t>(random_bits()) * n >> 32); }

// ---- registers and memories, on both sides

struct binding {
    const char *scope, *name;
    const void *model;
    size_t bytes, least; // of the field; at least, in the RTL
    const void *rtl = nullptr;
    size_t rtl_bytes = 0;

    std::string title() const { return std::string(scope) + (*scope ? "." : "") + name; }
};

// Finds each register and memory below `top` its field. What is wrong with the correspondence, or nothing.
inline std::string bind_all(std::vector<binding> &list, VerilatedContext &context, const std::string &top) {
    const std::vector<std::string> scopes = visible_scopes(context, top);
    std::vector<dut_variable> variables(visible_variables(context, top, scopes, nullptr, 0));
    visible_variables(context, top, scopes, variables.data(), variables.size());
    for (const dut_variable &v : variables) {
        const std::string name = v.name;
        if (name != "mem" && (name.size() < 2 || name.compare(name.size() - 2, 2, "_q") != 0)) continue;
        size_t k = 0;
        while (k < list.size() && (name != list[k].name || std::strcmp(v.scope, list[k].scope) != 0))
            k++;
        if (k == list.size()) return name + " in \"" + v.scope + "\" has no twin";
        binding &b = list[k];
        if (v.bytes < b.least || v.bytes > b.bytes)
            return b.title() + ": " + std::to_string(b.bytes) + " bytes, " + std::to_string(v.bytes) + " in the RTL";
        b.rtl = v.data, b.rtl_bytes = v.bytes;
    }
    for (const binding &b : list)
        if (!b.rtl) return b.title() + " is not in the RTL";
    return "";
}

// The first that differs, or nothing. Bytes that only the model has are 0.
inline std::string difference(const std::vector<binding> &list) {
    for (const binding &b : list) {
        const auto *m = static_cast<const uint8_t *>(b.model), *r = static_cast<const uint8_t *>(b.rtl);
        if (std::memcmp(m, r, b.rtl_bytes) == 0) {
            size_t k = b.rtl_bytes;
            while (k < b.bytes && m[k] == 0)
                k++;
            if (k == b.bytes) continue;
            return b.title() + ": byte " + std::to_string(k) + " is not 0 in the model";
        }
        size_t k = 0;
        while (m[k] == r[k])
            k++;
        char text[64];
        std::snprintf(text, sizeof text, ": byte %zu: model %02x, rtl %02x", k, m[k], r[k]);
        return b.title() + text;
    }
    return "";
}

#endif
