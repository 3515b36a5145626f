/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The backend of BPF programs on the kernel that runs, over a deck: switched live, options changed
 * while it is on, tables read, losses counted, cost measured only while somebody looks, and nobody
 * woken while nothing happens.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "backends/deck.h"
#include "bpf/loader.h"
#include "bpf/maps.h"
#include "core/clock.h"
#include "core/counts.h"
#include "core/cursor.h"
#include "core/util.h"

#define PATIENCE (60 * NSEC_PER_SEC)
#define MISSING	 "/no/such/file/of/this/test"

struct scene {
	struct deck *deck;
	struct backend *bpf;
	struct cursor *cursor;
	uint64_t opens, failed, exits; /* rows of children of ours */
	uint64_t calls;		       /* that they made, by rows of a table */
	int32_t child;
};

/* A row of a table: it comes when who it is about has ended. */
static uint64_t count_of(const struct scene *s, const struct row *r)
{
	uint64_t pid = 0, count = 0;

	field_int(r->schema, schema_field(r->schema, "pid"), r->rec, r->size, &pid);
	field_int(r->schema, schema_field(r->schema, "count"), r->rec, r->size, &count);
	return (int32_t)pid == s->child ? count : 0;
}

static void on_changed(struct deck *d, void *data)
{
	struct scene *s = data;
	struct row r;

	while (s->cursor && cursor_next(s->cursor, deck_horizon(d), &r)) {
		uint64_t result = 0;

		if (r.schema && !strcmp(r.schema->name, "syscalls_count"))
			s->calls += count_of(s, &r);
		if (!r.schema || identity_pid(deck_identity(d), r.tid, r.ts) != s->child)
			continue;
		s->exits += !strcmp(r.schema->name, "exit");
		if (strcmp(r.schema->name, "open") != 0)
			continue;
		field_int(r.schema, schema_field(r.schema, "result"), r.rec, r.size, &result);
		s->opens++;
		s->failed += (int64_t)result < 0;
	}
}

static bool scene_open(struct scene *s, uint64_t buffer, uint64_t memory)
{
	struct deck_conf c = {
		.live = true, .buffer = buffer, .memory = memory, .changed = on_changed, .data = s
	};
	struct err e = ERR_INIT;

	memset(s, 0, sizeof(*s));
	if (bpf_probe_system(&e) < 0) {
		print_message("SKIP: %s\n", e.text);
		return false;
	}
	assert_int_equal(deck_new(&c, &s->deck, &e), 0);
	assert_int_equal(deck_open(s->deck, "bpf", &e), 0);
	s->bpf = deck_backend(s->deck, "bpf");
	s->cursor = cursor_new(deck_store(s->deck), 0);
	assert_int_equal(deck_start(s->deck, &e), 0);
	return true;
}

static void scene_close(struct scene *s)
{
	deck_stop(s->deck);
	assert_null(deck_error(s->deck));
	cursor_free(s->cursor);
	assert_int_equal(deck_free(s->deck, NULL), 0);
}

static void pump(struct scene *s, uint64_t ns)
{
	uint64_t until = clock_mono() + ns;

	while (clock_mono() < until)
		assert_true(poller_once(deck_poller(s->deck), 10, NULL) >= 0);
}

/* Pumps until *n is what is wanted; and a little, for there are to be no more. */
static void pump_until(struct scene *s, const uint64_t *n, uint64_t want)
{
	uint64_t until = clock_mono() + PATIENCE;

	while (*n < want && clock_mono() < until)
		assert_true(poller_once(deck_poller(s->deck), 10, NULL) >= 0);
	pump(s, 150 * NSEC_PER_MSEC);
	assert_int_equal(*n, want);
}

static void switch_to(struct scene *s, const char *pattern, bool on)
{
	struct err e = ERR_INIT;

	if (deck_enable(s->deck, pattern, on, NULL, &e) != 1 ||
	    deck_settle(s->deck, PATIENCE, &e) < 0)
		fail_msg("%s: %s", pattern, e.text);
}

static struct tracer_status status_of(struct scene *s, const char *name)
{
	struct tracer_status status;

	assert_int_equal(s->bpf->ops->status(s->bpf, "bpf", name, &status), 0);
	return status;
}

/* A child opens n files that are there, and n that are not, and makes as many calls. */
static void act(struct scene *s, unsigned n, unsigned calls)
{
	int status, gate[2];

	assert_int_equal(pipe2(gate, O_CLOEXEC), 0);
	s->child = fork();
	if (!s->child) {
		char c;

		(void)!read(gate[0], &c, 1);
		for (unsigned i = 0; i < n; i++) {
			close(open("/dev/null", O_RDONLY | O_CLOEXEC));
			(void)!open(MISSING, O_RDONLY | O_CLOEXEC);
		}
		for (unsigned i = 0; i < calls; i++)
			syscall(SYS_getppid);
		_exit(0);
	}
	assert_int_equal(write(gate[1], "x", 1), 1);
	while (waitpid(s->child, &status, WNOHANG) == 0)
		poller_once(deck_poller(s->deck), 1, NULL);
	close(gate[0]);
	close(gate[1]);
}

/* The same, and nobody reads meanwhile. */
static void act_unread(struct scene *s, unsigned n)
{
	s->child = fork();
	if (!s->child) {
		for (unsigned i = 0; i < n; i++) {
			close(open("/dev/null", O_RDONLY | O_CLOEXEC));
			(void)!open(MISSING, O_RDONLY | O_CLOEXEC);
		}
		_exit(0);
	}
	waitpid(s->child, NULL, 0);
}

static void test_switched_live(void **state)
{
	struct scene s;

	(void)state;
	if (!scene_open(&s, 0, 0))
		skip();
	act(&s, 10, 0);
	switch_to(&s, "bpf:open", true);
	assert_int_equal(status_of(&s, "open").state, TRACER_ON);
	act(&s, 10, 0);
	pump_until(&s, &s.opens, 20);
	assert_int_equal(s.failed, 10);
	switch_to(&s, "bpf:open", false);
	assert_int_equal(status_of(&s, "open").state, TRACER_OFF);
	act(&s, 10, 0);
	pump(&s, 100 * NSEC_PER_MSEC);
	assert_int_equal(s.opens, 20);
	switch_to(&s, "bpf:open", true);
	act(&s, 5, 0);
	pump_until(&s, &s.opens, 30);
	/* Switched off at once, while what it did is still in its ring. */
	act_unread(&s, 5);
	switch_to(&s, "bpf:open", false);
	pump_until(&s, &s.opens, 40);
	assert_true(status_of(&s, "open").events >= 40);
	scene_close(&s);
}

static int find_option(const struct tracer_option *o, void *data)
{
	if (!strcmp(o->name, "failed"))
		snprintf(data, 32, "%s|%s", o->unit, o->value);
	return 0;
}

static int set(struct scene *s, const char *name, const char *value, struct err *e)
{
	return s->bpf->ops->set_option(s->bpf, "bpf", "open", (const char *const[]) { name, value },
				       e);
}

/* The one with another option is loaded anew; the other one misses nothing meanwhile. */
static void test_options_change_live(void **state)
{
	struct err e = ERR_INIT;
	char said[32] = "";
	struct scene s;

	(void)state;
	if (!scene_open(&s, 0, 0))
		skip();
	switch_to(&s, "bpf:open", true);
	switch_to(&s, "bpf:exit", true);
	assert_true(s.bpf->ops->options(s.bpf, "bpf", "open", find_option, said) > 0);
	assert_string_equal(said, "flag|no");
	assert_int_equal(set(&s, "faild", "yes", &e), -EINVAL);
	assert_non_null(strstr(e.text, "failed"));
	assert_true(set(&s, "least", "much", &e) < 0);
	assert_non_null(strstr(e.text, "much"));
	assert_int_equal(set(&s, "failed", "yes", &e), 0);
	assert_int_equal(status_of(&s, "open").state, TRACER_STARTING);
	for (unsigned i = 1; i <= 20; i++) {
		act(&s, 0, 0);
		pump_until(&s, &s.exits, i);
	}
	assert_int_equal(status_of(&s, "open").state, TRACER_ON);
	s.bpf->ops->options(s.bpf, "bpf", "open", find_option, said);
	assert_string_equal(said, "flag|yes");
	act(&s, 10, 0);
	pump_until(&s, &s.exits, 21);
	assert_int_equal(s.opens, 10);
	assert_int_equal(s.failed, 10);
	scene_close(&s);
}

/* What the map has for a child's getppid. */
static uint64_t counted(struct counts *c, const char *comm)
{
	const struct field *name = schema_field(c->schema, "comm");
	const struct field *count = schema_field(c->schema, "count");
	uint64_t v, sum = 0;

	assert_non_null(name);
	assert_non_null(count);
	assert_true(c->keys > 0);
	for (size_t i = 0; i < c->count; i++) {
		uint32_t len = 0;
		const char *text = field_str(c->schema, name, counts_at(c, i), c->size, &len);

		if (len == strlen(comm) && !memcmp(text, comm, len) &&
		    field_int(c->schema, count, counts_at(c, i), c->size, &v))
			sum += v;
	}
	return sum;
}

static uint64_t count_now(struct scene *s, const char *comm)
{
	struct counts *c = NULL;
	struct err e = ERR_INIT;
	uint64_t n;

	if (s->bpf->ops->counts(s->bpf, "bpf", "syscalls_count", &c, &e) < 0)
		fail_msg("%s", e.text);
	n = c->reason ? UINT64_MAX : counted(c, comm);
	counts_free(c);
	return n;
}

static void test_table(void **state)
{
	struct counts *c = NULL;
	struct err e = ERR_INIT;
	struct scene s;
	uint64_t before;

	(void)state;
	if (!scene_open(&s, 0, 0))
		skip();
	assert_true(s.bpf->ops->counts(s.bpf, "bpf", "syscalls_count", &c, &e) < 0);
	assert_true(s.bpf->ops->counts(s.bpf, "bpf", "no_such", &c, &e) == -ENOENT);
	switch_to(&s, "bpf:syscalls_count", true);
	before = count_now(&s, "kernel_bpf_back");
	act(&s, 0, 5000);
	assert_in_range(count_now(&s, "kernel_bpf_back") - before, 5000, 5100);
	switch_to(&s, "bpf:syscalls_count", false);
	scene_close(&s);
}

/* Rows come once a second; what was counted since the last ones comes when it is switched off. */
static void test_table_rows_of_the_end(void **state)
{
	struct scene s;

	(void)state;
	if (!scene_open(&s, 0, 0))
		skip();
	switch_to(&s, "bpf:syscalls_count", true);
	act_unread(&s, 1000);
	switch_to(&s, "bpf:syscalls_count", false);
	pump(&s, 300 * NSEC_PER_MSEC);
	assert_in_range(s.calls, 2000, 4000);
	scene_close(&s);
}

/* Around a stop of the process: what came before it is still shown. */
static void test_suspended(void **state)
{
	struct err e = ERR_INIT;
	struct scene s;

	(void)state;
	if (!scene_open(&s, 0, 0))
		skip();
	switch_to(&s, "bpf:open", true);
	act_unread(&s, 10);
	deck_suspend(s.deck);
	assert_int_equal(deck_resume(s.deck, &e), 0);
	pump_until(&s, &s.opens, 20);
	act(&s, 5, 0);
	pump_until(&s, &s.opens, 30);
	scene_close(&s);
}

/* Who was busy for long has not heard that nothing came: nothing more is final. */
static void test_busy_is_not_silent(void **state)
{
	struct scene s;
	uint64_t before;

	(void)state;
	if (!scene_open(&s, 0, 0))
		skip();
	switch_to(&s, "bpf:open", true);
	pump(&s, 100 * NSEC_PER_MSEC);
	before = deck_horizon(s.deck);
	assert_true(before && before != UINT64_MAX);
	act_unread(&s, 10);
	poll(NULL, 0, 400);
	assert_int_equal(deck_horizon(s.deck), before);
	pump_until(&s, &s.opens, 20);
	assert_int_equal(store_source_at(deck_store(s.deck), 0)->late, 0);
	assert_true(deck_horizon(s.deck) > before);
	scene_close(&s);
}

/* A ring of a page: most is lost, and counted by whoever could not give it. */
static void test_losses_are_counted(void **state)
{
	struct source *src;
	struct scene s;
	uint64_t seen;

	if (!scene_open(&s, 4096, 0))
		skip();
	switch_to(&s, "bpf:syscalls", true);
	s.child = fork();
	if (!s.child) {
		for (unsigned i = 0; i < 20000; i++)
			syscall(SYS_getppid);
		_exit(0);
	}
	waitpid(s.child, NULL, 0); /* nobody reads meanwhile */
	if (*state)
		switch_to(&s, "bpf:syscalls", false); /* what is counted then counts as well */
	pump(&s, 300 * NSEC_PER_MSEC);
	src = store_source_at(deck_store(s.deck), 0);
	seen = status_of(&s, "syscalls").lost;
	assert_true(seen > 15000);
	pump(&s, 300 * NSEC_PER_MSEC); /* what was just counted is not in its place yet */
	assert_true(src->lost >= seen);
	assert_int_equal(src->damaged, 0);
	scene_close(&s);
}

/* The bound on memory holds whatever comes. */
static void test_memory_is_bounded(void **state)
{
	struct store_stats stats;
	struct scene s;

	(void)state;
	if (!scene_open(&s, 0, 2u << 20))
		skip();
	cursor_free(s.cursor);
	s.cursor = NULL;
	switch_to(&s, "bpf:syscalls", true);
	act(&s, 0, 60000);
	pump(&s, 200 * NSEC_PER_MSEC);
	store_stats(deck_store(s.deck), &stats);
	assert_true(stats.used <= stats.memory + (64u << 10));
	assert_true(stats.evicted_events > 10000);
	assert_int_equal(status_of(&s, "syscalls").lost, 0);
	scene_close(&s);
}

static void test_cost_while_watched(void **state)
{
	struct tracer_status status;
	struct strbuf said = { 0 };
	struct scene s;

	(void)state;
	if (!scene_open(&s, 0, 0))
		skip();
	switch_to(&s, "bpf:syscalls", true);
	act(&s, 0, 1000);
	assert_int_equal(status_of(&s, "syscalls").runs, 0);
	s.bpf->ops->watch(s.bpf, true);
	act(&s, 0, 1000);
	status = status_of(&s, "syscalls");
	assert_true(status.runs >= 1000 && status.run_ns > status.runs);
	assert_true(status.room >= 4096 && status.held <= status.room);
	assert_int_equal(s.bpf->ops->describe(s.bpf, "bpf", "syscalls", &said, NULL), 0);
	assert_non_null(strstr(said.s, "ns each"));
	assert_non_null(strstr(said.s, "ring: "));
	s.bpf->ops->watch(s.bpf, false);
	assert_int_equal(status_of(&s, "syscalls").runs, 0);
	assert_true(s.bpf->ops->log(s.bpf, "bpf", "syscalls", &said, NULL) == -ENOENT);
	strbuf_done(&said);
	scene_close(&s);
}

static void test_quiet(void **state)
{
	struct scene s;
	uint64_t before;

	(void)state;
	if (!scene_open(&s, 0, 0))
		skip();
	switch_to(&s, "bpf:oom", true);
	pump(&s, 300 * NSEC_PER_MSEC);
	before = poller_wakeups(deck_poller(s.deck));
	for (unsigned i = 0; i < 2; i++)
		poller_once(deck_poller(s.deck), 990, NULL);
	assert_true(poller_wakeups(deck_poller(s.deck)) - before <= 3);
	scene_close(&s);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_switched_live),
		cmocka_unit_test(test_options_change_live),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_table_rows_of_the_end),
		cmocka_unit_test(test_suspended),
		cmocka_unit_test(test_busy_is_not_silent),
		cmocka_unit_test(test_losses_are_counted),
		{ "test_losses_until_the_end", test_losses_are_counted, NULL, NULL, "off" },
		cmocka_unit_test(test_memory_is_bounded),
		cmocka_unit_test(test_cost_while_watched),
		cmocka_unit_test(test_quiet),
	};

	/* Guard and loader are this program executed anew. */
	if (argc > 1 && !strcmp(argv[1], GUARD_ARG))
		return guard_main(argc, argv);
	if (argc > 1 && !strcmp(argv[1], LOADER_ARG))
		return loader_main(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
