/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The push-down on the real kernel: two decks see the same processes at work, one takes all and
 * the other what the kernel lets through. What the filter wants must be the same in both; changing
 * the filter under load loses nothing; a refusal changes nothing.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backends/deck.h"
#include "backends/tracefs.h"
#include "core/arena.h"
#include "core/cursor.h"
#include "core/family.h"
#include "tests/kernel/pushdown_actor.h"
#include "tracefs/dir.h"

#define SETTLE (3 * NSEC_PER_SEC)

static const char *const tracers[] = {
	"raw_syscalls:sys_enter", "sched:sched_switch",	      "sched:sched_waking",
	"task:task_rename",	  "sched:sched_process_exec", "syscalls:sys_enter_getppid",
};

struct side {
	struct deck *deck;
	struct cursor *cursor;
	uint64_t rows; /* of anybody */
};

struct bench {
	struct side all, some;
	struct conf *conf;
	char *missing; /* why nothing can be tried here */
};

/* ---- decks ---- */

static void side_open(struct side *s, const struct conf *conf)
{
	struct deck_conf c = { .conf = conf, .memory = 64 << 20, .live = true, .light = true };
	struct err e = ERR_INIT;

	if (deck_new(&c, &s->deck, &e) < 0 || deck_open(s->deck, "tracefs", &e) < 0)
		fail_msg("%s", e.text);
	for (size_t i = 0; i < ARRAY_SIZE(tracers); i++)
		if (deck_enable(s->deck, tracers[i], true, NULL, &e) < 0)
			print_message("# %s\n", e.text);
	s->cursor = cursor_new(deck_store(s->deck), 0);
	if (deck_start(s->deck, &e) < 0)
		fail_msg("%s", e.text);
}

static void side_close(struct side *s)
{
	cursor_free(s->cursor);
	deck_free(s->deck, NULL);
}

static int setup(void **state)
{
	static struct bench b;
	struct err e = ERR_INIT;
	char *dir = NULL;

	b = (struct bench) { .missing = NULL };
	*state = &b;
	if (tracefs_find(false, &dir, &e) < 0) {
		b.missing = xstrdup(e.text);
		return 0;
	}
	free(dir);
	b.conf = conf_new();
	side_open(&b.all, b.conf);
	side_open(&b.some, b.conf);
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	side_close(&b->some);
	side_close(&b->all);
	conf_free(b->conf);
	free(b->missing);
	return 0;
}

#define NEED(b)                                                                                    \
	do {                                                                                       \
		if ((b)->missing) {                                                                \
			print_message("skip: %s\n", (b)->missing);                                 \
			skip();                                                                    \
		}                                                                                  \
	} while (0)

static void turn(struct bench *b)
{
	poller_once(deck_poller(b->all.deck), 1, NULL);
	poller_once(deck_poller(b->some.deck), 1, NULL);
}

/* Until all rows up to now are final on both sides. */
static void settle(struct bench *b)
{
	uint64_t now = clock_mono();

	while (clock_mono() < now + SETTLE &&
	       (deck_horizon(b->all.deck) < now || deck_horizon(b->some.deck) < now))
		turn(b);
}

/* ---- what was seen ---- */

struct seen {
	struct {
		int64_t tid;
		uint64_t hash;
	} * v;
	size_t count, cap;
};

/* An interrupt's row and that of what it interrupts come in either order: a set is compared. */
static int by_content(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(((struct seen *)0)->v[0]));
}

static uint64_t hash_bytes(uint64_t h, const uint8_t *p, uint32_t len)
{
	while (len--)
		h = (h ^ *p++) * 1099511628211u;
	return h;
}

/* Fields alone: what is between them and behind a NUL is of nobody; flags are of the moment. */
static uint64_t hash_row(const struct row *r)
{
	uint64_t h = 14695981039346656037u + r->schema->id;

	schema_for_each_field (r->schema, f) {
		uint32_t len = 0;
		const uint8_t *p =
		    f->kind == FIELD_STRING
			? (const uint8_t *)field_str(r->schema, f, r->rec, r->size, &len)
			: field_bytes(r->schema, f, r->rec, r->size, &len);

		if (!f->is_common && p)
			h = hash_bytes(h, p, len);
	}
	return h;
}

static void collect(struct side *s, struct filter *f, pid_t root, uint64_t from, struct seen *ret)
{
	struct family *family = family_new(true);
	uint64_t horizon = deck_horizon(s->deck);
	struct row r;

	*ret = (struct seen) { .count = 0 };
	family_add(family, root, from, clock_mono());
	s->rows = 0;
	while (cursor_next(s->cursor, horizon, &r)) {
		s->rows++;
		if (r.flags & ROW_LOSS || !r.schema ||
		    !family_has(family, deck_identity(s->deck), r.tid, r.ts) ||
		    !filter_match(f, &r, deck_identity(s->deck)))
			continue;
		if (ret->count == ret->cap)
			ret->v = xrealloc(ret->v, ret->cap = ret->cap * 2 + 64, sizeof(*ret->v));
		ret->v[ret->count].tid = r.tid;
		ret->v[ret->count++].hash = hash_row(&r);
	}
	if (ret->count)
		qsort(ret->v, ret->count, sizeof(*ret->v), by_content);
	store_forget(deck_store(s->deck), horizon);
	family_free(family);
}

/* $ is the process, # the number of getppid; some expressions want nothing of it, and say so by a
 * '-'. */
static const char *const expressions[] = {
	"event == sys_enter",
	"system == raw_syscalls and id == #",
	"id == # or prev_state != 0",
	"not id == #",
	"id in (24, #, 257)",
	"id >= # and id < 9999",
	"id & 2",
	"not id & 2",
	"pid == $",
	"pid == $ and id == #",
	"pid == $ or prev_pid == $",
	"pid != $",
	"tid == $",
	"tid == $ or comm == \"9worker\"",
	"tid != $",
	"comm == actor",
	"comm == \"9worker\"",
	"comm ~ \"9*\"",
	"comm ~ \"*work*\"",
	"comm ~ \"*worker\"",
	"comm ~ \"la?e*\"",
	"comm != actor",
	"not comm ~ \"late*\"",
	"comm in (actor, \"late worker\")",
	"comm contains worker",
	"comm =~ \"^(9|l).*er\"",
	"cpu == 0",
	"cpu != 0",
	"cpu == 0 and id == # or cpu == 1 and event == sched_switch",
	"newcomm == \"9worker\"",
	"newcomm ~ \"9*\"",
	"newcomm ~ \"*worker\"",
	"oldcomm != newcomm and newcomm != x or event == sys_enter_getppid",
	"not newcomm ~ \"*9*\"",
	"filename == \"/bin/true\"",
	"filename ~ \"/bin/*\"",
	"filename ~ \"*true\"",
	"filename != \"/bin/false\"",
	"not filename ~ \"/sbin*\"",
	"prev_comm ~ \"9w*\" or next_comm ~ \"*late*\"",
	"prev_prio <= 139 and prev_pid > 0",
	"prev_state == 1 or sched_waking.pid == $",
	"lost == 0 and event == sys_enter_getppid",
	"__syscall_nr == #",
	"common_pid == $ and (cpu == 0 or cpu == 1)",
	"(pid == $ or comm == nobody) and not (id == 24 or comm ~ \"x*\")",
	"-event == nothing",
	"-id == 99999",
	"-pid == 1 and cpu == 4000",
};

static struct filter *filter_for(const char *expression, pid_t pid)
{
	struct strbuf text = { 0 };
	struct filter *f = NULL;
	struct err e = ERR_INIT;

	for (const char *p = expression; *p; p++) {
		if (*p == '$')
			strbuf_u64(&text, (uint64_t)pid);
		else if (*p == '#')
			strbuf_u64(&text, SYS_getppid);
		else if (*p == '@')
			strbuf_u64(&text, SYS_getpgid);
		else
			strbuf_char(&text, *p);
	}
	if (filter_parse(strbuf_cstr(&text), &f, &e) < 0)
		fail_msg("%s", e.text);
	strbuf_done(&text);
	return f;
}

/* One filter over one run; returns how many rows of the actor it wants. */
static size_t compare(struct bench *b, const char *expression)
{
	uint64_t from = clock_mono();
	struct filter *f;
	struct err e = ERR_INIT;
	struct seen all, some;
	const char *text;
	size_t count;
	pid_t pid;
	int go;

	pid = start_actor(&go);
	f = filter_for(expression, pid);
	text = filter_text(f);
	if (deck_capture(b->some.deck, &(struct capture) { .filter = f }, NULL, &e) < 0)
		fail_msg("%s: %s", text, e.text);
	if (write(go, "x", 1) != 1)
		fail_msg("the actor is gone");
	close(go);
	while (waitpid(pid, NULL, WNOHANG) == 0)
		turn(b);
	settle(b);
	collect(&b->all, f, pid, from, &all);
	collect(&b->some, f, pid, from, &some);
	for (size_t i = 0; i < MIN(all.count, some.count); i++)
		if (all.v[i].tid != some.v[i].tid || all.v[i].hash != some.v[i].hash)
			fail_msg("%s: row %zu of thread %d is not the same", text, i,
				 (int)all.v[i].tid);
	if (all.count != some.count)
		fail_msg("%s: %zu rows, with push-down %zu", text, all.count, some.count);
	count = all.count;
	free(all.v);
	free(some.v);
	assert_true(deck_capture(b->some.deck, &(struct capture) { .filter = NULL }, NULL, &e) >=
		    0);
	filter_free(f);
	return count;
}

static void test_same_rows(void **state)
{
	struct bench *b = *state;
	unsigned fewer = 0;

	NEED(b);
	for (size_t i = 0; i < ARRAY_SIZE(expressions); i++) {
		bool none = expressions[i][0] == '-';
		size_t count = compare(b, expressions[i] + none);

		/* Else nothing was compared. A CPU may have stood still. */
		if (!count != none && !strstr(expressions[i], "cpu"))
			fail_msg("%s: %zu rows", expressions[i], count);
		fewer += b->some.rows < b->all.rows / 2;
	}
	print_message("# %u of %zu filters kept out more than half of all rows\n", fewer,
		      ARRAY_SIZE(expressions));
	assert_true(fewer > ARRAY_SIZE(expressions) / 3);
}

/* ---- changes under load ---- */

static const char *const wanting[] = {
	"",
	"pid == $",
	"id == @ and id > 1",
	"pid == $ or comm == counting",
	"cpu in (0..63) and pid == $",
	"comm == counting",
	"tid == $ or prev_pid == $",
	"event == sys_enter",
	"tid == $ and cpu < 1000",
	"not comm ~ \"x*\"",
};

static pid_t start_counting(void)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "counting");
	for (long i = 1;; i++) {
		syscall(SYS_getpgid, i);
		if (i % 8 == 0)
			usleep(50);
	}
}

struct count {
	uint64_t first, last, seen;
};

static void count_calls(struct side *s, pid_t pid, struct count *c)
{
	uint64_t horizon = deck_horizon(s->deck);
	struct row r;

	while (cursor_next(s->cursor, horizon, &r)) {
		uint64_t number;
		int64_t id;

		if (r.tid != pid || !r.schema || strcmp(r.schema->name, "sys_enter") || r.size < 24)
			continue;
		memcpy(&id, r.rec + 8, 8);
		memcpy(&number, r.rec + 16, 8);
		if (id != SYS_getpgid)
			continue;
		if (!c->seen++)
			c->first = number;
		c->last = number;
	}
	store_forget(deck_store(s->deck), horizon);
}

static void test_changes_lose_nothing(void **state)
{
	struct filter *filters[ARRAY_SIZE(wanting)];
	struct bench *b = *state;
	pid_t pid;
	uint64_t until;
	struct count c = { 0 };
	unsigned changes = 0;
	struct err e = ERR_INIT;

	NEED(b);
	pid = start_counting();
	for (size_t i = 0; i < ARRAY_SIZE(wanting); i++)
		filters[i] = filter_for(wanting[i], pid);
	for (until = clock_mono() + 3 * NSEC_PER_SEC; clock_mono() < until; changes++) {
		/* In an order in which each comes behind each. */
		size_t i = (changes * 3 + changes / 10) % ARRAY_SIZE(wanting);

		if (deck_capture(b->some.deck, &(struct capture) { .filter = filters[i] }, NULL,
				 &e) < 0)
			fail_msg("%s: %s", wanting[i], e.text);
		turn(b);
		count_calls(&b->some, pid, &c);
	}
	settle(b);
	count_calls(&b->some, pid, &c);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	print_message("# %u changes, %llu calls\n", changes, (unsigned long long)c.seen);
	assert_true(changes > 20);
	assert_true(c.seen > 1000);
	assert_int_equal(c.seen, c.last - c.first + 1);
	deck_capture(b->some.deck, &(struct capture) { .filter = NULL }, NULL, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(wanting); i++)
		filter_free(filters[i]);
}

/* ---- refusals ---- */

static struct event_tracer *event_of(struct tracefs_backend *t, const char *name)
{
	for (size_t i = 0; i < t->events.count; i++)
		if (!strcmp(t->events.v[i].name, name))
			return &t->events.v[i];
	fail_msg("%s is not on", name);
	return NULL;
}

static void test_refusal(void **state)
{
	static const char text[] = "prev_pid == 1 and prev_prio > 3";
	struct bench *b = *state;
	struct tracefs_backend *t;
	struct filter_push_span span = { 17, 27, 18 };
	struct filter_push_text wrong = { .spans = &span, .span_count = 1 };
	struct strbuf now = { 0 };
	struct filter *f = NULL;
	struct err e = ERR_INIT;

	NEED(b);
	t = deck_backend(b->some.deck, "tracefs")->state;
	assert_int_equal(filter_parse(text, &f, &e), 0);
	assert_int_equal(deck_capture(b->some.deck, &(struct capture) { .filter = f }, NULL, &e),
			 0);
	strbuf_str(&wrong.text, "prev_pid == 1 && prev_prioX > 3");
	assert_true(capture_write(t, event_of(t, "sched_switch"), &wrong, &e) < 0);
	assert_non_null(strstr(e.text, "Field not found"));
	assert_non_null(strstr(e.text, text));
	assert_int_equal(e.column, 18);
	tracefs_read(t->instance.path, &now, NULL, "events/sched/sched_switch/filter");
	assert_string_equal(strbuf_cstr(&now), "prev_pid == 1 && prev_prio > 3\n");
	strbuf_done(&now);
	strbuf_done(&wrong.text);
	deck_capture(b->some.deck, &(struct capture) { .filter = NULL }, NULL, NULL);
	filter_free(f);
}

int main(int argc, char **argv)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_same_rows),
		T(test_changes_lose_nothing),
		T(test_refusal),
	};

	if (argc > 1 && !strcmp(argv[1], GUARD_ARG))
		return guard_main(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
