/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables of a program on the kernel that runs: keys of processes that ended leave when the map
 * fills, and no call is missing in the rows; what our own loader does is in no table.
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
#include <sys/prctl.h>
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

struct scene {
	struct deck *deck;
	struct backend *bpf;
	struct cursor *cursor;
	uint64_t table_calls; /* of "ended_keys", as rows of the table say */
};

/* What a row of syscalls_count adds to the calls of SYS_getppid. */
static uint64_t calls_of(const struct row *r)
{
	const struct schema *s = r->schema;
	uint64_t id = 0, count = 0;
	uint32_t len = 0;
	const char *comm = field_str(s, schema_field(s, "comm"), r->rec, r->size, &len);

	field_int(s, schema_field(s, "id"), r->rec, r->size, &id);
	field_int(s, schema_field(s, "count"), r->rec, r->size, &count);
	return comm && len == 10 && !memcmp(comm, "ended_keys", 10) && id == SYS_getppid ? count
											 : 0;
}

static void on_changed(struct deck *d, void *data)
{
	struct scene *s = data;
	struct row r;

	while (s->cursor && cursor_next(s->cursor, deck_horizon(d), &r))
		if (r.schema && !strcmp(r.schema->name, "syscalls_count"))
			s->table_calls += calls_of(&r);
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

static void switch_to(struct scene *s, const char *pattern, bool on)
{
	struct err e = ERR_INIT;

	if (deck_enable(s->deck, pattern, on, NULL, &e) != 1 ||
	    deck_settle(s->deck, PATIENCE, &e) < 0)
		fail_msg("%s: %s", pattern, e.text);
}

/* Processes that live for a moment, each with a handful of keys. */
static void make_ended(unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		pid_t pid = fork();

		if (!pid) {
			prctl(PR_SET_NAME, "ended_keys");
			syscall(SYS_getppid);
			syscall(SYS_getpid);
			syscall(SYS_getuid);
			syscall(SYS_getgid);
			syscall(SYS_getppid);
			_exit(0);
		}
		waitpid(pid, NULL, 0);
	}
}

static struct counts *counts_of(struct scene *s)
{
	struct counts *c = NULL;
	struct err e = ERR_INIT;

	if (s->bpf->ops->counts(s->bpf, "bpf", "syscalls_count", &c, &e) < 0)
		fail_msg("%s", e.text);
	return c;
}

/* Three times as many keys as there is room for: those of the ended leave, their rows do not. */
static void test_ended_leave(void **state)
{
	struct filter *f = NULL;
	struct capture capture = { 0 };
	struct err e = ERR_INIT;
	struct counts *c;
	struct scene s;

	(void)state;
	if (!scene_open(&s, 0, 0))
		skip();
	assert_true(deck_set(s.deck, "bpf:syscalls_count.keys=7", &e) < 0);
	assert_int_equal(deck_set(s.deck, "bpf:syscalls_count.keys=256", &e), 0);
	assert_int_equal(filter_parse("comm == ended_keys", &f, &e), 0);
	capture.filter = f;
	assert_true(deck_capture(s.deck, &capture, NULL, &e) >= 0);
	switch_to(&s, "bpf:syscalls_count", true);
	for (unsigned i = 0; i < 5; i++) {
		make_ended(36);
		pump(&s, 3200 * NSEC_PER_MSEC);
	}
	c = counts_of(&s);
	assert_int_equal(c->missed, 0);
	assert_in_range(c->let_go, 5 * 36 * 4 - 256, 5 * 36 * 8);
	assert_in_range(c->count, 0, 256);
	counts_free(c);
	switch_to(&s, "bpf:syscalls_count", false);
	scene_close(&s);
	assert_int_equal(s.table_calls, 5ULL * 36 * 2);
	filter_free(f);
}

static bool is_child(uint64_t pid)
{
	char path[64];
	int parent = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%u/stat", (unsigned)pid);
	f = fopen(path, "re");
	if (!f)
		return false;
	if (fscanf(f, "%*d (%*[^)]) %*c %d", &parent) != 1)
		parent = 0;
	fclose(f);
	return parent == getpid();
}

/* What loads programs is ours: its calls are nobody's. */
static void test_loader_left_out(void **state)
{
	struct counts *c;
	struct scene s;

	(void)state;
	if (!scene_open(&s, 0, 0))
		skip();
	switch_to(&s, "bpf:syscalls_count", true);
	switch_to(&s, "bpf:open", true);
	pump(&s, 100 * NSEC_PER_MSEC);
	c = counts_of(&s);
	assert_true(c->count > 0);
	for (size_t i = 0; i < c->count; i++) {
		uint64_t pid = 0;

		field_int(c->schema, schema_field(c->schema, "pid"), counts_at(c, i), c->size,
			  &pid);
		if (pid == (uint64_t)getpid() || is_child(pid))
			fail_msg("process %u is of ours", (unsigned)pid);
	}
	counts_free(c);
	scene_close(&s);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ended_leave),
		cmocka_unit_test(test_loader_left_out),
	};

	/* Guard and loader are this program executed anew. */
	if (argc > 1 && !strcmp(argv[1], GUARD_ARG))
		return guard_main(argc, argv);
	if (argc > 1 && !strcmp(argv[1], LOADER_ARG))
		return loader_main(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
