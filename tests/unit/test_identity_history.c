/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_identity_history: random lives of a small machine, told out of order.
 *
 * A model of the kernel forks, clones, renames, execs (also from threads), exits and gives
 * tids out again, and keeps the plain truth. What its CPUs record is delivered as the drains
 * would: each CPU in order, the CPUs against each other some ms apart, some hits twice. Every
 * thread must then be who it was, at every time, already while younger events are missing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/identity_fixture.h"

#define TIDS	   24 /* few, so that they come again soon */
#define CPUS	   4
#define LIVES_MAX  4096
#define EVENTS_MAX 16384
#define NAMES_MAX  64
#define REST_NS	   300000 /* a tid is not given out again at once */
#define LAG_NS	   (4 * NSEC_PER_MSEC)

struct true_proc {
	int32_t pid, ppid;
	uint64_t start, end;
	unsigned threads;
	char exe[32]; /* of its own last exec; "" before the first */
};

struct true_life {
	int32_t tid;
	uint64_t start, end, taken; /* taken: when the exec was told that gave it the tid */
	struct true_proc *proc;
	unsigned names;
	struct {
		uint64_t since;
		char comm[16];
	} name[NAMES_MAX];
};

struct event {
	struct rec rec;
	unsigned cpu;
	uint64_t due; /* when it is delivered */
	unsigned number;
};

struct world {
	struct fixture fx;
	unsigned first_seed, seed, events_count, lives_count, procs_count, delivered, execs;
	uint64_t now;
	struct true_life *alive[TIDS]; /* by tid; 0 is not used */
	uint64_t free_at[TIDS];
	struct true_life lives[LIVES_MAX];
	struct true_proc procs[LIVES_MAX];
	struct event events[EVENTS_MAX];
};

static unsigned roll(struct world *w, unsigned n)
{
	w->seed = w->seed * 1103515245 + 12345;
	return (w->seed >> 8) % n;
}

/* ---- the machine and its truth ---- */

static void record(struct world *w, struct rec rec)
{
	unsigned cpu = roll(w, CPUS);

	for (unsigned copies = roll(w, 4) ? 1 : 2; copies; copies--) {
		struct event *ev = &w->events[w->events_count];

		assert_true(w->events_count < EVENTS_MAX);
		*ev = (struct event) { .rec = rec, .cpu = cpu, .number = w->events_count++ };
		rec.ts += 1 + roll(w, 900); /* the same hit in a second instance */
	}
}

static void step(struct world *w)
{
	w->now += 2000 + roll(w, 150000);
}

static void set_name(struct world *w, struct true_life *l, const char *comm)
{
	assert_true(l->names < NAMES_MAX);
	l->name[l->names].since = w->now;
	snprintf(l->name[l->names++].comm, 16, "%s", comm);
}

static const char *last_name(const struct true_life *l)
{
	return l->names ? l->name[l->names - 1].comm : "<...>";
}

static struct true_life *live(struct world *w, int32_t tid, struct true_proc *p)
{
	struct true_life *l = &w->lives[w->lives_count++];

	*l = (struct true_life) { .tid = tid, .start = w->now, .end = UINT64_MAX, .proc = p };
	p->threads++;
	w->alive[tid] = l;
	return l;
}

static struct true_life *any(struct world *w)
{
	struct true_life *l;

	do
		l = w->alive[1 + roll(w, TIDS - 1)];
	while (!l);
	return l;
}

static void end(struct world *w, struct true_life *l)
{
	struct true_proc *p = l->proc;

	l->end = w->now;
	w->alive[l->tid] = NULL;
	w->free_at[l->tid] = w->now + REST_NS;
	if (!--p->threads)
		p->end = w->now;
}

static void do_exit(struct world *w, struct true_life *l)
{
	step(w);
	end(w, l);
	record(w, rec_exit(&w->fx, EXIT, w->now, l->tid, last_name(l), !l->proc->threads));
}

static void do_clone(struct world *w)
{
	struct true_life *c = any(w), *l;
	struct true_proc *p = c->proc;
	unsigned kind = roll(w, 5);
	int32_t tid = 1 + roll(w, TIDS - 1);
	uint64_t flags = kind < 2 ? 0x10000 : kind == 2 ? 0x8000 : 0;

	/* The pid of a process is not free while the process is there. */
	if (w->alive[tid] || w->free_at[tid] > w->now || w->lives_count == LIVES_MAX)
		return;
	for (unsigned t = 1; t < TIDS; t++)
		if (w->alive[t] && w->alive[t]->proc->pid == tid)
			return;
	if (!(flags & 0x10000)) {
		p = &w->procs[w->procs_count++];
		*p = (struct true_proc) { .pid = tid, .start = w->now, .end = UINT64_MAX };
		p->ppid = flags & 0x8000 ? c->proc->ppid : c->proc->pid;
	}
	l = live(w, tid, p);
	set_name(w, l, last_name(c));
	record(w, rec_newtask(&w->fx, w->now, c->tid, tid, last_name(l), flags));
	w->now += 1000 + roll(w, 20000);
	if (roll(w, 8))
		record(w, rec_fork(&w->fx, roll(w, 2) ? FORK : OLD_FORK, w->now, c->tid, tid,
				   last_name(l)));
}

static void do_rename(struct world *w, struct true_life *l, const char *comm)
{
	char old[16];

	if (l->names == NAMES_MAX)
		return;
	snprintf(old, sizeof(old), "%s", last_name(l));
	set_name(w, l, comm);
	record(w, rec_rename(&w->fx, w->now, l->tid, old, comm));
}

static void do_exec(struct world *w)
{
	struct true_life *l = any(w), *new;
	struct true_proc *p = l->proc;
	char name[16], old[16];
	int32_t tid = l->tid;

	snprintf(name, sizeof(name), "exec%u", w->execs++);
	for (unsigned t = 1; t < TIDS; t++)
		if (w->alive[t] && w->alive[t]->proc == p && w->alive[t] != l)
			do_exit(w, w->alive[t]);
	step(w);
	snprintf(old, sizeof(old), "%s", last_name(l));
	if (tid != p->pid) { /* takes the leader's place */
		if (w->lives_count == LIVES_MAX)
			return;
		new = live(w, p->pid, p);
		for (unsigned i = 0; i < w->lives_count - 1; i++)
			if (w->lives[i].tid == p->pid && w->lives[i].proc == p)
				new->start = w->lives[i].end;
		set_name(w, new, name);
	} else if (l->names < NAMES_MAX) {
		new = l;
		set_name(w, l, name);
	} else {
		return;
	}
	record(w, rec_rename(&w->fx, w->now, p->pid, old, name));
	step(w);
	if (new != l) {
		new->taken = w->now;
		end(w, l);
	}
	snprintf(p->exe, sizeof(p->exe), "/bin/%s", name);
	record(w, rec_exec(&w->fx, w->now, p->pid, tid, p->exe));
}

static void do_something(struct world *w)
{
	char comm[16];
	unsigned what = roll(w, 100), alive = 0;
	struct true_life *l = any(w);

	step(w);
	for (unsigned t = 1; t < TIDS; t++)
		alive += !!w->alive[t];
	if (what < 45 || alive < 4) {
		do_clone(w);
	} else if (what < 65) {
		snprintf(comm, sizeof(comm), "n%u", w->execs++);
		do_rename(w, l, comm);
	} else if (what < 75) {
		do_exec(w);
	} else if (l->tid != 1) {
		do_exit(w, l);
	}
}

/* ---- telling it ---- */

/* A tick drains every CPU up to a time of its own, at most LAG_NS behind. */
static void schedule(struct world *w)
{
	uint64_t upto[CPUS] = { 0 }, now = 0;

	for (unsigned round = 1; now < w->now + 2 * LAG_NS; round++) {
		now += LAG_NS / 4 + roll(w, LAG_NS / 4);
		for (unsigned cpu = 0; cpu < CPUS; cpu++) {
			uint64_t lag = roll(w, LAG_NS / 2), to = now > lag ? now - lag : 0;
			unsigned order = (cpu + round) % CPUS;

			for (unsigned i = 0; i < w->events_count; i++) {
				struct event *ev = &w->events[i];

				if (ev->cpu == cpu && ev->rec.ts > upto[cpu] && ev->rec.ts <= to)
					ev->due = (uint64_t)round * CPUS + order;
			}
			upto[cpu] = MAX(upto[cpu], to);
		}
	}
}

static int by_due(const void *a, const void *b)
{
	const struct event *x = a, *y = b;

	if (x->due != y->due)
		return x->due < y->due ? -1 : 1;
	if (x->rec.ts != y->rec.ts)
		return x->rec.ts < y->rec.ts ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

/* ---- comparing ---- */

static const char *true_name(const struct true_life *l, uint64_t ts)
{
	const char *comm = NULL;

	for (unsigned i = 0; i < l->names; i++)
		if (l->name[i].since <= ts)
			comm = l->name[i].comm;
	return comm;
}

static void check(const struct world *w, const struct true_life *l, uint64_t ts)
{
	const struct task *t = identity_task(w->fx.id, l->tid, ts);
	const char *comm = true_name(l, ts);

	if (!t || identity_pid(w->fx.id, l->tid, ts) != l->proc->pid) {
		fail_msg("seed %u: tid %d at %llu: pid %d instead of %d, life [%llu, %llu)",
			 w->first_seed, l->tid, (unsigned long long)ts,
			 t ? identity_pid(w->fx.id, l->tid, ts) : -2, l->proc->pid,
			 (unsigned long long)l->start, (unsigned long long)l->end);
		return;
	}
	if (comm && strcmp(comm, identity_comm(w->fx.id, l->tid, ts)) != 0)
		fail_msg("seed %u: tid %d at %llu: comm %s instead of %s", w->first_seed, l->tid,
			 (unsigned long long)ts, identity_comm(w->fx.id, l->tid, ts), comm);
	assert_true(t->start <= ts);
	assert_int_equal(t->process->ppid, l->proc->ppid);
}

static bool begins(const struct world *w, int32_t tid, uint64_t from, uint64_t to)
{
	for (unsigned i = 0; i < w->lives_count; i++)
		if (w->lives[i].tid == tid && w->lives[i].start >= from && w->lives[i].start <= to)
			return true;
	return false;
}

static void check_life(const struct world *w, const struct true_life *l)
{
	uint64_t last = MIN(l->end, w->now) - 1;
	const struct task *t = identity_task(w->fx.id, l->tid, last);

	check(w, l, l->start);
	check(w, l, last);
	if (l->end < w->now - REST_NS && !begins(w, l->tid, l->end, l->end + REST_NS / 2))
		check(w, l, l->end + REST_NS / 2); /* it is still dying */
	check(w, l, l->start + (last - l->start) / 2);
	for (unsigned i = 0; i < l->names; i++)
		check(w, l, l->name[i].since);
	assert_int_equal(t->end == UINT64_MAX, l->end == UINT64_MAX);
	assert_ptr_equal(t->process, identity_task(w->fx.id, l->tid, l->start)->process);
	if (l->end != UINT64_MAX)
		assert_int_equal(t->end, l->end);
}

static bool count(struct process *p, void *data)
{
	unsigned *n = data;

	n[0]++;
	n[1] += p->threads;
	return true;
}

static void check_processes(const struct world *w)
{
	unsigned n[2] = { 0 }, threads = 0;

	for (unsigned i = 0; i < w->lives_count; i++) {
		const struct true_life *l = &w->lives[i];
		const struct process *p = identity_task(w->fx.id, l->tid, l->start)->process;

		threads += l->end == UINT64_MAX;
		assert_int_equal(p->threads, l->proc->threads);
		assert_int_equal(p->end == UINT64_MAX, l->proc->end == UINT64_MAX);
		if (*l->proc->exe)
			assert_string_equal(p->exe ? p->exe : "", l->proc->exe);
	}
	identity_each(w->fx.id, count, n);
	assert_int_equal(n[0], w->procs_count);
	assert_int_equal(n[1], threads);
}

/* All that is older than what every CPU delivered must be right already. */
static void check_settled(struct world *w, uint64_t settled)
{
	for (unsigned i = 0; i < 8; i++) {
		const struct true_life *l = &w->lives[roll(w, w->lives_count)];
		uint64_t upto = MIN(l->end, settled);

		if (l->start >= upto || l->taken >= settled)
			continue;
		check(w, l, l->start + (upto - l->start) / (1 + roll(w, 16)) - 1);
	}
}

static uint64_t settled_at(const struct world *w, unsigned from)
{
	uint64_t ts = UINT64_MAX;

	for (unsigned i = from; i < w->events_count; i++)
		ts = MIN(ts, w->events[i].rec.ts);
	return ts;
}

static void run(unsigned seed, unsigned steps)
{
	struct world *w = calloc(1, sizeof(*w));
	struct true_proc *init = &w->procs[0];

	assert_non_null(w);
	fixture_init(&w->fx, (struct machine) { .long_size = 8, .swap = seed & 1 }, NULL);
	w->first_seed = seed;
	w->seed = seed * 7919;
	*init = (struct true_proc) { .pid = 1, .ppid = -1, .end = UINT64_MAX };
	w->procs_count = 1;
	set_name(w, live(w, 1, init), "init");
	learn(&w->fx, rec_newtask(&w->fx, 0, 0, 1, "init", 0));
	w->now = 1000000;
	for (unsigned i = 0; i < steps && w->events_count < EVENTS_MAX - 200; i++)
		do_something(w);
	schedule(w);
	qsort(w->events, w->events_count, sizeof(w->events[0]), by_due);
	for (unsigned i = 0; i < w->events_count; i++) {
		learn(&w->fx, w->events[i].rec);
		if (i % 64 == 0)
			check_settled(w, settled_at(w, i + 1));
	}
	for (unsigned i = 0; i < w->lives_count; i++)
		check_life(w, &w->lives[i]);
	check_processes(w);
	fixture_done(&w->fx);
	free(w);
}

static void short_histories(void **state)
{
	for (unsigned seed = 1; seed <= 1000; seed++)
		run(seed, 60);
}

static void long_histories(void **state)
{
	for (unsigned seed = 1000; seed < 1010; seed++)
		run(seed, 1500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(short_histories),
		cmocka_unit_test(long_histories),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
