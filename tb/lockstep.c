/* lockstep.c - model and RTL on the same stimulus, compared on every clock.
 * SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "lockstep.h"

/* Cache lines of its own, +0. */
static void *allocate(size_t bytes) {
    const size_t all = (bytes + 63) / 64 * 64;
    void *p = aligned_alloc(64, all);
    return p ? memset(p, 0, all) : NULL;
}

static int open_all(lockstep *l, const dcom_config *config, char message[256]) {
    l->rtl = dut_open();
    if (dut_config_id(l->rtl) != dcom_config_id(config)) {
        snprintf(message, 256,
                 "the DUT was built for another configuration (id %08" PRIx32 ") than %s (id %08" PRIx32 ")",
                 dut_config_id(l->rtl), config->name, dcom_config_id(config));
        return -1;
    }
    l->model = l->design->create(config);
    if (!l->model) {
        snprintf(message, 256, "configuration %s: the model cannot be made", config->name);
        return -1;
    }
    lockstep_side *model = &l->side[FINGERPRINT_MODEL], *rtl = &l->side[FINGERPRINT_RTL];
    model->out = allocate(l->design->out_bytes);
    rtl->out = allocate(l->design->out_bytes);
    l->trail = malloc(LOCKSTEP_TRAIL * sizeof *l->trail);
    l->given = malloc(l->design->in_bytes);
    if (!model->out || !rtl->out || !l->trail || !l->given) return snprintf(message, 256, "out of memory"), -1;
    const correspondence_model parts = l->design->parts(l->model, model->out);
    if (correspondence_bind(&l->table, &parts, l->rtl, rtl->out, message)) return -1;
    for (unsigned k = 0; k < MOMENTS && l->design->moments[k]; k++) {
        const comparator_pair *p = correspondence_find(&l->table, l->design->moments[k]);
        if (!p) return snprintf(message, 256, "no register is called %s", l->design->moments[k]), -1;
        model->moment[k] = p->model;
        rtl->moment[k] = p->rtl;
    }
    l->plan = fingerprint_plan_create(&l->table.registers);
    return l->plan ? 0 : (snprintf(message, 256, "out of memory"), -1);
}

int lockstep_open(lockstep *l, const design *design, const dcom_config *config, char message[256]) {
    memset(l, 0, sizeof *l);
    l->design = design;
    if (!open_all(l, config, message)) return 0;
    lockstep_close(l);
    return -1;
}

void lockstep_close(lockstep *l) {
    if (l->model_wave) model_wave_close(l->model_wave);
    l->model_wave = NULL;
    fingerprint_plan_destroy(l->plan);
    free(l->trail), free(l->given), free(l->kept_model), free(l->kept_rtl);
    l->kept_model = l->kept_rtl = NULL;
    l->given = NULL;
    l->plan = NULL;
    l->trail = NULL;
    correspondence_release(&l->table);
    if (l->model) l->design->destroy(l->model);
    if (l->rtl) dut_close(l->rtl);
    l->model = NULL;
    l->rtl = NULL;
    for (int k = 0; k < 2; k++) {
        free(l->side[k].out);
        l->side[k].out = NULL;
    }
}

int lockstep_keep(lockstep *l) {
    l->kept_model = malloc(l->design->bytes(l->model));
    l->kept_rtl = malloc(dut_bytes(l->rtl));
    if (!l->kept_model || !l->kept_rtl) return -1;
    l->design->save(l->model, l->kept_model);
    dut_save(l->rtl, l->kept_rtl);
    return 0;
}

static void rewind_side(const lockstep *l, lockstep_side *s) {
    memset(s->out, 0, l->design->out_bytes);
    s->clocks = 0;
    s->met = 0;
    s->own_clocks = s->compared_clock = 0;
    s->ended = false;
    s->was_busy = 0;
}

bool lockstep_rewind(lockstep *l) {
    l->design->restore(l->model, l->kept_model);
    dut_restore(l->rtl, l->kept_rtl);
    for (int k = 0; k < 2; k++)
        rewind_side(l, &l->side[k]);
    l->clocks = l->diverged_clock = 0;
    l->differs = false;
    l->stop = false;
    l->diverged = l->watch = NULL;
    l->history_count = 0;
    const bool same = !comparator_check(&l->table.registers) && !comparator_check(&l->table.memories);
    l->table.registers.checks = l->table.memories.checks = 0;
    return same;
}

/* Whether memories are compared after clock own_clocks: each side finds the same in its own registers. */
static bool is_moment(const lockstep *l, lockstep_side *s) {
    unsigned busy = 0;
    for (unsigned k = 0; k < MOMENTS && s->moment[k]; k++)
        busy |= (unsigned)(*s->moment[k] != 0) << k;
    const bool fell = s->was_busy & ~busy;
    s->was_busy = busy;
    if (!fell || s->own_clocks - s->compared_clock < l->design->spacing * (l->table.memories.bytes >> 11))
        return false;
    s->compared_clock = s->own_clocks;
    return true;
}

bool lockstep_find_fault(const lockstep *l, const char *name, fault_place *f) {
    const size_t prefix = strlen(FAULT_MODEL);
    const bool model = strncmp(name, FAULT_MODEL, prefix) == 0;
    *f = (fault_place){.side = model ? FINGERPRINT_MODEL : FINGERPRINT_RTL, .name = model ? name + prefix : name};
    f->pair = correspondence_find(&l->table, f->name);
    if (f->pair) {
        const comparator *memories = &l->table.memories;
        f->memory = f->pair >= memories->pairs && f->pair < memories->pairs + memories->count;
        f->output = correspondence_is_port(f->pair);
        f->word_bytes = correspondence_word_bytes(f->pair);
        f->words = (unsigned)(f->pair->bytes / f->word_bytes);
        return true;
    }
    for (const design_port *p = l->design->ports; p && p->name; p++)
        if (p->input && !strcmp(p->name, f->name)) {
            f->input = p;
            f->word_bytes = p->bytes < 4 ? (unsigned)p->bytes : 4;
            f->words = (unsigned)p->bytes / f->word_bytes;
            return true;
        }
    return false;
}

static void turn_over(const lockstep *l, const fault_place *f, uint8_t *at) {
    at[l->fault.word * f->word_bytes + l->fault.bit / 8] ^= (uint8_t)(1u << l->fault.bit % 8);
}

/* What hangs on the register sees the fault too. Where a register is the output of a module, as edge_memory.read_q,
 * Verilator may keep it in a wire of the module around, and it is only a copy, which settling makes good: there the
 * fault is in what is compared alone. */
static void settle(const lockstep *l, const fault_place *f, uint8_t *held) {
    const size_t byte = l->fault.word * f->word_bytes + l->fault.bit / 8;
    const uint8_t upset = held[byte];
    dut_settle(l->rtl);
    held[byte] = upset;
}

/* A clock of one side, and the fault that was planted in it. */
static void step(lockstep *l, fingerprint_side side, const void *in, void *out, uint64_t clock) {
    void *shown = l->side[side].out;
    fault_place f;
    const bool faulty =
        l->fault.name && clock == l->fault.clock && lockstep_find_fault(l, l->fault.name, &f) && f.side == side;
    if (faulty && f.input) {
        memcpy(l->given, in, l->design->in_bytes);
        turn_over(l, &f, l->given + f.input->offset);
        in = l->given;
    }
    /* either side's own storage; of an output, `shown` */
    uint8_t *held =
        faulty && f.pair ? (uint8_t *)(uintptr_t)(side == FINGERPRINT_RTL ? f.pair->rtl : f.pair->model) : NULL;
    if (side == FINGERPRINT_RTL)
        dut_step(l->rtl, in);
    else
        l->design->step(l->model, in);
    if (held && !f.output) {
        turn_over(l, &f, held);
        if (side == FINGERPRINT_RTL) settle(l, &f, held);
    }
    if (side == FINGERPRINT_RTL)
        dut_read(l->rtl, shown);
    else
        l->design->read(l->model, in, shown);
    if (held && f.output) turn_over(l, &f, held);
    memcpy(out, shown, l->design->out_bytes);
}

/* ---- both on one thread ---- */

static int diverge(lockstep *l, const comparator_pair *p) {
    if (!p) return 0;
    if (!l->differs) {
        l->differs = true;
        l->diverged = p;
        l->diverged_word = correspondence_word(p);
        l->diverged_clock = l->clocks;
    }
    return 1;
}

/* A clock of history, waves on and off. Returns 1 when the recording is over. */
static int record(lockstep *l) {
    const uint64_t from = l->watch_clock > HISTORY ? l->watch_clock - HISTORY : 1,
                   wave_from = l->watch_clock > l->wave_window ? l->watch_clock - l->wave_window : 1;
    if (l->clocks == wave_from) {
        if (l->rtl_wave_path && l->mode != LOCKSTEP_MODEL) l->rtl_wave_good = dut_wave_open(l->rtl, l->rtl_wave_path);
        if (l->model_wave_path && l->mode != LOCKSTEP_RTL)
            l->model_wave = model_wave_open(l->model_wave_path, &l->table);
    }
    if (l->model_wave) model_wave_clock(l->model_wave, l->clocks);
    if (l->clocks >= from)
        l->history[l->history_count++] =
            (lockstep_sample){l->clocks, correspondence_model_word(l->watch, l->watch_word),
                              correspondence_rtl_word(l->watch, l->watch_word)};
    return l->clocks >= l->watch_clock + AFTER;
}

/* Also where the run ended before the clocks AFTER. */
static void end_waves(lockstep *l) {
    dut_wave_close(l->rtl);
    if (l->model_wave) l->model_wave_good = !model_wave_close(l->model_wave);
    l->model_wave = NULL;
}

int lockstep_clock(void *user, const void *in, void *out) {
    lockstep *l = user;
    lockstep_side *s = &l->side[FINGERPRINT_MODEL];
    l->clocks++;
    if (l->progress && l->clocks % 2048 == 0) l->progress(l->user, l->clocks);
    if (l->mode != LOCKSTEP_MODEL) step(l, FINGERPRINT_RTL, in, out, l->clocks);
    if (l->mode != LOCKSTEP_RTL) step(l, FINGERPRINT_MODEL, in, out, l->clocks);
    if (l->mode != LOCKSTEP_EXACT) return l->watch ? record(l) : 0;
    s->own_clocks = l->clocks;
    if (diverge(l, comparator_check(&l->table.registers))) return 1;
    return is_moment(l, s) && diverge(l, comparator_check(&l->table.memories));
}

/* ---- each on a thread of its own ---- */

/* Waits until `progress` of side `other` has come to `count`: spinning at first, then letting others have the core,
 * then asleep. False when the two sides have differed, or the other comes no further: it has ended, or stands at a
 * moment that this side has passed without one. */
static bool wait_for(lockstep *l, fingerprint_side other, const _Atomic uint64_t *progress, uint64_t count) {
    enum { SPIN = 1 << 12, YIELD = 1 << 13, NAP = 50000 }; /* NAP: ns */
    const uint64_t met = atomic_load_explicit(&l->side[!other].met, memory_order_relaxed);
    for (unsigned waited = 0; atomic_load_explicit(progress, memory_order_acquire) < count; waited++) {
        if (atomic_load_explicit(&l->stop, memory_order_acquire)) return false;
        if (atomic_load_explicit(&l->side[other].ended, memory_order_acquire) ||
            atomic_load_explicit(&l->side[other].met, memory_order_acquire) > met)
            return atomic_load_explicit(progress, memory_order_acquire) >= count;
        if (waited >= YIELD)
            nanosleep(&(struct timespec){.tv_nsec = NAP}, NULL);
        else if (waited >= SPIN)
            sched_yield();
    }
    return true;
}

/* Only the RTL's thread tells: of fingerprints, and of its share of everything, after the model's share. */
static int differ_at(lockstep *l, uint64_t clock) {
    l->differs = true;
    l->diverged_clock = clock;
    atomic_store_explicit(&l->stop, true, memory_order_release);
    return 1;
}

/* A moment has come on this side, after clock `clock`. Both wait for each other, compare half of everything each, and
 * go on. */
static int meet(lockstep *l, unsigned self, uint64_t clock) {
    lockstep_side *own = &l->side[self], *other = &l->side[!self];
    uint64_t met = atomic_load_explicit(&own->met, memory_order_relaxed);
    atomic_store_explicit(&own->met, met + 1, memory_order_release);
    if (!wait_for(l, !self, &other->met, met + 1)) return 1;
    bool same =
        !comparator_check_part(&l->table.registers, self, 2) && !comparator_check_part(&l->table.memories, self, 2);
    if (!same) return differ_at(l, clock);
    atomic_store_explicit(&own->met, met + 2, memory_order_release);
    if (!wait_for(l, !self, &other->met, met + 2)) return 1;
    if (self == FINGERPRINT_RTL) l->table.memories.checks++;
    return 0;
}

int lockstep_clock_model(void *user, const void *in, void *out) {
    lockstep *l = user;
    lockstep_side *s = &l->side[FINGERPRINT_MODEL];
    const uint64_t n = s->own_clocks++, ahead = LOCKSTEP_TRAIL - LOCKSTEP_BATCH; /* most it may be, before a batch */
    if (n % LOCKSTEP_BATCH == 0 && n > ahead &&
        !wait_for(l, FINGERPRINT_RTL, &l->side[FINGERPRINT_RTL].clocks, n - ahead))
        return 1;
    step(l, FINGERPRINT_MODEL, in, out, n + 1);
    l->trail[n % LOCKSTEP_TRAIL] = fingerprint_of(l->plan, FINGERPRINT_MODEL);
    const bool met = is_moment(l, s);
    if (met || (n + 1) % LOCKSTEP_BATCH == 0) atomic_store_explicit(&s->clocks, n + 1, memory_order_release);
    return met ? meet(l, FINGERPRINT_MODEL, n + 1) : 0;
}

/* Compares the fingerprints of the RTL's clocks that were not yet. */
static int compare_batch(lockstep *l) {
    lockstep_side *s = &l->side[FINGERPRINT_RTL];
    _Atomic uint64_t *model_clocks = &l->side[FINGERPRINT_MODEL].clocks;
    uint64_t n = atomic_load_explicit(&s->clocks, memory_order_relaxed);
    const bool whole = wait_for(l, FINGERPRINT_MODEL, model_clocks, s->own_clocks);
    const uint64_t last = whole ? s->own_clocks : atomic_load_explicit(model_clocks, memory_order_acquire);
    for (; n < last && n < s->own_clocks; n++) {
        const fingerprint *model = &l->trail[n % LOCKSTEP_TRAIL], *rtl = &l->batch[n % LOCKSTEP_BATCH];
        if (model->word[0] != rtl->word[0] || model->word[1] != rtl->word[1]) return differ_at(l, n + 1);
    }
    l->table.registers.checks = l->clocks = n;
    atomic_store_explicit(&s->clocks, n, memory_order_release);
    return !whole;
}

int lockstep_clock_rtl(void *user, const void *in, void *out) {
    lockstep *l = user;
    lockstep_side *s = &l->side[FINGERPRINT_RTL];
    const uint64_t n = s->own_clocks++;
    if (l->progress && (n + 1) % 2048 == 0) l->progress(l->user, n + 1);
    step(l, FINGERPRINT_RTL, in, out, n + 1);
    l->batch[n % LOCKSTEP_BATCH] = fingerprint_of(l->plan, FINGERPRINT_RTL);
    const bool met = is_moment(l, s);
    if ((met || (n + 1) % LOCKSTEP_BATCH == 0) && compare_batch(l)) return 1;
    return met ? meet(l, FINGERPRINT_RTL, n + 1) : 0;
}

void lockstep_end(lockstep *l, fingerprint_side side) {
    lockstep_side *s = &l->side[side];
    if (side == FINGERPRINT_MODEL) atomic_store_explicit(&s->clocks, s->own_clocks, memory_order_release);
    atomic_store_explicit(&s->ended, true, memory_order_release);
}

int lockstep_finish(lockstep *l) {
    if (l->watch) return end_waves(l), 0;
    if (l->mode == LOCKSTEP_PARALLEL && !l->differs) {
        lockstep_side *model = &l->side[FINGERPRINT_MODEL], *rtl = &l->side[FINGERPRINT_RTL];
        atomic_store(&model->clocks, model->own_clocks);
        if (compare_batch(l) && l->differs) return 1;
        if (model->own_clocks != rtl->own_clocks) return differ_at(l, rtl->own_clocks);
        if (comparator_check_part(&l->table.registers, 0, 1)) return differ_at(l, l->clocks);
    }
    return l->differs || diverge(l, comparator_check(&l->table.memories));
}
