/* options.c - fuzz target: the options of a run, a line of the input each: whole words for the command's parser, and
 * the values alone for what parses numbers and lists. SPDX-License-Identifier: Apache-2.0 */
#include "command.h"
#include "fuzz.h"
#include "stall.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_WORDS = 32 };

static error_t parse(int key, char *argument, struct argp_state *state) {
    (void)argument;
    if (key != ARGP_KEY_INIT) return ARGP_ERR_UNKNOWN;
    state->child_inputs[0] = state->input;
    return 0;
}

static void check_values(const run_options *o) {
    const dcom_parameters *p = &o->parameters;
    FUZZ_CHECK(p->tolerance >= 0 && p->tolerance <= 1);
    FUZZ_CHECK(p->exact_tokens == o->exact_tokens && (p->exact_token_count == 0 || p->exact_tokens));
    for (unsigned k = 1; k < p->exact_token_count; k++)
        FUZZ_CHECK(p->exact_tokens[k] > p->exact_tokens[k - 1]);
}

static void parse_words(int count, char **words) {
    static const struct argp_child children[] = {{&run_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {NULL, parse, NULL, NULL, children, NULL, NULL};
    run_options o = {.parameters = dcom_defaults(), .config = "small"};
    fuzz_listen();
    const int status = command_parse(&argp, "fuzz", count, words, &o);
    fuzz_check_said(status > 0);
    FUZZ_CHECK(status == EXIT_GOOD || status == EXIT_WRONG || status == -1);
    if (!status) check_values(&o);
    free(o.exact_tokens);
}

static void parse_value(const char *value) {
    static const char *const names[] = {"exact-tokens", "tolerance", "rank", "seed", "no-such"};
    stall_profile s;
    if (!stall_profile_parse(value, &s))
        FUZZ_CHECK(s.command < 256 && s.write < 256 && s.vector < 256 && s.result < 256);
    for (unsigned k = 0; k < sizeof names / sizeof *names; k++) {
        char message[256] = "";
        run_options o = {.parameters = dcom_defaults()};
        const int status = run_set(&o, names[k], value, message);
        FUZZ_CHECK((status == EXIT_WRONG) == (strncmp(message, names[k], strlen(names[k])) == 0));
        if (!status) check_values(&o);
        free(o.exact_tokens);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *text = fuzz_text(data, size), *rest = text, *word, name[] = "dcom", *words[MOST_WORDS + 1] = {name};
    int count = 1;
    while (count < MOST_WORDS && (word = strsep(&rest, "\n"))) {
        parse_value(word);
        words[count++] = word;
    }
    parse_words(count, words);
    free(text);
    return 0;
}
