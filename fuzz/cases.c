/* cases.c - fuzz target: a table of cases. SPDX-License-Identifier: Apache-2.0 */
#include "cases.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

/* A table may ask for a million cases with each of its lines, and gets them: not here. */
static bool is_large(const char *text) {
    static const char *const many[] = {"..", "draw:"};
    for (unsigned k = 0; k < 2; k++)
        for (const char *at = text; (at = strstr(at, many[k])); at++)
            if (strspn(at + strlen(many[k]), "0123456789") > 3) return true;
    return false;
}

static void check_case(const run_case *c) {
    char message[256];
    generator g;
    FUZZ_CHECK(case_is_name(c->name) && c->input && c->reason && c->expect);
    FUZZ_CHECK(c->generated == generate_is_call(c->input));
    if (c->generated) FUZZ_CHECK(generate_parse(c->input, &g, message));
    for (unsigned k = 1; k < c->run.parameters.exact_token_count; k++)
        FUZZ_CHECK(c->run.parameters.exact_tokens[k] > c->run.parameters.exact_tokens[k - 1]);
}

/* The line that a worker gets is the case. */
static void check_line(const run_case *c, const run_case *usual) {
    char message[256], *line = case_text(c), *again = NULL;
    run_case copy;
    FUZZ_CHECK(line && case_read(line, usual, &copy, message) == EXIT_GOOD);
    again = case_text(&copy);
    FUZZ_CHECK(again && strcmp(line, again) == 0);
    case_release(&copy);
    free(line), free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const run_case usual = case_usual();
    char *text = fuzz_text(data, size);
    case_list list;
    if (!is_large(text))
        for (unsigned reasons = 0; reasons < 2; reasons++) {
            fuzz_listen();
            const case_reading how = {.usual = &usual, .with_reasons = reasons, .tests = reasons};
            const int status = cases_read(fuzz_file(data, size), &how, &list);
            fuzz_check_said(status);
            FUZZ_CHECK(status ? status == EXIT_WRONG && list.count == 0 : list.count > 0);
            for (size_t k = 0; k < list.count; k++)
                check_case(&list.at[k]), check_line(&list.at[k], &usual);
            cases_release(&list);
        }
    free(text);
    return 0;
}
