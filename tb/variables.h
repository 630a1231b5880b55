// variables.h - what is visible of a Verilated design: its registers and memories, by scope and name. C++ only.
// SPDX-License-Identifier: Apache-2.0
#ifndef DCOM_VARIABLES_H
#define DCOM_VARIABLES_H

#include <string>
#include <vector>

#include "dut.h"
#include "verilated.h"
#include "verilated_syms.h"

// The scopes below `top`, e.g. TOP.array, without it; "" for its own.
inline std::vector<std::string> visible_scopes(VerilatedContext &context, const std::string &top) {
    std::vector<std::string> scopes;
    for (const auto &entry : *context.scopeNameMap()) {
        const std::string name = entry.second->name();
        if (name == top) scopes.push_back("");
        if (name.compare(0, top.size() + 1, top + ".") == 0) scopes.push_back(name.substr(top.size() + 1));
    }
    return scopes;
}

// How many variables these scopes have; `list` gets as many as fit, with strings that live as long as scopes and
// design.
inline size_t visible_variables(const VerilatedContext &context, const std::string &top,
                                const std::vector<std::string> &scopes, dut_variable *list, size_t capacity) {
    size_t n = 0;
    for (const std::string &scope : scopes) {
        const VerilatedScope *s = context.scopeFind((scope.empty() ? top : top + "." + scope).c_str());
        if (!s || !s->varsp()) continue;
        for (const auto &entry : *s->varsp()) {
            const VerilatedVar &v = entry.second;
            if (n < capacity)
                list[n] = {scope.c_str(),
                           v.name(),
                           v.datap(),
                           static_cast<unsigned>(v.totalSize()),
                           static_cast<unsigned>(v.packed().elements()),
                           v.udims() ? static_cast<unsigned>(v.unpacked().elements()) : 1u};
            n++;
        }
    }
    return n;
}

#endif
