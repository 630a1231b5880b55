/* faults.c - a campaign of planted faults. SPDX-License-Identifier: Apache-2.0
 *
 * A clean run is recorded: what the RTL holds and shows after every clock. Then a job runs it once more, model and
 * RTL in lockstep under their host, and before a clock with a fault it forks two processes that go on from there: one
 * in lockstep, as `sim --exact --fault` is: what is told, and when; one with the faulty side alone, which answers its
 * own host to the end: it is compared with the record by memcmp on every clock, which is the oracle; and what comes
 * out in the end is compared with what should. Some faults are planted from the start once more, on two threads with
 * fingerprints. */
#include "faults.h"
#include "hash.h"
#include "stimulus.h"

#include <fnmatch.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

typedef enum { REGISTER, MEMORY, OUTPUT, INPUT, PLACES } place;
static const char *const place_name[2][PLACES] = {
    [FINGERPRINT_MODEL] = {"model registers", "model memories", "model outputs", "model inputs"},
    [FINGERPRINT_RTL] = {"RTL registers", "RTL memories", "RTL outputs", "RTL inputs"}};

/* What can have a fault, and but for an input, what can differ. */
typedef struct {
    char name[160];
    place place;
    const uint8_t *at[2]; /* by fingerprint_side */
    size_t bytes, offset; /* offset: in a row of the record, or in its image of the memories */
    unsigned word_bytes;
    unsigned entries, bits; /* bits there are in an entry */
    size_t rank;            /* in the table; the first that differs is the one to be told */
    bool drawn;             /* may have a fault: --fault-names */
} thing;

typedef struct {
    uint64_t clock; /* 0: none */
    unsigned thing, word;
    char name[160];
} finding;

typedef enum { LOST, SAME, CHANGED, STUCK } outcome; /* LOST: the process died before it could say */

typedef struct {
    fingerprint_side side;
    unsigned thing, word, bit;
    uint64_t clock;
    finding seen, told; /* by the oracle; by the lockstep */
    outcome outcome;    /* of the faulty side alone */
    bool answered;      /* the lockstep's process did */
    bool parallel, parallel_answered;
    uint64_t parallel_clock; /* on which it was told; 0: not at all */
} fault;

typedef enum { RECORD, WARM, TOLD, ALONE } role;

typedef struct {
    const sim_options *o;
    const dcom_config *config;
    const npy_matrix *a;
    dcom_parameters parameters;
    lockstep lockstep;
    role role;
    /* what there is */
    thing *things;
    size_t thing_count, unused;
    uint64_t bits[PLACES];
    /* the record */
    uint8_t *rows, *images; /* of registers and outputs, a clock each; of memories, a moment each and the end */
    size_t row_bytes, image_bytes;
    uint64_t clocks, row_capacity, image_count, image_capacity;
    bool full; /* out of memory */
    char result[320];
    uint64_t result_beats;
    /* of a run under way */
    uint64_t beats;
    unsigned was_busy;
    uint64_t compared_clock, moments;
    fault *current;
    /* the campaign */
    fault *faults; /* shared with all processes; by clock */
    _Atomic unsigned *done;
    unsigned next, job;
    /* the sweep */
    uint64_t sweeps, swept_bits, swept_words, lines, instances;
    char wrong[256];
} campaign;

/* ---- what there is ---- */

static thing *add_thing(campaign *c, const char *scope, const char *name) {
    thing *t = &c->things[c->thing_count++];
    snprintf(t->name, sizeof t->name, "%s%s%s", scope, scope[0] ? "." : "", name);
    return t;
}

static bool is_storage(const char *name) {
    const size_t n = strlen(name);
    return (n > 2 && !strcmp(name + n - 2, "_q")) || !strcmp(name, "mem");
}

/* Where a line of the table stands; registers and outputs before memories. */
static size_t rank_of(const correspondence *table, const comparator_pair *p) {
    const comparator *r = &table->registers, *m = &table->memories;
    return p >= r->pairs && p < r->pairs + r->count ? (size_t)(p - r->pairs) : r->count + (size_t)(p - m->pairs);
}

static void place_thing(campaign *c, thing *t) {
    size_t *bytes = t->place == MEMORY ? &c->image_bytes : &c->row_bytes;
    if (t->place != INPUT) t->offset = *bytes, *bytes += t->bytes;
    t->drawn = !c->o->faults.names || fnmatch(c->o->faults.names, t->name, 0) == 0;
    if (t->drawn) c->bits[t->place] += (uint64_t)t->entries * t->bits;
}

static void add_ports(campaign *c) {
    const lockstep *l = &c->lockstep;
    for (const design_port *p = l->design->ports; p->name; p++) {
        thing *t = add_thing(c, "", p->name);
        t->place = p->input ? INPUT : OUTPUT;
        t->bytes = p->bytes;
        t->word_bytes = p->bytes < 4 ? (unsigned)p->bytes : 4;
        t->entries = 1;
        t->bits = p->input && p->bits > 64 ? p->bits * c->config->cluster_columns : p->bits;
        if (!p->input) {
            const comparator_pair *pair = correspondence_find(&l->table, t->name);
            for (int k = 0; k < 2; k++)
                t->at[k] = (const uint8_t *)l->side[k].out + p->offset;
            t->word_bytes = correspondence_word_bytes(pair);
            t->rank = rank_of(&l->table, pair);
        }
        place_thing(c, t);
    }
}

/* All registers and memories that Verilator shows; the model's twin is what the table has for that name. */
static bool find_things(campaign *c) {
    const lockstep *l = &c->lockstep;
    const size_t count = dut_variables(l->rtl, NULL, 0);
    dut_variable *v = malloc((count + 1) * sizeof *v);
    size_t ports = 0;
    while (l->design->ports[ports].name)
        ports++;
    c->things = calloc(count + ports, sizeof *c->things);
    if (!v || !c->things) return free(v), false;
    dut_variables(l->rtl, v, count);
    for (size_t k = 0; k < count; k++) {
        if (!is_storage(v[k].name)) continue;
        thing *t = add_thing(c, v[k].scope, v[k].name);
        const comparator_pair *p = correspondence_find(&l->table, t->name);
        if (!p) { /* of another depth of the MAC pipeline: nothing reads it */
            c->thing_count--, c->unused++;
            continue;
        }
        t->place = strcmp(v[k].name, "mem") ? REGISTER : MEMORY;
        t->at[FINGERPRINT_RTL] = v[k].data;
        t->at[FINGERPRINT_MODEL] = p->model;
        t->bytes = v[k].bytes;
        t->entries = v[k].entries, t->bits = v[k].bits;
        t->word_bytes = correspondence_word_bytes(p);
        t->rank = rank_of(&l->table, p);
        place_thing(c, t);
    }
    free(v);
    add_ports(c);
    return true;
}

/* ---- the record, and the oracle ---- */

/* Room for one more, of `bytes` each. */
static bool grow(uint8_t **list, uint64_t count, uint64_t *capacity, size_t bytes) {
    if (count < *capacity) return true;
    const uint64_t more = *capacity ? 2 * *capacity : 64;
    uint8_t *to = realloc(*list, more * bytes);
    if (!to) return false;
    *list = to, *capacity = more;
    return true;
}

static void keep(const campaign *c, bool memories, uint8_t *to) {
    for (const thing *t = c->things; t < c->things + c->thing_count; t++)
        if (t->place != INPUT && (t->place == MEMORY) == memories)
            memcpy(to + t->offset, t->at[FINGERPRINT_RTL], t->bytes);
}

static void record_memories(campaign *c) {
    if (!grow(&c->images, c->image_count, &c->image_capacity, c->image_bytes))
        c->full = true;
    else
        keep(c, true, c->images + c->image_count++ * c->image_bytes);
}

static void record(campaign *c, bool moment) {
    if (!grow(&c->rows, c->clocks, &c->row_capacity, c->row_bytes))
        c->full = true;
    else
        keep(c, false, c->rows + c->clocks++ * c->row_bytes);
    if (moment) record_memories(c);
}

/* When memories are compared, of this side's own signals: docs/lockstep.md, "What". */
static bool is_moment(campaign *c, fingerprint_side side) {
    const lockstep *l = &c->lockstep;
    unsigned busy = 0;
    for (unsigned k = 0; k < MOMENTS && l->side[side].moment[k]; k++)
        busy |= (unsigned)(*l->side[side].moment[k] != 0) << k;
    const bool fell = c->was_busy & ~busy;
    c->was_busy = busy;
    if (!fell || l->clocks - c->compared_clock < l->design->spacing * (c->image_bytes / 2048)) return false;
    c->compared_clock = l->clocks;
    c->moments++;
    return true;
}

/* The first thing of the table that is not as in `was`. */
static void look(const campaign *c, fingerprint_side side, bool memories, const uint8_t *was, finding *f) {
    const thing *first = NULL;
    for (const thing *t = c->things; t < c->things + c->thing_count; t++)
        if (t->place != INPUT && (t->place == MEMORY) == memories && (!first || t->rank < first->rank) &&
            memcmp(t->at[side], was + t->offset, t->bytes))
            first = t;
    if (!first) return;
    size_t byte = 0;
    while (first->at[side][byte] == was[first->offset + byte])
        byte++;
    f->word = (unsigned)(byte / first->word_bytes);
    memcpy(f->name, first->name, sizeof f->name);
    f->clock = c->lockstep.clocks;
}

static void observe(campaign *c, bool moment) {
    finding *seen = &c->current->seen;
    const uint64_t n = c->lockstep.clocks;
    if (!seen->clock && n <= c->clocks) look(c, c->current->side, false, c->rows + (n - 1) * c->row_bytes, seen);
    if (!seen->clock && moment && c->moments < c->image_count)
        look(c, c->current->side, true, c->images + (c->moments - 1) * c->image_bytes, seen);
}

/* ---- each bit of each line, turned over and back ---- */

static bool told_as(campaign *c, const comparator *set, const comparator_pair *p, unsigned side, size_t byte,
                    unsigned bit, const fingerprint *clean) {
    uint8_t *at = (uint8_t *)(uintptr_t)(side == FINGERPRINT_RTL ? p->rtl : p->model) + byte;
    *at ^= (uint8_t)(1u << bit);
    const comparator_pair *told = comparator_check_part(set, 0, 1);
    const unsigned word = told ? correspondence_word(told) : 0;
    bool good = told == p && word == byte / correspondence_word_bytes(p);
    if (clean) {
        const fingerprint now = fingerprint_of(c->lockstep.plan, side);
        good &= memcmp(&now, clean, sizeof now) != 0;
    }
    *at ^= (uint8_t)(1u << bit);
    char name[160], other[160] = "nothing";
    if (!good) {
        if (told) correspondence_name(&c->lockstep.table, told, other);
        snprintf(c->wrong, sizeof c->wrong, "clock %" PRIu64 ", %s: bit %u of byte %zu of %.90s is told as %.90s[%u]",
                 c->lockstep.clocks, side == FINGERPRINT_RTL ? "RTL" : "model", bit, byte,
                 correspondence_name(&c->lockstep.table, p, name), other, word);
    }
    return good;
}

static bool sweep_registers(campaign *c) {
    const comparator *set = &c->lockstep.table.registers;
    for (unsigned side = 0; side < 2; side++) {
        const fingerprint clean = fingerprint_of(c->lockstep.plan, side);
        for (const comparator_pair *p = set->pairs; p < set->pairs + set->count; p++)
            for (size_t bit = 0; bit < 8 * p->bytes; bit++, c->swept_bits++)
                if (!told_as(c, set, p, side, bit / 8, bit % 8, &clean)) return false;
    }
    return true;
}

/* A bit of each word; of large memories the first word, the last, and some between. */
static bool sweep_memories(campaign *c) {
    enum { ALL = 4096, SOME = 256 };
    const comparator *set = &c->lockstep.table.memories;
    for (unsigned side = 0; side < 2; side++)
        for (const comparator_pair *p = set->pairs; p < set->pairs + set->count; p++) {
            const size_t bytes = correspondence_word_bytes(p), words = p->bytes / bytes;
            for (size_t k = 0; k < (words > ALL ? SOME : words); k++, c->swept_words++) {
                const uint32_t draw = hash3(c->o->faults.seed, p->line, (uint32_t)(k + c->sweeps * SOME));
                const size_t word = words <= ALL || k == 0 ? k : k == 1 ? words - 1 : draw % words;
                const size_t bit = draw / 8 % (8 * bytes);
                if (!told_as(c, set, p, side, word * bytes + bit / 8, bit % 8, NULL)) return false;
            }
        }
    return true;
}

/* No two lines have one name, none is without. */
static bool sweep_names(campaign *c) {
    const correspondence *table = &c->lockstep.table;
    const comparator *sets[] = {&table->registers, &table->memories};
    for (unsigned s = 0; s < 2; s++)
        for (const comparator_pair *p = sets[s]->pairs; p < sets[s]->pairs + sets[s]->count; p++, c->instances++) {
            char name[160];
            if (correspondence_find(table, correspondence_name(table, p, name)) != p) {
                snprintf(c->wrong, sizeof c->wrong, "two lines are called %.150s", name);
                return false;
            }
            c->lines += p == sets[s]->pairs || p->line != p[-1].line;
        }
    return true;
}

static void sweep(campaign *c) {
    if (c->wrong[0] || !sweep_registers(c) || !sweep_memories(c)) return;
    c->sweeps++;
}

/* ---- a clock ---- */

static int clock_edge(void *user, const void *driven, void *shows);

/* Forks; the child goes on as `now`. */
static void branch(campaign *c, fault *f, role now, lockstep_mode mode) {
    const pid_t pid = fork();
    if (pid > 0) waitpid(pid, NULL, 0);
    if (pid != 0) return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    lockstep *l = &c->lockstep;
    char *name = malloc(sizeof c->things[0].name + sizeof FAULT_MODEL);
    if (!name) _exit(EXIT_WRONG);
    sprintf(name, "%s%s", f->side == FINGERPRINT_MODEL ? FAULT_MODEL : "", c->things[f->thing].name);
    l->fault = (planted_fault){name, f->word, f->bit, f->clock};
    l->mode = mode;
    c->role = now;
    c->current = f;
}

/* Both processes of each fault of this job on the clock that comes. */
static void plant(campaign *c) {
    const unsigned count = c->o->faults.count, jobs = c->o->faults.jobs;
    for (; c->role == WARM && c->next < count && c->faults[c->next].clock == c->lockstep.clocks + 1;
         c->next += jobs) {
        fault *f = &c->faults[c->next];
        branch(c, f, TOLD, LOCKSTEP_EXACT);
        if (c->role == WARM) branch(c, f, ALONE, f->side == FINGERPRINT_RTL ? LOCKSTEP_RTL : LOCKSTEP_MODEL);
        if (c->role == WARM) ++*c->done;
    }
}

enum { SWEEP_EVERY = 1024 };

static int clock_edge(void *user, const void *driven, void *shows) {
    campaign *c = user;
    lockstep *l = &c->lockstep;
    const dcom_accelerator_in *in = driven;
    const dcom_accelerator_out *out = shows; /* still that of the clock before */
    if (c->role == WARM) plant(c);
    if (in->m_axis_tready && out->m_axis_tvalid) {
        c->beats = stimulus_word(c->beats, out->m_axis_tuser | (uint64_t)out->m_axis_tlast << 8);
        c->beats = stimulus_elements(c->beats, out->m_axis_tdata, sizeof out->m_axis_tdata / 2);
    }
    if (lockstep_clock(l, driven, shows)) return 1;
    const bool moment = is_moment(c, c->current ? c->current->side : FINGERPRINT_RTL);
    if (c->role == RECORD) {
        record(c, moment);
        if (l->clocks == 1 || l->clocks % SWEEP_EVERY == 0) sweep(c);
        return c->full;
    }
    if (c->role == ALONE) observe(c, moment);
    return c->role != WARM && l->clocks > 2 * c->clocks + 4096; /* it is stuck, or as good as */
}

static sim_run new_run(campaign *c) {
    c->beats = c->compared_clock = c->moments = 0;
    c->was_busy = 0;
    c->current = NULL;
    return (sim_run){.config = c->config,
                     .a = c->a,
                     .parameters = &c->parameters,
                     .stall = c->o->c.stall,
                     .stall_seed = c->o->c.stall_seed,
                     .clock = clock_edge,
                     .user = c};
}

/* ---- what comes of a fault ---- */

static void end_told(campaign *c) {
    const lockstep *l = &c->lockstep;
    finding *told = &c->current->told;
    lockstep_finish(&c->lockstep);
    if (l->diverged) {
        correspondence_name(&l->table, l->diverged, told->name);
        told->word = l->diverged_word;
        told->clock = l->diverged_clock;
    }
    c->current->answered = true;
}

static void end_alone(campaign *c, const sim_run *r) {
    fault *f = c->current;
    char result[sizeof c->result];
    if (!f->seen.clock && c->lockstep.clocks == c->clocks)
        look(c, f->side, true, c->images + (c->image_count - 1) * c->image_bytes, &f->seen);
    f->outcome = r->status                                                   ? STUCK
                 : !capsule_result(c->a, &c->parameters, &r->result, result) ? LOST
                 : strcmp(result, c->result) || c->beats != c->result_beats  ? CHANGED
                                                                             : SAME;
}

/* From the start, on two threads. */
static void run_parallel(campaign *c, fault *f) {
    branch(c, f, TOLD, LOCKSTEP_PARALLEL);
    if (c->role == WARM) return;
    lockstep *l = &c->lockstep;
    sim_run r = new_run(c);
    sim_decompose(c->o->kind, l, &r);
    lockstep_finish(l);
    f->parallel_clock = l->differs ? l->diverged_clock : 0;
    f->parallel_answered = true;
    _exit(EXIT_GOOD);
}

/* A process: the faults job, job + jobs, ... */
static void run_job(campaign *c) {
    lockstep *l = &c->lockstep;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    l->mode = LOCKSTEP_EXACT;
    c->role = WARM;
    c->next = c->job;
    if (!lockstep_rewind(l)) _exit(EXIT_WRONG);
    sim_run r = new_run(c);
    c->o->kind->run(&r);
    if (c->role == TOLD) end_told(c);
    if (c->role == ALONE) end_alone(c, &r);
    if (c->role != WARM) _exit(EXIT_GOOD);
    for (unsigned k = c->job; k < c->o->faults.count; k += c->o->faults.jobs)
        if (c->faults[k].parallel) {
            if (!lockstep_rewind(l)) _exit(EXIT_WRONG);
            run_parallel(c, &c->faults[k]);
            ++*c->done;
        }
    _exit(EXIT_GOOD);
}

/* ---- drawing ---- */

/* Of 16 faults; the bits of a place are drawn alike, and so are the clocks. */
static const unsigned shares[2][PLACES] = {[FINGERPRINT_RTL] = {5, 3, 1, 2}, [FINGERPRINT_MODEL] = {2, 1, 1, 1}};
enum { SHARES = 16, PARALLEL_EVERY = 8 };

static uint64_t draw(const campaign *c, unsigned k, unsigned what, uint64_t below) {
    return (uint64_t)hash3(c->o->faults.seed, k, what) * below >> 32;
}

static int by_clock(const void *a, const void *b) {
    const fault *x = a, *y = b;
    if (x->clock != y->clock) return x->clock < y->clock ? -1 : 1;
    return x->thing != y->thing ? (x->thing < y->thing ? -1 : 1) : 0;
}

static void draw_fault(const campaign *c, unsigned k, fault *f) {
    unsigned kind, again = 0;
    do { /* until there is something to draw */
        unsigned share = (unsigned)draw(c, k, again++ << 8, SHARES);
        for (kind = 0; share >= shares[kind / PLACES][kind % PLACES]; kind++)
            share -= shares[kind / PLACES][kind % PLACES];
    } while (!c->bits[kind % PLACES]);
    const place place = kind % PLACES;
    uint64_t bit = draw(c, k, 1, c->bits[place]);
    const thing *t = c->things;
    for (; t->place != place || !t->drawn || bit >= (uint64_t)t->entries * t->bits; t++)
        if (t->place == place && t->drawn) bit -= (uint64_t)t->entries * t->bits;
    const size_t byte = bit / t->bits * (t->bytes / t->entries) + bit % t->bits / 8;
    *f = (fault){.side = (fingerprint_side)(kind / PLACES),
                 .thing = (unsigned)(t - c->things),
                 .word = (unsigned)(byte / t->word_bytes),
                 .bit = (unsigned)(byte % t->word_bytes * 8 + bit % t->bits % 8),
                 .clock = 1 + draw(c, k, 2, c->clocks)};
    /* a model with a fault may not run ahead (sim.c) */
    f->parallel = f->side == FINGERPRINT_RTL && draw(c, k, 3, PARALLEL_EVERY) == 0;
}

/* ---- what came of them ---- */

typedef enum { MASKED, GOOD, MISSED, FALSE_ALARM, WRONG_CLOCK, WRONG_NAME, UNANSWERED, VERDICTS } judged;
static const char *const judged_name[VERDICTS] = {"masked",      "told",       "missed",    "false alarm",
                                                  "wrong clock", "wrong name", "unanswered"};

static judged judge(const fault *f) {
    const finding *seen = &f->seen, *told = &f->told;
    /* a model alone may die of its fault, but not before it was seen */
    if (!f->answered || (f->outcome == LOST && (f->side == FINGERPRINT_RTL || !seen->clock))) return UNANSWERED;
    if (!told->clock) return seen->clock || f->outcome != SAME ? MISSED : MASKED;
    if (!seen->clock) return FALSE_ALARM;
    if (seen->clock != told->clock) return WRONG_CLOCK;
    return strcmp(seen->name, told->name) || seen->word != told->word ? WRONG_NAME : GOOD;
}

static const char *outcome_name(const fault *f) {
    static const char *const names[] = {"died", "same", "changed", "stuck"};
    return names[f->outcome];
}

static void print_finding(FILE *file, const finding *f) {
    if (f->clock)
        fprintf(file, "\t%" PRIu64 "\t%s[%u]", f->clock, f->name, f->word);
    else
        fputs("\t\t", file);
}

static void print_fault(FILE *file, const campaign *c, const fault *f) {
    fprintf(file, "%s%s:%u:%u@%" PRIu64, f->side == FINGERPRINT_MODEL ? FAULT_MODEL : "", c->things[f->thing].name,
            f->word, f->bit, f->clock);
}

/* Into FILE.new, which becomes FILE. */
static int write_results(const campaign *c, FILE *file, const char *fresh) {
    fputs("place\tfault\tseen\tseen as\ttold\ttold as\toutcome\tparallel\tverdict\n", file);
    for (const fault *f = c->faults; f < c->faults + c->o->faults.count; f++) {
        fprintf(file, "%s\t", place_name[f->side][c->things[f->thing].place]);
        print_fault(file, c, f);
        print_finding(file, &f->seen);
        print_finding(file, &f->told);
        fprintf(file, "\t%s\t", outcome_name(f));
        if (f->parallel) fprintf(file, "%" PRIu64, f->parallel_clock);
        fprintf(file, "\t%s\n", judged_name[judge(f)]);
    }
    const bool good = !ferror(file) && !fflush(file) && !rename(fresh, c->o->faults.results);
    return good ? EXIT_GOOD : command_error("%s: cannot be written", c->o->faults.results);
}

static void print_wrong(const campaign *c, const fault *f, const char *what) {
    printf("%-13s ", what);
    print_fault(stdout, c, f);
    printf(": seen %" PRIu64 " %s[%u], told %" PRIu64 " %s[%u], parallel %" PRIu64 ", result %s\n", f->seen.clock,
           f->seen.name, f->seen.word, f->told.clock, f->told.name, f->told.word, f->parallel_clock, outcome_name(f));
}

/* The table. Whether all is as it must be: nothing wrong, and something to be wrong about. */
static bool print_table(const campaign *c) {
    uint64_t bad = 0, visible = 0, changed = 0, parallel = 0, parallel_told = 0, parallel_bad = 0;
    printf("%-16s %7s %7s %7s %7s %7s %7s %7s %7s %7s\n", "", "drawn", "masked", "visible", "result", "told",
           "missed", "false", "clock", "name");
    for (unsigned kind = 2 * PLACES; kind-- > 0;) {
        uint64_t n[VERDICTS] = {0}, drawn = 0, seen = 0, other = 0;
        for (const fault *f = c->faults; f < c->faults + c->o->faults.count; f++) {
            if (f->side * PLACES + c->things[f->thing].place != kind) continue;
            const judged j = judge(f);
            drawn++, n[j]++, seen += f->seen.clock > 0, other += f->outcome != SAME;
            if (j != MASKED && j != GOOD) bad++, print_wrong(c, f, judged_name[j]);
            if (!f->parallel) continue;
            parallel++, parallel_told += f->parallel_clock > 0;
            if (!f->parallel_answered || f->parallel_clock != f->seen.clock)
                parallel_bad++, print_wrong(c, f, "parallel");
        }
        printf("%-16s %7" PRIu64 " %7" PRIu64 " %7" PRIu64 " %7" PRIu64 " %7" PRIu64 " %7" PRIu64 " %7" PRIu64
               " %7" PRIu64 " %7" PRIu64 "\n",
               place_name[kind / PLACES][kind % PLACES], drawn, n[MASKED], seen, other, n[GOOD],
               n[MISSED] + n[UNANSWERED], n[FALSE_ALARM], n[WRONG_CLOCK], n[WRONG_NAME]);
        visible += seen, changed += other;
    }
    printf("fingerprints  %" PRIu64 " of them planted again on two threads: %" PRIu64 " told, %" PRIu64
           " on another clock\n",
           parallel, parallel_told, parallel_bad);
    if (!visible || !changed) printf("no fault was visible, or none changed a result: more of them are needed\n");
    return !bad && !parallel_bad && visible && changed;
}

/* ---- the campaign ---- */

/* The clean run; the rest is only for one that is good. */
static bool run_clean(campaign *c) {
    static verdict v; /* large */
    dcom_context *context = NULL;
    lockstep *l = &c->lockstep;
    v = (verdict){.kind = ""};
    l->mode = LOCKSTEP_EXACT;
    c->role = RECORD;
    sim_run r = new_run(c);
    bool good = !dcom_create(c->config, &context) || judge_fail(&v, "input", "out of memory");
    good = good && judge_input(&v, c->o->kind, &r, context) && sweep_names(c);
    if (good) {
        c->o->kind->run(&r);
        lockstep_finish(l);
        record_memories(c);
        sweep(c);
        c->result_beats = c->beats;
        good = judge_lockstep(&v, l, &r) && judge_untimed(&v, &r, context);
        if (c->full || (good && !capsule_result(c->a, &c->parameters, &r.result, c->result)))
            good = judge_fail(&v, "input", "out of memory");
    }
    if (v.kind[0]) command_error("%s: without a fault: %s", c->o->input, v.message);
    c->o->kind->release(&r);
    dcom_destroy(context);
    return good;
}

static void *shared(size_t bytes) {
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

/* All jobs to their ends; false: one could not be. */
static bool run_jobs(campaign *c) {
    unsigned started = 0, all = c->o->faults.count;
    bool good = true;
    for (unsigned k = 0; k < c->o->faults.count; k++)
        all += c->faults[k].parallel;
    fflush(NULL);
    for (; started < c->o->faults.jobs && good; started++) {
        const pid_t pid = fork();
        c->job = started;
        if (pid == 0) run_job(c);
        good = pid > 0;
    }
    const bool terminal = isatty(STDERR_FILENO);
    double begin = sim_now(), said = begin;
    for (int status; started > 0;) {
        const pid_t pid = waitpid(-1, &status, WNOHANG);
        if (pid > 0) started--, good &= status == 0;
        if (pid == 0) nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
        if (sim_now() - said < (terminal ? 1 : 10)) continue;
        said = sim_now();
        fprintf(stderr, terminal ? "\r  %u of %u runs, %.0f a second \r" : "  %u of %u runs, %.0f a second\n",
                *c->done, all, *c->done / (said - begin));
    }
    if (terminal) fprintf(stderr, "\r%60s\r", "");
    return good;
}

/* `file`: for a line a fault, called `fresh` until it is whole; NULL: none is wanted. */
static int run_campaign(campaign *c, FILE *file, const char *fresh) {
    const unsigned count = c->o->faults.count;
    printf("faults        %s: %u on %s, seed %u", c->config->name, count, c->o->input, c->o->faults.seed);
    printf("; of %" PRIu64 " bits in registers, %" PRIu64 " in memories, %" PRIu64 " of outputs, %" PRIu64
           " of inputs\n",
           c->bits[REGISTER], c->bits[MEMORY], c->bits[OUTPUT], c->bits[INPUT]);
    if (!(c->bits[REGISTER] + c->bits[MEMORY] + c->bits[OUTPUT] + c->bits[INPUT]))
        return command_error("--fault-names %s: there is no such register, memory or port (--list)",
                             c->o->faults.names);
    const double before = sim_now();
    if (!run_clean(c) && !c->wrong[0]) return EXIT_WRONG;
    if (c->wrong[0]) return printf("SWEEP         %s\nFAIL\n", c->wrong), EXIT_DIFFERENT;
    printf("swept         %" PRIu64 " lines, %" PRIu64 " instances, on %" PRIu64 " clocks: %" PRIu64
           " bits of registers and outputs, %" PRIu64 " words of\n"
           "              memories turned over, on each side: all told by name, all fingerprints differ; %.1f s\n",
           c->lines, c->instances, c->sweeps, c->swept_bits, c->swept_words, sim_now() - before);
    c->faults = shared(count * sizeof *c->faults);
    c->done = shared(sizeof *c->done);
    if (!c->faults || !c->done) return command_error("out of memory");
    for (unsigned k = 0; k < count; k++)
        draw_fault(c, k, &c->faults[k]);
    qsort(c->faults, count, sizeof *c->faults, by_clock);
    const double begin = sim_now();
    if (!run_jobs(c)) return command_error("a job of the campaign could not be run to its end");
    const double seconds = sim_now() - begin;
    const bool good = print_table(c);
    printf("clocks        %" PRIu64 " of the clean run; %.2f s, %.1f faults/s\n", c->clocks, seconds,
           count / seconds);
    const int status = file ? write_results(c, file, fresh) : EXIT_GOOD;
    if (status) return status;
    printf("%s\n", good ? "PASS" : "FAIL");
    return good ? EXIT_GOOD : EXIT_DIFFERENT;
}

int faults_run(const sim_options *o, const dcom_config *config, const npy_matrix *a) {
    static campaign c; /* large */
    char message[256];
    c.o = o, c.config = config, c.a = a;
    c.parameters = run_parameters(&o->c.run, a);
    if (lockstep_open(&c.lockstep, o->kind->design, config, message)) return command_error("%s", message);
    char fresh[4096];
    snprintf(fresh, sizeof fresh, "%s.new", o->faults.results ? o->faults.results : "");
    FILE *file = o->faults.results ? fopen(fresh, "w") : NULL;
    int status = EXIT_WRONG;
    if (o->faults.results && !file)
        command_error("%s: cannot be written", fresh);
    else if (lockstep_keep(&c.lockstep) || !find_things(&c))
        command_error("out of memory");
    else
        status = run_campaign(&c, file, fresh);
    if (file) fclose(file), remove(fresh); /* unless it was renamed */
    if (c.faults) munmap(c.faults, o->faults.count * sizeof *c.faults);
    free(c.things), free(c.rows), free(c.images);
    lockstep_close(&c.lockstep);
    return status;
}
