/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every registered backend must do, whatever it taps: fill its slots, close in any state,
 * say in words why it cannot, list and switch its tracers, move its events and state how
 * far it is. A backend that this machine cannot run is skipped with its own reason.
 */
#include <errno.h>
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
#include "core/arena.h"
#include "core/clock.h"
#include "core/cursor.h"

#define SETTLE (20 * NSEC_PER_SEC)

static const char description[] = "cpus 2\n"
				  "comm 11 first\n"
				  "event test tick 100 number:u64\n"
				  "event other tock 101 number:u64\n"
				  "cpu 0\n"
				  "many 300 1000 20 tick tid=11 number=$\n"
				  "cpu 1\n"
				  "many 300 1010 20 tock tid=12 number=$\n";

/* For what is made of the rows of others. */
static const char configuration[] = "[pair beat]\n"
				    "start = test:tick\n"
				    "end = other:tock\n"
				    "key = number\n";

struct scene {
	struct conf *conf;
	char dir[64];
	char file[96];
	const char *files[2];
};

/* Makes the recording that the replay backend is given. */
static int scene_setup(void **state)
{
	struct scene *s = xcalloc(1, sizeof(*s));
	char text[160], command[600];
	FILE *f;

	*state = s;
	s->conf = conf_new();
	if (conf_parse(s->conf, "test", configuration, strlen(configuration), NULL) < 0)
		return -1;
	snprintf(s->dir, sizeof(s->dir), "/tmp/contract.XXXXXX");
	if (!mkdtemp(s->dir))
		return -1;
	snprintf(text, sizeof(text), "%s/text", s->dir);
	snprintf(s->file, sizeof(s->file), "%s/trace.dat", s->dir);
	f = fopen(text, "we");
	if (!f)
		return -1;
	fputs(description, f);
	fclose(f);
	snprintf(command, sizeof(command), "\"$BUILD_ROOT\"/tests/mkdat %s %s", text, s->file);
	s->files[0] = s->file;
	return system(command) == 0 ? 0 : -1;
}

static int scene_teardown(void **state)
{
	struct scene *s = *state;
	char command[128];
	int rc;

	snprintf(command, sizeof(command), "rm -rf %s", s->dir);
	rc = system(command);
	conf_free(s->conf);
	free(s);
	return rc;
}

/* Opens a backend, and before it what its rows are made of. */
static int open_in(struct deck *d, const struct backend_ops *ops, struct err *e)
{
	int rc = ops->caps & BACKEND_DERIVES ? deck_open(d, "replay", e) : 0;

	return rc < 0 ? rc : deck_open(d, ops->name, e);
}

/* An open deck with one backend, or NULL when the machine cannot run it. */
static struct deck *open_one(const struct scene *s, const struct backend_ops *ops)
{
	struct deck_conf c = { .conf = s->conf,
			       .live = ops->caps & BACKEND_LIVE,
			       .files = s->files };
	struct backend_env env = { .files = s->files };
	struct deck *d = NULL;
	struct err e = ERR_INIT;

	if (ops->caps & BACKEND_NEEDS_ROOT && geteuid() != 0) {
		print_message("%s: needs root\n", ops->name);
		return NULL;
	}
	if (ops->probe(&env, &e) < 0) {
		assert_true(e.text[0]);
		print_message("%s: %s\n", ops->name, e.text);
		return NULL;
	}
	assert_int_equal(deck_new(&c, &d, &e), 0);
	if (open_in(d, ops, &e) < 0)
		fail_msg("%s: %s", ops->name, e.text);
	return d;
}

static void test_slots(void **state)
{
	(void)state;
	assert_non_null(backends[0]);
	for (size_t i = 0; backends[i]; i++) {
		const struct backend_ops *o = backends[i];

		assert_true(o->name[0] && o->blurb[0] && o->size);
		assert_true(o->probe && o->open && o->close && o->drain && o->next);
		assert_true(o->list && o->enable && o->status && o->start && o->stop);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(o->name, backends[k]->name);
	}
}

static void test_close_in_any_state(void **state)
{
	(void)state;
	for (size_t i = 0; backends[i]; i++) {
		struct backend_env env = { 0 };
		struct backend b = {
			.ops = backends[i],
			.env = &env,
			.state = xcalloc(1, backends[i]->size),
		};

		b.ops->close(&b); /* zeroed */
		b.ops->close(&b); /* closed */
		free(b.state);
	}
}

static void test_no_such_backend(void **state)
{
	struct scene *s = *state;
	struct deck_conf c = { .files = s->files };
	struct deck *d = NULL;
	struct err e = ERR_INIT;

	assert_int_equal(deck_new(&c, &d, &e), 0);
	assert_int_equal(deck_open(d, "no such backend", &e), -ENOENT);
	assert_non_null(strstr(e.text, "no such backend"));
	deck_free(d, NULL);
	assert_int_equal(deck_free(NULL, NULL), 0);
}

static void test_failed_open_is_undone(void **state)
{
	static const char *const missing[] = { "/no/such/file", NULL };
	struct deck_conf c = { .files = missing };
	struct deck *d = NULL;
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(deck_new(&c, &d, &e), 0);
	assert_true(deck_open(d, "replay", &e) < 0);
	assert_non_null(strstr(e.text, "/no/such/file"));
	assert_null(deck_backend(d, "replay"));
	deck_free(d, NULL);
}

static int remember(const struct tracer_info *t, void *data)
{
	char(*names)[128] = data;

	assert_true(t->group[0] && t->name[0]);
	if (!names[0][0]) {
		snprintf(names[0], 128, "%s", t->group);
		snprintf(names[1], 128, "%s", t->name);
	}
	return 0;
}

static int stop_at_first(const struct tracer_info *t, void *data)
{
	(void)t;
	++*(unsigned *)data;
	return -ECANCELED;
}

static void check_tracers(struct deck *d, const struct backend_ops *o)
{
	struct backend *b = deck_backend(d, o->name);
	char names[2][128] = { "", "" }, pattern[300];
	struct tracer_status status;
	struct err e = ERR_INIT;
	unsigned calls = 0;

	assert_true(o->list(b, NULL, remember, names, &e) > 0);
	assert_int_equal(o->list(b, NULL, stop_at_first, &calls, &e), -ECANCELED);
	assert_int_equal(calls, 1);
	/* A name from the list is a pattern that finds just it. */
	snprintf(pattern, sizeof(pattern), "%s:%s", names[0], names[1]);
	calls = 0;
	assert_int_equal(deck_enable(d, pattern, true, NULL, &e), 1);
	assert_int_equal(deck_settle(d, SETTLE, &e), 0);
	assert_int_equal(o->status(b, names[0], names[1], &status), 0);
	assert_int_equal(status.state, TRACER_ON);
	/* What nothing matches is an error that names it. */
	err_clear(&e);
	assert_int_equal(deck_enable(d, "no_such_system:none", true, NULL, &e), -ENOENT);
	assert_non_null(strstr(e.text, "no_such_system"));
}

static void test_tracers(void **state)
{
	unsigned ran = 0;

	for (size_t i = 0; backends[i]; i++) {
		struct deck *d = open_one(*state, backends[i]);

		if (!d)
			continue;
		check_tracers(d, backends[i]);
		deck_free(d, NULL);
		ran++;
	}
	assert_true(ran > 0); /* replay runs everywhere */
}

struct flow {
	struct cursor *cursor;
	uint64_t rows, last, horizon;
	bool stop;
};

/* Horizons never go back, and what is given below one is in order. */
static void on_changed(struct deck *d, void *data)
{
	struct flow *f = data;
	uint64_t horizon = deck_horizon(d);
	struct row r;

	assert_true(horizon >= f->horizon);
	f->horizon = horizon;
	while (cursor_next(f->cursor, horizon, &r)) {
		if (!(r.flags & ROW_LATE)) {
			assert_true(r.ts >= f->last);
			f->last = r.ts;
		}
		assert_non_null(r.source->text);
		f->rows++;
	}
}

/* What a live backend has that says how processes end. */
static const char *tells_of_processes(const struct backend_ops *o)
{
	return !strcmp(o->name, "bpf") ? "bpf:exit" : "sched:sched_process_*";
}

static void cause_events(void)
{
	for (int i = 0; i < 20; i++) {
		pid_t pid = fork();

		if (!pid)
			_exit(0);
		waitpid(pid, NULL, 0);
	}
}

static void check_flow(const struct scene *s, const struct backend_ops *o)
{
	struct flow f = { 0 };
	struct deck_conf c = {
		.conf = s->conf,
		.live = o->caps & BACKEND_LIVE,
		.files = s->files,
		.changed = on_changed,
		.data = &f,
	};
	/* What is live has no end of its own; a recording ends when it ends. */
	uint64_t until = clock_mono() + (c.live ? 300 * NSEC_PER_MSEC : 60 * NSEC_PER_SEC);
	struct deck *d = NULL;
	struct source *src;
	uint64_t events = 0;

	assert_int_equal(deck_new(&c, &d, NULL), 0);
	assert_int_equal(open_in(d, o, NULL), 0);
	f.cursor = cursor_new(deck_store(d), 0);
	if (o->caps & BACKEND_LIVE)
		assert_true(deck_enable(d, tells_of_processes(o), true, NULL, NULL) > 0);
	assert_int_equal(deck_settle(d, SETTLE, NULL), 0);
	if (o->caps & BACKEND_DERIVES)
		assert_int_equal(deck_enable(d, "pair:beat", true, NULL, NULL), 1);
	assert_int_equal(deck_start(d, NULL), 0);
	cause_events();
	while ((c.live || !deck_at_end(d)) && clock_mono() < until)
		assert_true(poller_once(deck_poller(d), 50, NULL) >= 0);
	deck_stop(d);
	assert_true(deck_at_end(d));
	assert_null(deck_error(d));
	for (unsigned i = 0; (src = store_source_at(deck_store(d), i)); i++)
		if (!(src->flags & SOURCE_HIDDEN))
			events += src->events;
	assert_int_equal(f.rows, events); /* every event became a row, once */
	assert_true(events >= (o->caps & BACKEND_LIVE ? 1 : 600));
	if (o->caps & BACKEND_DERIVES)
		assert_int_equal(events, 600 + 300);
	cursor_free(f.cursor);
	assert_int_equal(deck_free(d, NULL), 0);
}

static void test_flow(void **state)
{
	for (size_t i = 0; backends[i]; i++) {
		struct deck *d = open_one(*state, backends[i]);

		if (!d)
			continue;
		deck_free(d, NULL);
		check_flow(*state, backends[i]);
	}
}

static void test_drain_keeps_its_budget(void **state)
{
	for (size_t i = 0; backends[i]; i++) {
		struct deck *d = open_one(*state, backends[i]);
		uint64_t began;
		struct backend *b;

		if (!d)
			continue;
		b = deck_backend(d, backends[i]->name);
		began = clock_mono();
		assert_true(b->ops->drain(b, 1, false, NULL) >=
			    0); /* not started: nothing, at once */
		assert_true(clock_mono() - began < NSEC_PER_SEC);
		assert_int_equal(b->ops->start(b, NULL), 0);
		assert_true(b->ops->drain(b, 1, false, NULL) >= 0);
		b->ops->stop(b);
		b->ops->stop(b);
		deck_free(d, NULL);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_slots),
		cmocka_unit_test(test_close_in_any_state),
		cmocka_unit_test(test_no_such_backend),
		cmocka_unit_test(test_failed_open_is_undone),
		cmocka_unit_test(test_tracers),
		cmocka_unit_test(test_flow),
		cmocka_unit_test(test_drain_keeps_its_budget),
	};

	/* The guard is this program executed anew. */
	if (argc > 1 && !strcmp(argv[1], GUARD_ARG))
		return guard_main(argc, argv);
#ifdef HAVE_BPF
	if (argc > 1 && !strcmp(argv[1], LOADER_ARG))
		return loader_main(argc, argv);
#endif
	return cmocka_run_group_tests(tests, scene_setup, scene_teardown);
}
