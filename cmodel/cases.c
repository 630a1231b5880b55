/* cases.c - a table of cases: what is decomposed, how, and why. SPDX-License-Identifier: Apache-2.0 */
#include "cases.h"
#include "hash.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_SEEDS = 1000000, MOST_SECONDS = 1000000, USUAL_LIMIT = 60 };

run_case case_usual(void) {
    char message[256];
    run_case c = {.run = {.parameters = dcom_defaults(), .config = "small"}, .stall_seed = 1, .limit = USUAL_LIMIT};
    dcom_config_named(c.run.config, &c.config, message);
    return c;
}

/* ---- a case ---- */

/* The strings that a case owns, "" where nothing is said. */
#define TEXTS(X) X(input) X(reason) X(expect) X(tags) X(features) X(geometry)

bool case_copy(run_case *to, const run_case *from) {
    bool good = true;
    *to = *from;
#define COPY(text) good &= (to->text = strdup(from->text ? from->text : "")) != NULL;
    TEXTS(COPY)
#undef COPY
    to->found = from->found ? strdup(from->found) : NULL;
    const size_t bytes = from->run.parameters.exact_token_count * sizeof(uint32_t);
    to->run.exact_tokens = bytes ? malloc(bytes) : NULL;
    if (to->run.exact_tokens) memcpy(to->run.exact_tokens, from->run.exact_tokens, bytes);
    to->run.parameters.exact_tokens = to->run.exact_tokens;
    return good && (!from->found || to->found) && (!bytes || to->run.exact_tokens);
}

void case_release(run_case *c) {
#define FREE(text) free(c->text);
    TEXTS(FREE)
#undef FREE
    free(c->found), free(c->run.exact_tokens);
    *c = (run_case){0};
}

/* Sets a text of the case: EXIT_GOOD, or EXIT_WRONG and `message`. */
static int set_text(char **to, const char *text, char message[256]) {
    free(*to);
    if ((*to = strdup(text))) return EXIT_GOOD;
    snprintf(message, 256, "out of memory");
    return EXIT_WRONG;
}

int case_set_input(run_case *c, const char *text, char message[256]) {
    c->generated = generate_is_call(text);
    if (c->generated && !generate_parse(text, &c->generator, message)) return EXIT_WRONG;
    return set_text(&c->input, text, message);
}

int case_matrix(const run_case *c, npy_matrix *a, char message[256]) {
    if (!c->generated) return npy_read(c->found ? c->found : c->input, a, message) ? EXIT_WRONG : EXIT_GOOD;
    *a = (npy_matrix){.rows = c->generator.rows, .columns = c->generator.columns};
    a->bits = malloc(a->rows * a->columns * sizeof *a->bits);
    if (a->bits && generate(&c->generator, c->run.parameters.seed, a->bits)) return EXIT_GOOD;
    npy_release(a);
    snprintf(message, 256, "out of memory");
    return EXIT_WRONG;
}

/* ---- what is expected ---- */

/* Whether `word` holds of r; -1: it is no word. */
static int holds(const char *word, const dcom_result *r) {
    unsigned number;
    char message[256];
    for (dcom_stop stop = DCOM_STOP_RANK; stop <= DCOM_STOP_OVERFLOW; stop++)
        if (strcmp(word, report_stop(stop)) == 0) return r->stop == stop;
    for (unsigned flag = DCOM_FLAG_OVERFLOW; flag <= DCOM_FLAG_UNCERTIFIED; flag <<= 1)
        if (strncmp(word, "flag-", 5) == 0 && strcmp(word + 5, report_flag(flag)) == 0) return (r->flags & flag) != 0;
    if (strcmp(word, "no-flags") == 0) return r->flags == 0;
    if (strcmp(word, "deflations") == 0) return r->deflations > 0;
    if (strcmp(word, "rounds") == 0) return r->rounds > 0;
    if (strncmp(word, "rank:", 5) == 0 && run_number("rank", word + 5, UINT16_MAX, &number, message))
        return r->rank == number;
    return -1;
}

/* The first word of the list for which `holds` gives `what`. */
static bool find_word(const char *list, const dcom_result *r, int what, char word[CASE_NAME]) {
    for (const char *at = list; *at;) {
        const size_t length = strcspn(at, ",");
        snprintf(word, CASE_NAME, "%.*s", (int)length, at);
        if (holds(word, r) == what) return true;
        at += length + (at[length] == ',');
    }
    return false;
}

const char *case_unmet(const run_case *c, const dcom_result *r, char word[CASE_NAME]) {
    return find_word(c->expect, r, 0, word) ? word : NULL;
}

/* ---- keys ---- */

static const char *const kinds[] = {"lockstep", "timed", "untimed", NULL},
                         *const tiers[] = {"short", "medium", "long", NULL}, *const answers[] = {"no", "yes", NULL};

const char *case_kind_name(case_kind kind) { return kinds[kind]; }
const char *case_tier_name(case_tier tier) { return tiers[tier]; }

/* Which of `words`; -1: none, and `message`. */
static int find(const char *key, const char *value, const char *const *words, char message[256]) {
    int n = snprintf(message, 256, "%s %.100s: not", key, value);
    for (int k = 0; words[k]; k++) {
        if (strcmp(words[k], value) == 0) return k;
        n += snprintf(message + n, 256 - (size_t)n, "%s %s", !k ? "" : words[k + 1] ? "," : " or", words[k]);
    }
    return -1;
}

static int set_expect(run_case *c, const char *value, char message[256]) {
    const dcom_result any = {0};
    char word[CASE_NAME];
    c->told = strcmp(value, "divergence") == 0;
    if (c->told) return set_text(&c->expect, "", message);
    if (!find_word(value, &any, -1, word)) return set_text(&c->expect, value, message);
    snprintf(message, 256, "expect %.100s: not a thing to expect", word);
    return EXIT_WRONG;
}

static int set_fault(case_fault *f, const char *value, char message[256]) {
    char rest;
    const size_t prefix = strlen("model:"); /* it may be one of the model */
    const char *name = strncmp(value, "model:", prefix) ? value : value + prefix, *colon = strchr(name, ':');
    if (!colon || (size_t)(colon - value) >= sizeof f->name ||
        sscanf(colon, ":%u:%u@%" SCNu64 "%c", &f->word, &f->bit, &f->clock, &rest) != 3 || colon == name) {
        snprintf(message, 256, "fault %.180s: not NAME:WORD:BIT@CLOCK", value);
        return EXIT_WRONG;
    }
    snprintf(f->name, sizeof f->name, "%.*s", (int)(colon - value), value);
    return EXIT_GOOD;
}

/* "a,b" */
static int set_list(const char *key, const char *value, char **to, char message[256]) {
    for (const char *at = value;; at++) {
        char word[CASE_NAME];
        const size_t length = strcspn(at, ",");
        snprintf(word, sizeof word, "%.*s", (int)length, at);
        if (length >= sizeof word || !case_is_name(word)) {
            snprintf(message, 256, "%s %.100s: not names of letters, digits, _ - . with commas between", key, value);
            return EXIT_WRONG;
        }
        if (!*(at += length)) return set_text(to, value, message);
    }
}

static int set_number(const char *key, const char *value, unsigned most, unsigned *number, char message[256]) {
    return run_number(key, value, most, number, message) ? EXIT_GOOD : EXIT_WRONG;
}

static int set_word(const char *key, const char *value, const char *const *words, int *to, char message[256]) {
    *to = find(key, value, words, message);
    return *to < 0 ? EXIT_WRONG : EXIT_GOOD;
}

int case_set(run_case *c, const char *key, const char *value, char message[256]) {
    int word = 0, status = run_set(&c->run, key, value, message);
    if (status == EXIT_GOOD && strcmp(key, "config") == 0) {
        c->run.config = NULL; /* `value` does not stay */
        return run_find_config(value, &c->config, message) ? EXIT_WRONG : set_text(&c->geometry, value, message);
    }
    if (status >= 0) return status;
    if (strcmp(key, "stall") == 0) {
        if (stall_profile_parse(value, &c->stall) == 0) return EXIT_GOOD;
        snprintf(message, 256, "stall %.100s: not none, light, heavy or four numbers 0..255", value);
        return EXIT_WRONG;
    }
    if (strcmp(key, "stall-seed") == 0) return set_number(key, value, UINT32_MAX, &c->stall_seed, message);
    if (strcmp(key, "limit") == 0) {
        status = set_number(key, value, MOST_SECONDS, &c->limit, message);
        if (status || c->limit) return status;
        snprintf(message, 256, "limit 0: no time");
        return EXIT_WRONG;
    }
    if (strcmp(key, "expect") == 0) return set_expect(c, value, message);
    if (strcmp(key, "fault") == 0) return set_fault(&c->fault, value, message);
    if (strcmp(key, "tags") == 0) return set_list(key, value, &c->tags, message);
    if (strcmp(key, "features") == 0) return set_list(key, value, &c->features, message);
    if (strcmp(key, "trace") == 0) {
        status = set_word(key, value, answers, &word, message);
        c->trace = word == 1;
    } else if (strcmp(key, "run") == 0) {
        status = set_word(key, value, kinds, &word, message);
        if (!status) c->kind = (case_kind)word;
    } else if (strcmp(key, "tier") == 0) {
        status = set_word(key, value, tiers, &word, message);
        if (!status) c->tier = (case_tier)word;
    }
    return status;
}

/* ---- a line ---- */

bool case_is_name(const char *name) {
    for (const char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("_-.", *c)) return false;
    return *name != '.' && *name && strlen(name) < CASE_NAME && !strstr(name, OUTPUT_TEMPORARY);
}

uint32_t case_draw(uint32_t seed, const char *name, unsigned k) {
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (const char *c = name; *c; c++)
        hash = (hash ^ (unsigned char)*c) * 16777619u;
    return hash3(seed, hash, k);
}

/* NAME INPUT KEY=VALUE ...; `seeds`: where the value of that key is left, NULL: there is no such key. */
static int read_words(char *words, run_case *c, const char **seeds, char message[256]) {
    enum { LONGEST = CASE_NAME - 12 }; /* what -SEED is put behind */
    char *word, *rest = words;
    unsigned number = 0;
    c->name[0] = 0;
    while ((word = strsep(&rest, " \t"))) {
        if (!*word) continue;
        char *value = strchr(word, '=');
        int status = EXIT_GOOD;
        if (number++ == 0) {
            if (!case_is_name(word) || strlen(word) > LONGEST) {
                snprintf(message, 256, "%.60s: not a name of at most %d letters, digits, _ - .", word, LONGEST);
                return EXIT_WRONG;
            }
            snprintf(c->name, sizeof c->name, "%s", word);
        } else if (number == 2) {
            status = case_set_input(c, word, message);
        } else if (!value) {
            snprintf(message, 256, "%.60s: not KEY=VALUE", word);
            status = EXIT_WRONG;
        } else {
            *value++ = 0;
            if (seeds && strcmp(word, "seeds") == 0)
                *seeds = value;
            else
                status = case_set(c, word, value, message);
            if (status < 0) snprintf(message, 256, "%.60s: no such key", word);
        }
        if (status) return EXIT_WRONG;
    }
    if (number >= 2 && (!c->told || c->fault.name[0])) return EXIT_GOOD;
    snprintf(message, 256, "%s: %s", c->name, number < 2 ? "no input" : "expects a divergence, but has no fault");
    return EXIT_WRONG;
}

/* The text behind " :", which is cut off; "": none. */
static char *cut_reason(char *line) {
    line[strcspn(line, "\r\n")] = 0;
    char *reason = strstr(line, " :");
    if (!reason) return line + strlen(line);
    *reason = 0, reason += 2;
    return reason + strspn(reason, " \t");
}

int case_read(const char *line, const run_case *usual, run_case *c, char message[256]) {
    char *words = strdup(line);
    int status = EXIT_WRONG;
    snprintf(message, 256, "out of memory");
    if (case_copy(c, usual) && words) {
        const char *reason = cut_reason(words);
        status = read_words(words, c, NULL, message);
        if (!status) status = set_text(&c->reason, reason, message);
    }
    free(words);
    char name[CASE_NAME];
    memcpy(name, c->name, sizeof name);
    if (status) case_release(c), memcpy(c->name, name, sizeof name);
    return status;
}

/* ---- seeds: A..B, A,B,... or draw:N ---- */

typedef struct {
    uint32_t *at;
    size_t count;
} seed_list;

static bool make_seeds(seed_list *l, size_t count, char message[256]) {
    l->at = malloc((count + 1) * sizeof *l->at);
    l->count = count;
    return l->at || (snprintf(message, 256, "out of memory"), false);
}

static int ascending(const void *a, const void *b) {
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static bool none_twice(const seed_list *l, char message[256]) {
    seed_list sorted;
    if (!make_seeds(&sorted, l->count, message)) return false;
    memcpy(sorted.at, l->at, l->count * sizeof *l->at);
    qsort(sorted.at, l->count, sizeof *l->at, ascending);
    size_t k = 1;
    while (k < l->count && sorted.at[k] != sorted.at[k - 1])
        k++;
    if (k < l->count) snprintf(message, 256, "seeds: %u is there twice", sorted.at[k]);
    free(sorted.at);
    return k >= l->count;
}

static bool read_seeds(const case_reading *how, const char *name, const char *value, seed_list *l,
                       char message[256]) {
    unsigned first = 0, last = 0;
    const char *dots = strstr(value, "..");
    if (strncmp(value, "draw:", 5) == 0) {
        if (!run_number("seeds", value + 5, MOST_SEEDS, &last, message)) return false;
        if (how->draws) last = how->draws;
        if (!make_seeds(l, last, message)) return false;
        for (unsigned k = 0; k < last; k++)
            l->at[k] = case_draw(how->seed, name, k);
    } else if (dots) {
        char begin[16];
        snprintf(begin, sizeof begin, "%.*s", (int)(dots - value), value);
        if (!run_number("seeds", begin, MOST_SEEDS, &first, message) ||
            !run_number("seeds", dots + 2, MOST_SEEDS, &last, message) ||
            !make_seeds(l, first <= last ? last - first + 1 : 0, message))
            return false;
        for (unsigned k = 0; k < l->count; k++)
            l->at[k] = first + k;
    } else {
        size_t count = 1, k = 0;
        for (const char *c = value; *c; c++)
            count += *c == ',';
        char *words = strdup(value), *rest = words, *word;
        bool good = make_seeds(l, count, message) && words;
        while (good && (word = strsep(&rest, ",")))
            good = run_number("seeds", word, UINT32_MAX, &l->at[k++], message);
        free(words);
        if (!good || !none_twice(l, message)) return false;
    }
    return l->count > 0 || (snprintf(message, 256, "seeds %.100s: none", value), false);
}

/* ---- a table ---- */

typedef struct {
    const char *path;
    unsigned line;
    const case_reading *how;
    case_list *list;
    size_t room;
} reader;

static int wrong(const reader *r, const char *message) {
    return command_error("%s:%u: %s", r->path, r->line, message);
}

/* Adds the case with this seed; `many`: it has others. */
static bool add(reader *r, const run_case *c, uint32_t seed, bool many) {
    case_list *list = r->list;
    if (list->count == r->room) {
        run_case *more = realloc(list->at, (r->room = 2 * r->room + 16) * sizeof *more);
        if (!more) return false;
        list->at = more;
    }
    run_case *to = &list->at[list->count++];
    if (!case_copy(to, c)) return false;
    to->line = r->line;
    to->run.parameters.seed = seed;
    if (many && !r->how->tests) snprintf(to->name, sizeof to->name, "%.*s-%04u", CASE_NAME - 12, c->name, seed);
    return true;
}

static int add_all(reader *r, const run_case *c, const char *seeds) {
    char message[256] = "out of memory";
    seed_list list = {0};
    const case_reading *how = r->how;
    bool good = true;
    if (how->with_reasons && !*c->reason)
        snprintf(message, sizeof message, "%s: no reason", c->name), good = false;
    else if (c->fault.name[0] && !how->tests)
        snprintf(message, sizeof message, "fault: golden vectors have none"), good = false;
    else if (!seeds)
        good = add(r, c, c->run.parameters.seed, false);
    else if ((good = read_seeds(how, c->name, seeds, &list, message)))
        for (size_t k = 0; k < list.count && good; k++)
            good = add(r, c, list.at[k], true);
    free(list.at);
    return good ? EXIT_GOOD : wrong(r, message);
}

static int read_line(reader *r, char *line) {
    char message[256] = "out of memory", *start = line + strspn(line, " \t");
    const char *seeds = NULL, *reason = cut_reason(start);
    run_case c;
    if (!*start || *start == '#') return EXIT_GOOD;
    const bool good = case_copy(&c, r->how->usual) && !read_words(start, &c, &seeds, message) &&
                      !set_text(&c.reason, reason, message);
    const int status = good ? add_all(r, &c, seeds) : wrong(r, message);
    case_release(&c);
    return status;
}

/* By name; cases of the same name in the order of their lines. */
static int by_name(const void *a, const void *b) {
    const run_case *x = *(const run_case *const *)a, *y = *(const run_case *const *)b;
    const int order = strcmp(x->name, y->name);
    return order ? order : (x->line > y->line) - (x->line < y->line);
}

static int check_names(const char *path, const case_reading *how, const case_list *list) {
    const run_case **sorted = malloc(list->count * sizeof *sorted + 1);
    int status = sorted ? EXIT_GOOD : command_error("out of memory");
    for (size_t k = 0; !status && k < list->count; k++)
        sorted[k] = &list->at[k];
    if (!status) qsort(sorted, list->count, sizeof *sorted, by_name);
    for (size_t k = 1; !status && k < list->count; k++)
        if (strcmp(sorted[k - 1]->name, sorted[k]->name) == 0 &&
            (!how->tests || sorted[k - 1]->line != sorted[k]->line))
            status = command_error("%s: two cases are called %s", path, sorted[k]->name);
    free(sorted);
    return status;
}

int cases_read(const char *path, const case_reading *how, case_list *list) {
    reader r = {.path = path, .how = how, .list = list};
    char *line = NULL;
    size_t size = 0;
    int status = EXIT_GOOD;
    *list = (case_list){0};
    errno = 0;
    FILE *file = fopen(path, "r");
    if (!file) return command_error("%s: %s", path, strerror(errno));
    while (!status && getline(&line, &size, file) >= 0) {
        r.line++;
        status = read_line(&r, line);
    }
    if (!status && ferror(file)) status = command_error("%s: %s", path, strerror(errno));
    if (!status && list->count == 0) status = command_error("%s: no case in it", path);
    if (!status) status = check_names(path, how, list);
    fclose(file);
    free(line);
    if (status) cases_release(list);
    return status;
}

void cases_release(case_list *list) {
    for (size_t k = 0; k < list->count; k++)
        case_release(&list->at[k]);
    free(list->at);
    *list = (case_list){0};
}

/* ---- a case as text ---- */

/* The fewest digits that are read as x again. */
static void put_double(FILE *f, double x) {
    char text[32];
    int digits = 1;
    while (snprintf(text, sizeof text, "%.*g", digits, x), digits < 17 && strtod(text, NULL) != x)
        digits++;
    fputs(text, f);
}

/* What differs from the usual, each behind a space under its name in `names`: the order of the enum. */
enum { RANK, EXPANSION, WARMUP, OUTLIERS, TOLERANCE, EXACT, SEED, STALL, STALL_SEED, EXPECT, FAULT, NAMES };

static void put_keys(FILE *f, const run_case *c, const char *const names[NAMES]) {
    const dcom_parameters *p = &c->run.parameters, usual = dcom_defaults();
    const stall_profile none = {0}, *s = &c->stall;
    if (c->run.rank_given) fprintf(f, " %s=%u", names[RANK], p->rank);
    if (p->expansion != usual.expansion) fprintf(f, " %s=%u", names[EXPANSION], p->expansion);
    if (p->warmup != usual.warmup) fprintf(f, " %s=%u", names[WARMUP], p->warmup);
    if (c->run.outliers_given) fprintf(f, " %s=%u", names[OUTLIERS], p->outliers);
    if (p->tolerance > 0) fprintf(f, " %s=", names[TOLERANCE]), put_double(f, p->tolerance);
    for (unsigned k = 0; k < p->exact_token_count; k++)
        fprintf(f, "%s%s%s%u", k ? "," : " ", k ? "" : names[EXACT], k ? "" : "=", p->exact_tokens[k]);
    fprintf(f, " %s=%u", names[SEED], p->seed);
    if (memcmp(s, &none, sizeof none) != 0) {
        char text[STALL_TEXT];
        stall_profile_text(s, text);
        fprintf(f, " %s=%s %s=%u", names[STALL], text, names[STALL_SEED], c->stall_seed);
    }
    if (c->told || (c->expect && *c->expect)) fprintf(f, " %s=%s", names[EXPECT], c->told ? "divergence" : c->expect);
}

static void put_fault(FILE *f, const case_fault *x) {
    fprintf(f, "%s:%u:%u@%" PRIu64, x->name, x->word, x->bit, x->clock);
}

static const char *geometry(const run_case *c) { return c->geometry && *c->geometry ? c->geometry : c->config.name; }

static void put_line(FILE *f, const run_case *c) {
    static const char *const names[NAMES] = {"rank",       "expansion",    "warmup", "outliers",
                                             "tolerance",  "exact-tokens", "seed",   "stall",
                                             "stall-seed", "expect",       "fault"};
    fprintf(f, "%s %s config=%s", c->name, c->input, geometry(c));
    put_keys(f, c, names);
    if (c->fault.name[0]) fprintf(f, " %s=", names[FAULT]), put_fault(f, &c->fault);
    if (c->kind != CASE_LOCKSTEP) fprintf(f, " run=%s", case_kind_name(c->kind));
}

static void put_make(FILE *f, const run_case *c) {
    static const char *const names[NAMES] = {"RANK",       "EXPANSION",    "WARMUP", "OUTLIERS",
                                             "TOLERANCE",  "EXACT_TOKENS", "SEED",   "STALL",
                                             "STALL_SEED", "EXPECT",       "FAULT"};
    fprintf(f, "make sim CONFIG=%s INPUT=", geometry(c));
    command_print_word(f, c->input);
    put_keys(f, c, names);
    if (c->fault.name[0]) fprintf(f, " %s='", names[FAULT]), put_fault(f, &c->fault), fputc('\'', f);
}

/* For what make sim has no words: other runs than the lockstep, a configuration in a file. */
static void put_worker(FILE *f, char *line, const run_case *c) {
    fprintf(f, "make -s sim-build CONFIG=%s && echo ", c->config.name);
    command_print_word(f, line);
    fprintf(f, " | build/%s/sim --worker --config ", c->config.name);
    command_print_word(f, geometry(c));
}

char *case_text(const run_case *c) {
    char *text = NULL;
    size_t size;
    FILE *f = open_memstream(&text, &size);
    if (!f) return NULL;
    put_line(f, c);
    if (fclose(f) == 0) return text; /* LCOV_EXCL_START else the C library itself had no memory */
    free(text);
    return NULL;
} /* LCOV_EXCL_STOP */

char *case_command(const run_case *c) {
    char *text = NULL, *line = case_text(c), message[256];
    size_t size;
    dcom_config named;
    FILE *f = line ? open_memstream(&text, &size) : NULL;
    if (f && c->kind == CASE_LOCKSTEP && !dcom_config_named(geometry(c), &named, message))
        put_make(f, c);
    else if (f)
        put_worker(f, line, c);
    free(line);
    if (f && fclose(f) == 0) return text; /* LCOV_EXCL_BR_LINE else the C library itself had no memory */
    free(text);
    return NULL;
}
