/* pool.c - worker processes that run tests, several tests in flight to each. SPDX-License-Identifier: Apache-2.0 */
#include "pool.h"

#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    AHEAD = 32,       /* tests in flight to one worker, at most */
    ATTEMPTS = 3,     /* at a test whose worker an outside hand has killed */
    START_LIMIT = 60, /* seconds until a worker says hello */
    END_LIMIT = 10,   /* and until it has gone when its input ends */
    TAIL = 1024,      /* of what it says on stderr */
    ROUND_MS = 100,
};
#define AHEAD_SECONDS 0.02 /* of work in flight: enough to hide a round trip */

typedef struct {
    char *bytes;
    size_t count, room;
} buffer;

typedef struct {
    pid_t pid; /* 0: none */
    int in, out, err;
    unsigned config, starts; /* starts since the last answer */
    bool hello, killed, ending;
    buffer to, from;
    pool_job job[AHEAD]; /* in flight, the one that it is at first */
    unsigned count, attempts[AHEAD];
    double began; /* the first of them, or the start, or the end */
    double mean;  /* seconds from answer to answer */
    char tail[TAIL + 1];
    size_t tail_count;
} worker;

typedef struct {
    const pool_calls *calls;
    const char *build;
    const plan_config *configs;
    worker *at;
    unsigned jobs;
    int status;
    bool stop;
} pool;

double pool_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int wrong(pool *p, int status) {
    p->stop = true;
    if (p->status < status) p->status = status;
    return status;
}

static bool append(buffer *b, const char *bytes, size_t count) {
    if (b->count + count + 1 > b->room) {
        char *more = realloc(b->bytes, 2 * (b->count + count + 1));
        if (!more) return false;
        b->bytes = more, b->room = 2 * (b->count + count + 1);
    }
    memcpy(b->bytes + b->count, bytes, count);
    b->bytes[b->count += count] = 0;
    return true;
}

static void drop(buffer *b, size_t count) { memmove(b->bytes, b->bytes + count, (b->count -= count) + 1); }

/* ---- start and end ---- */

/* In the child. Goes with the runner, and not with a ^C that is meant for the runner. */
static void become(const char *path, const char *geometry, int in, int out, int err, pid_t parent) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() == parent && dup2(in, 0) >= 0 && dup2(out, 1) >= 0 && dup2(err, 2) >= 0)
        execl(path, path, "--worker", "--config", geometry, (char *)NULL);
    dprintf(2, "%s: %s\n", path, strerror(errno));
    _exit(127);
}

static int start(pool *p, worker *w, unsigned config) {
    int in[2] = {-1, -1}, out[2] = {-1, -1}, err[2] = {-1, -1};
    char *path;
    if (asprintf(&path, "%s/%s/sim", p->build, p->configs[config].name) < 0) return command_error("out of memory");
    const pid_t parent = getpid();
    const bool piped = !pipe2(in, O_CLOEXEC) && !pipe2(out, O_CLOEXEC) && !pipe2(err, O_CLOEXEC);
    const pid_t pid = piped ? fork() : -1;
    if (pid == 0) become(path, p->configs[config].geometry, in[0], out[1], err[1], parent);
    const int reason = errno;
    close(in[0]), close(out[1]), close(err[1]);
    if (pid < 0) {
        close(in[1]), close(out[0]), close(err[0]);
        const int status = command_error("%s: cannot be started: %s", path, strerror(reason));
        free(path);
        return status;
    }
    free(path);
    w->pid = pid, w->in = in[1], w->out = out[0], w->err = err[0], w->config = config;
    for (int k = 0; k < 3; k++)
        fcntl(k == 0 ? w->in : k == 1 ? w->out : w->err, F_SETFL, O_NONBLOCK);
    w->hello = w->killed = w->ending = false;
    w->to.count = w->from.count = w->tail_count = 0;
    w->began = now();
    w->starts++;
    return EXIT_GOOD;
}

static void end_input(worker *w) {
    if (w->in >= 0) close(w->in);
    w->in = -1, w->ending = true, w->began = now();
}

static int reap(worker *w) {
    int how = 0;
    if (w->in >= 0) close(w->in);
    close(w->out), close(w->err);
    while (waitpid(w->pid, &how, 0) < 0 && errno == EINTR)
        ;
    w->pid = 0;
    w->killed = w->ending = false;
    return how;
}

static void kill_worker(worker *w) {
    w->killed = true;
    kill(w->pid, SIGKILL);
}

/* The last line that it has said on stderr. */
static const char *last_words(worker *w) {
    w->tail[w->tail_count] = 0;
    while (w->tail_count && strchr("\r\n", w->tail[w->tail_count - 1]))
        w->tail[--w->tail_count] = 0;
    const char *line = strrchr(w->tail, '\n');
    return line ? line + 1 : w->tail;
}

/* ---- tests ---- */

static void remove_first(worker *w) {
    free(w->job[0].line);
    w->count--;
    memmove(w->job, w->job + 1, w->count * sizeof *w->job);
    memmove(w->attempts, w->attempts + 1, w->count * sizeof *w->attempts);
    w->began = now();
}

static void fail_first(pool *p, worker *w, const char *kind, const char *what, const char *message) {
    outcome o;
    if (outcome_failed(&o, kind, what, message, now() - w->began)) {
        o.started = pool_now() - o.seconds;
        p->calls->ended(p->calls->user, w->job[0].test, &o);
    } else
        wrong(p, command_error("out of memory"));
    outcome_release(&o);
    remove_first(w);
}

static void give_back(pool *p, worker *w, unsigned keep) {
    while (w->count > keep) {
        p->calls->give_back(p->calls->user, w->job[--w->count].test);
        free(w->job[w->count].line);
    }
}

static bool say(worker *w) {
    while (w->in >= 0 && w->to.count) {
        const ssize_t count = write(w->in, w->to.bytes, w->to.count);
        if (count < 0 && errno != EINTR) break; /* full, or dead, which the other pipe tells */
        if (count > 0) drop(&w->to, (size_t)count);
    }
    return true;
}

static void push(pool *p, worker *w, const pool_job *job, unsigned attempts) {
    if (w->count == 0) w->began = now();
    w->job[w->count] = *job;
    w->attempts[w->count++] = attempts;
    if (!append(&w->to, job->line, strlen(job->line))) wrong(p, command_error("out of memory"));
}

/* How many tests are to be in flight to it: more of the short ones, none too many when few are left. */
static unsigned ahead(const pool *p, const worker *w) {
    const size_t share = p->calls->waiting(p->calls->user) / (2 * p->jobs);
    const double want = w->mean > 0 ? AHEAD_SECONDS / w->mean : 1;
    const size_t most = want < AHEAD ? (size_t)want : AHEAD;
    return 1 + (unsigned)(share < most ? share : most) * (AHEAD - 1) / AHEAD;
}

static void feed(pool *p, worker *w) {
    pool_job job;
    const pool_calls *c = p->calls;
    if (p->stop || w->ending || w->killed) return;
    for (unsigned want = ahead(p, w); w->pid && w->count < want && c->take(c->user, (int)w->config, &job);)
        push(p, w, &job, 0);
    if (w->count == 0 && w->pid && c->waiting(c->user)) {
        end_input(w); /* another program's turn, once it has gone */
    } else if (!w->pid && c->take(c->user, -1, &job)) {
        if (start(p, w, job.config)) {
            c->give_back(c->user, job.test);
            free(job.line);
            wrong(p, EXIT_WRONG);
        } else
            push(p, w, &job, 0);
    }
    if (w->pid) say(w);
}

/* ---- answers ---- */

static void take_hello(pool *p, worker *w, const char *line) {
    json_error_t error;
    json_t *root = json_loads(line, 0, &error);
    if (json_integer_value(json_object_get(root, "worker")) != 1)
        wrong(p, command_error("%s/%s/sim --worker: no worker of protocol 1: it begins with %.60s", p->build,
                               p->configs[w->config].name, line));
    else if (!p->calls->hello(p->calls->user, w->config, root))
        wrong(p, EXIT_WRONG);
    json_decref(root);
    w->hello = true;
    w->began = now();
}

static void take_line(pool *p, worker *w, const char *line) {
    char message[256];
    outcome o;
    if (!w->hello) {
        take_hello(p, w, line);
        return;
    }
    if (!w->count) {
        wrong(p, command_error("%s/%s/sim --worker: answers a test that it has not got: %.60s", p->build,
                               p->configs[w->config].name, line));
        return;
    }
    const double took = now() - w->began;
    if (outcome_read(&o, line, w->job[0].name, w->job[0].seed, message)) {
        o.started = pool_now() - took;
        p->calls->ended(p->calls->user, w->job[0].test, &o);
        w->mean = w->mean > 0 ? 0.9 * w->mean + 0.1 * took : took;
        w->starts = 0;
        remove_first(w);
    } else {
        fail_first(p, w, "protocol", "", message);
        kill_worker(w);
    }
    outcome_release(&o);
}

/* All that is there now. False: the end. */
static bool take_lines(pool *p, worker *w) {
    char bytes[65536];
    for (;;) {
        const ssize_t count = read(w->out, bytes, sizeof bytes);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return count < 0 && errno == EAGAIN;
        if (!append(&w->from, bytes, (size_t)count)) return wrong(p, command_error("out of memory")), false;
        size_t used = 0;
        char *end;
        while (!p->stop && !w->killed && (end = memchr(w->from.bytes + used, '\n', w->from.count - used))) {
            char *line = w->from.bytes + used;
            *end = 0;
            used = (size_t)(end + 1 - w->from.bytes);
            take_line(p, w, line);
        }
        drop(&w->from, used);
    }
}

static void take_words(worker *w) {
    char bytes[TAIL];
    ssize_t count;
    while ((count = read(w->err, bytes, sizeof bytes)) > 0) {
        const size_t keep = w->tail_count + (size_t)count > TAIL ? TAIL - (size_t)count : w->tail_count;
        memmove(w->tail, w->tail + w->tail_count - keep, keep);
        memcpy(w->tail + keep, bytes, (size_t)count);
        w->tail_count = keep + (size_t)count;
    }
}

/* ---- death ---- */

/* Whether somebody else may have done it: a user, a scheduler, the kernel out of memory. */
static bool outside(int how) {
    const int by = WIFSIGNALED(how) ? WTERMSIG(how) : 0;
    return by == SIGKILL || by == SIGTERM || by == SIGINT || by == SIGHUP;
}

static void describe(int how, char text[64]) {
    if (WIFSIGNALED(how))
        snprintf(text, 64, "SIG%s", sigabbrev_np(WTERMSIG(how)) ? sigabbrev_np(WTERMSIG(how)) : "?");
    else
        snprintf(text, 64, "exit status %d", WEXITSTATUS(how));
}

/* A worker whose output has ended. What it was at fails, or is tried again; what it had not begun goes back. */
static void bury(pool *p, worker *w) {
    char by[64], message[TAIL + 128];
    take_words(w);
    const bool hello = w->hello, killed = w->killed;
    const int how = reap(w);
    describe(how, by);
    const char *words = last_words(w);
    snprintf(message, sizeof message, "%s%s%s", by, *words ? ": " : "", words);
    if (killed || p->stop) {
        give_back(p, w, 0);
        return;
    }
    give_back(p, w, 1);
    if (w->count && hello && !outside(how)) {
        fail_first(p, w, "crash", by, message);
    } else if (!hello && (w->starts >= ATTEMPTS || !outside(how))) {
        wrong(p,
              command_error("%s/%s/sim --worker: does not start: %s", p->build, p->configs[w->config].name, message));
        give_back(p, w, 0);
    } else if (w->count && hello && w->attempts[0] + 1 >= ATTEMPTS) {
        fail_first(p, w, "crash", by, message);
    } else if (w->count) {
        const pool_job job = w->job[0];
        const unsigned attempts = w->attempts[0] + hello;
        w->count = 0;
        if (start(p, w, job.config)) {
            p->calls->give_back(p->calls->user, job.test);
            free(job.line);
            wrong(p, EXIT_WRONG);
        } else {
            push(p, w, &job, attempts);
            say(w);
        }
    } else if (how && !outside(how)) {
        command_error("%s/%s/sim --worker: after its last test: %s", p->build, p->configs[w->config].name, message);
        if (p->status < EXIT_DIFFERENT) p->status = EXIT_DIFFERENT;
    }
}

static void check_time(pool *p, worker *w) {
    char message[64];
    if (!w->pid || w->killed) return;
    const double took = now() - w->began;
    if (w->ending) {
        if (took > END_LIMIT) {
            command_error("%s/%s/sim --worker: does not end with its input", p->build, p->configs[w->config].name);
            if (p->status < EXIT_DIFFERENT) p->status = EXIT_DIFFERENT;
            kill_worker(w);
        }
    } else if (!w->hello) {
        if (took <= START_LIMIT) return;
        wrong(p, command_error("%s/%s/sim --worker: says nothing", p->build, p->configs[w->config].name));
        kill_worker(w);
    } else if (w->count && took > w->job[0].limit) {
        snprintf(message, sizeof message, "no answer in %u s", w->job[0].limit);
        kill_worker(w); /* before another look: an answer that comes now comes too late */
        fail_first(p, w, "timeout", "", message);
    }
}

/* ---- all of them ---- */

static bool busy(const pool *p) {
    for (unsigned k = 0; k < p->jobs; k++)
        if (p->at[k].pid) return true;
    return false;
}

/* Waits until one of them says something, or a moment. */
static void wait_round(pool *p, struct pollfd *fds) {
    unsigned count = 0;
    for (unsigned k = 0; k < p->jobs; k++) {
        worker *w = &p->at[k];
        if (!w->pid) continue;
        fds[count++] = (struct pollfd){.fd = w->out, .events = POLLIN};
        fds[count++] = (struct pollfd){.fd = w->err, .events = POLLIN};
        if (w->in >= 0 && w->to.count) fds[count++] = (struct pollfd){.fd = w->in, .events = POLLOUT};
    }
    poll(fds, count, ROUND_MS);
}

/* Nothing more is to be taken: they go. */
static void end_idle(pool *p) {
    bool none = p->calls->waiting(p->calls->user) == 0;
    for (unsigned k = 0; k < p->jobs; k++)
        none &= p->at[k].count == 0;
    for (unsigned k = 0; none && k < p->jobs; k++)
        if (p->at[k].pid && !p->at[k].ending) end_input(&p->at[k]);
}

int pool_run(const pool_calls *calls, const char *build, const plan_config *configs, unsigned jobs) {
    pool p = {.calls = calls, .build = build, .configs = configs, .jobs = jobs};
    struct pollfd *fds = malloc(3 * jobs * sizeof *fds);
    p.at = calloc(jobs, sizeof *p.at);
    if (!fds || !p.at) wrong(&p, command_error("out of memory"));
    signal(SIGPIPE, SIG_IGN);
    while (!p.stop) {
        for (unsigned k = 0; k < jobs; k++)
            feed(&p, &p.at[k]);
        end_idle(&p);
        if (!busy(&p) && calls->waiting(calls->user) == 0) break;
        wait_round(&p, fds);
        for (unsigned k = 0; k < jobs; k++) {
            worker *w = &p.at[k];
            if (!w->pid) continue;
            take_words(w);
            say(w);
            if (take_lines(&p, w))
                check_time(&p, w);
            else
                bury(&p, w);
        }
        if (!calls->round(calls->user)) p.stop = true;
    }
    for (unsigned k = 0; p.at && k < jobs; k++) {
        worker *w = &p.at[k];
        give_back(&p, w, 0);
        if (w->pid) kill(w->pid, SIGKILL), reap(w);
        free(w->to.bytes), free(w->from.bytes);
    }
    free(p.at), free(fds);
    return p.status;
}
