/* accelerator_aborts.h - the cases of accelerator_bench.c that abort: whatever happens, at whatever clock.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef ACCELERATOR_ABORTS_H
#define ACCELERATOR_ABORTS_H

#include "accelerator_rig.h"

/* What aborts have met, of the last clock before they were known to the device. */
static struct { unsigned aborts, streaming, ahead, queued, blocked, passing, done, waiting; } met;

static void meet(const bench *b) {
    const struct accelerator *a = b->model;
    met.aborts++;
    met.streaming += a->loader.open_q;
    met.ahead += a->sequencer.ahead_q;
    met.queued += a->csr.queued_q;
    met.blocked += a->store.tvalid_q && b->host.stall.result == BLOCKED;
    met.passing += a->sequencer.state_q == SEQUENCER_WAIT;
    met.done += a->sequencer.state_q == SEQUENCER_IDLE;
}

/* ABORT now, whatever happens: the device becomes idle. */
static void abort_now(bench *b) {
    uint32_t status = 0;
    meet(b);
    cut_program(b);
    host_write(&b->host, CSR_COMMAND, CSR_COMMAND_ABORT);
    host_poll(&b->host, CSR_STATUS, 1 << CSR_STATUS_IDLE, &status);
    b->host.progress_clock = b->host.clocks;
    while (!b->fault[0] && b->host.step < b->host.steps)
        clock_once(b);
    const unsigned ended = (status >> CSR_STATUS_DONE & 1) + (status >> CSR_STATUS_ABORTED & 1);
    const unsigned other = 1 << CSR_STATUS_BUSY | 1 << CSR_STATUS_QUEUED | 1 << CSR_STATUS_ABORTING;
    if (!b->fault[0] && (ended != 1 || status & other)) fail(b, "STATUS after ABORT is %03X", status);
}

static void end_streams(bench *b, stall_profile stall) {
    go_for(b, below(2) * below(40));
    stall.result = b->host.stall.result;
    b->host.stall = stall;
    cut_streams(b);
    go(b);
}

/* A job at once, though packets of the one that was aborted are still to be sent. */
static void well_behind(bench *b, stall_profile stall) {
    job j = make_job(b, 40, 40);
    clear_flags(b);
    const uint32_t before = peek(b, CSR_JOBS);
    load(b, &j);
    decompose(b, &j);
    go_for(b, below(500));
    b->host.stall = stall;
    await_jobs(b, before, 2);
    for (b->taken = b->packets; b->taken > 0 && b->packet[b->taken - 1].kind != PACKET_OUTLIERS;)
        b->taken--;
    b->taken -= b->taken > 0;
    judge(b, &j, true, true);
    no_more_packets(b);
    free(j.a);
}

static unsigned beats_of(const bench *b, const job *j) {
    const unsigned width = 8 * b->config.cluster_columns;
    return j->tokens * ((j->channels + width - 1) / width);
}

static void aborts(bench *b) {
    for (unsigned n = 0; n < 6 && !b->fault[0]; n++) {
        const stall_profile stall = b->host.stall;
        job j = make_job(b, 80, 60), next = make_job(b, 40, 40);
        const unsigned which = below(8);
        uint16_t *vectors = NULL;
        job w;
        if (below(2)) b->host.stall.write = b->host.stall.vector = 200;
        forget_packets(b);
        set(b, &j);
        command(b, CSR_COMMAND_LOAD);
        send(b, &j);
        if (which == 0) { /* while the matrix streams in, or soon after; perhaps with a job queued */
            if (below(2)) host_write(&b->host, CSR_COMMAND, CSR_COMMAND_DECOMPOSE);
            go_for(b, below(beats_of(b, &j) + 300));
        } else if (which >= 6) { /* vectors stream in */
            go(b);
            w = j;
            w.p.rank = 1 + below(30);
            set(b, &w);
            command(b, CSR_COMMAND_APPLY);
            vectors = calloc((size_t)w.p.rank * j.tokens, sizeof *vectors);
            host_send_vectors(&b->host, vectors, w.p.rank, j.tokens);
            go_for(b, below(4 * j.tokens + 400));
        } else {
            go(b);
            if (which == 1) b->host.stall.result = BLOCKED;
            decompose(b, &j);
            if (which == 1) { /* the stream out is blocked for ever */
                go_for(b, 6000 + below(20000));
            } else if (which == 2) { /* in passes */
                go_for(b, below(20000));
            } else if (which == 3) { /* something is queued */
                command(b, below(2) ? CSR_COMMAND_STORE : CSR_COMMAND_APPLY);
                go_for(b, below(8000));
            } else { /* a LOAD is queued, perhaps streamed ahead */
                set(b, &next);
                command(b, CSR_COMMAND_LOAD);
                if (below(4)) send(b, &next);
                if (which == 5)
                    host_write(&b->host, CSR_COMMAND, CSR_COMMAND_DECOMPOSE), host_refusable(&b->host, &ignored);
                go_for(b, below(which == 5 ? 3000 : beats_of(b, &next) + 100));
            }
        }
        abort_now(b);
        if (below(3) == 0 && b->host.streams_sent < b->host.streams_started &&
            b->host.stream[b->host.streams_sent].beat) {
            /* a LOAD that waits for the end of the packet that is discarded: it ends too */
            while (b->host.step < b->host.steps && !b->fault[0])
                clock_once(b);
            b->host.stall.write = b->host.stall.vector = BLOCKED;
            set(b, &j);
            host_write(&b->host, CSR_COMMAND, CSR_COMMAND_LOAD);
            go_for(b, 200 + below(600));
            met.waiting += b->model->sequencer.state_q == SEQUENCER_LOAD_BEGIN;
            abort_now(b);
        }
        end_streams(b, stall);
        free(j.a), free(next.a), free(vectors);
        if (below(3) == 0) {
            well_behind(b, stall);
        } else {
            b->host.stall = stall;
            drain(b);
            well(b);
        }
    }
}

/* Jobs behind a packet that is discarded: a LOAD or an APPLY waits for its end, and a LOAD of another shape is queued
 * behind that. Each takes what is its own. */
static void behind_a_packet(bench *b) {
    for (unsigned n = 0; n < 4 && !b->fault[0]; n++) {
        const stall_profile stall = b->host.stall;
        const uint32_t number = n % 2 ? CSR_COMMAND_APPLY : CSR_COMMAND_LOAD;
        job j = make_job(b, 80, 60), first = make_job(b, 40, 40), second = make_job(b, 60, 60);
        while (j.tokens < 4 || beats_of(b, &j) < 4)
            free(j.a), j = make_job(b, 80, 60);
        uint16_t *vectors = calloc((size_t)j.p.rank * j.tokens, sizeof *vectors);
        set(b, &j);
        command(b, CSR_COMMAND_LOAD);
        send(b, &j);
        if (number == CSR_COMMAND_APPLY) {
            command(b, number);
            host_send_vectors(&b->host, vectors, j.p.rank, j.tokens);
        }
        const struct accelerator *a = b->model;
        for (unsigned k = 0; k < PATIENCE && !b->fault[0]; k++) {
            if (a->loader.open_q && a->csr.job_command_q == number) break;
            clock_once(b);
        }
        b->host.stall.vector = BLOCKED;
        abort_now(b);
        const uint32_t before = b->jobs;
        for (unsigned k = 0; k < 2; k++) {
            bool refused;
            set(b, k ? &second : number == CSR_COMMAND_APPLY ? &j : &first);
            host_write(&b->host, CSR_COMMAND, k ? CSR_COMMAND_LOAD : number);
            host_refusable(&b->host, &refused);
            while (b->host.step < b->host.steps && !b->fault[0])
                clock_once(b);
        }
        met.waiting += b->model->sequencer.state_q == SEQUENCER_LOAD_BEGIN;
        end_streams(b, stall);
        b->host.stall = stall;
        if (number == CSR_COMMAND_APPLY)
            host_send_vectors(&b->host, vectors, j.p.rank, j.tokens);
        else
            send(b, &first);
        send(b, &second);
        decompose(b, &second);
        await_jobs(b, before, 3);
        for (b->taken = b->packets; b->taken > 0 && b->packet[b->taken - 1].kind != PACKET_OUTLIERS;)
            b->taken--;
        b->taken -= b->taken > 0;
        judge(b, &second, true, false);
        free(j.a), free(first.a), free(second.a), free(vectors);
    }
    well(b);
}

enum { STATES = SEQUENCER_SENT + 1, LOADER_STATES = 6, PLACES = STATES + LOADER_STATES };

/* The clocks, from now on, on which the sequencer comes into each state for the first and for the last time before
 * nothing runs and nothing is queued. */
static void record_states(bench *b, unsigned entered[2][PLACES]) {
    const uint64_t begin = b->lockstep.clocks;
    const struct accelerator *a = b->model;
    unsigned states[2] = {a->sequencer.state_q, a->loader.state_q};
    for (unsigned n = 0; (a->csr.running_q || a->csr.queued_q || n == 0) && !b->fault[0]; n++) {
        clock_once(b);
        const unsigned now[2] = {a->sequencer.state_q, a->loader.state_q};
        for (unsigned k = 0; k < 2; k++) {
            if (now[k] == states[k]) continue;
            const unsigned place = k * STATES + now[k];
            states[k] = now[k];
            entered[1][place] = (unsigned)(b->lockstep.clocks - begin);
            if (!entered[0][place]) entered[0][place] = entered[1][place];
        }
        if (n == PATIENCE) fail(b, "the job is never done");
    }
}

/* A matrix that has all it takes for two blocks of one column, with a correction between them. */
static job make_plain_job(const bench *b) {
    job j = make_job(b, 12, 12);
    while (j.tokens < 4 || j.channels < 4 || strcmp(j.kind, "random")) {
        free(j.a);
        j = make_job(b, 12, 12);
    }
    j.p.expansion = 1, j.p.rank = 2, j.p.warmup = 0, j.p.tolerance = 0;
    return j;
}

/* A job of this kind, queued behind one that waits for the stream out: whatever is written now comes before it
 * begins. Of LOAD the job alone, since nothing is resident after one that was aborted. */
static void begin(bench *b, const job *j, uint32_t number, const uint16_t *vectors) {
    set(b, j);
    for (unsigned n = 0; number != CSR_COMMAND_LOAD && n < 2; n++)
        command(b, CSR_COMMAND_STORE);
    command(b, number);
    if (number == CSR_COMMAND_LOAD) send(b, j);
    if (number == CSR_COMMAND_APPLY) host_send_vectors(&b->host, vectors, j->p.rank, j->tokens);
}

/* ABORT around the clock on which each state is entered: one that lasts for a clock has a way out of its own. */
static void aborts_in_all_states(bench *b) {
    enum { WRITE = 3, AROUND = 3 }; /* clocks: a write takes WRITE to arrive; one before, on it, one after */
    static const uint32_t commands[] = {CSR_COMMAND_DECOMPOSE,      CSR_COMMAND_APPLY, CSR_COMMAND_PASS_FORWARD,
                                        CSR_COMMAND_PASS_TRANSPOSE, CSR_COMMAND_STORE, CSR_COMMAND_LOAD};
    job j = make_plain_job(b);
    uint16_t *vectors = calloc((size_t)j.p.rank * j.tokens, sizeof *vectors);
    b->host.stall = (stall_profile){0};
    load(b, &j);
    decompose(b, &j); /* later ones make their start block anew */
    for (unsigned c = 0; c < sizeof commands / sizeof commands[0]; c++) {
        unsigned entered[2][PLACES] = {{0}};
        for (unsigned n = 0; n <= 2 * PLACES * AROUND && !b->fault[0]; n++) {
            const unsigned which = (n - 1) / AROUND, at = n ? entered[which / PLACES][which % PLACES] : 1,
                           before = n ? WRITE - 1 + (n - 1) % AROUND : 0;
            if (at <= before || (which >= PLACES && n && at == entered[0][which % PLACES])) continue;
            await_idle(b);
            drain(b);
            forget_packets(b);
            begin(b, &j, commands[c], vectors);
            if (n == 0) {
                record_states(b, entered);
                continue;
            }
            go_for(b, at - before);
            abort_now(b);
            cut_streams(b);
            go(b);
        }
    }
    free(j.a), free(vectors);
    drain(b);
    well(b);
}

#endif
