/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Instances on the real kernel: knobs read back, events read, filters refused and kept, losses
 * counted in place, names that clash, the lock and the sweep. Leaves no instance behind.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/page.h"
#include "core/util.h"
#include "tracefs/dir.h"
#include "tracefs/instance.h"
#include "tracefs/ring.h"

struct bench {
	char *tracefs;
	struct guard *guard;
	struct instance in;
	struct err e;
};

static int setup(void **state)
{
	static struct bench b;

	b = (struct bench) { .e = ERR_INIT };
	*state = &b;
	if (tracefs_find(false, &b.tracefs, &b.e)) {
		print_message("# %s\n", b.e.text);
		b.tracefs = NULL;
		return 0;
	}
	return guard_start(&b.guard, &b.e);
}

static int teardown(void **state)
{
	struct bench *b = *state;

	instance_close(&b->in, NULL);
	free(b->tracefs);
	return guard_stop(b->guard, NULL);
}

static void need_tracefs(const struct bench *b)
{
	if (b->tracefs)
		return;
	print_message("skip: %s\n", b->e.text);
	skip();
}

static void make(struct bench *b, uint64_t buffer, uint32_t subbuf)
{
	need_tracefs(b);
	if (instance_open(&b->in, b->guard, b->tracefs, "test", buffer, subbuf, &b->e))
		fail_msg("%s", b->e.text);
}

static const char *get(const struct bench *b, const char *file, char *buf, size_t size)
{
	struct strbuf s = { 0 };

	if (tracefs_read(b->in.path, &s, NULL, "%s", file))
		strbuf_str(&s, "?");
	snprintf(buf, size, "%.*s", (int)strcspn(strbuf_cstr(&s), "\n"), strbuf_cstr(&s));
	strbuf_done(&s);
	return buf;
}

static void knobs_are_as_documented(void **state)
{
	static const struct {
		const char *file, *value;
	} rows[] = { { "tracing_on", "0" },	    { "options/overwrite", "1" },
		     { "options/stacktrace", "0" }, { "buffer_percent", "0" },
		     { "options/event-fork", "0" }, { "set_event_pid", "" } };
	struct bench *b = *state;
	uint64_t from = clock_mono(), opened;
	char buf[256];

	make(b, 1 << 20, 65536);
	opened = clock_mono();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_string_equal(get(b, rows[i].file, buf, sizeof(buf)), rows[i].value);
	assert_non_null(strstr(get(b, "trace_clock", buf, sizeof(buf)), "[mono]"));
	assert_true(b->in.cpus >= 1 && b->in.cpus <= 65535);
	assert_true(b->in.buffer_size >= 1 << 20);
	assert_true(b->in.buffer_size < 3 << 20);
	if (access("/sys/kernel/tracing/buffer_subbuf_size_kb", F_OK))
		assert_int_equal(b->in.subbuf_size, sysconf(_SC_PAGESIZE));
	else
		assert_int_equal(b->in.subbuf_size, 65536);
	print_message("# open %.1f ms, %u CPUs, %llu KiB each, sub-buffers of %u\n",
		      (double)(opened - from) / 1e6, b->in.cpus,
		      (unsigned long long)b->in.buffer_size / 1024, b->in.subbuf_size);
	from = clock_mono();
	assert_int_equal(instance_close(&b->in, &b->e), 0);
	print_message("# close %.1f ms\n", (double)(clock_mono() - from) / 1e6);
}

static void knobs_of_the_top_are_not_inherited(void **state)
{
	struct bench *b = *state;
	uint64_t was = 0;
	char buf[8];

	need_tracefs(b);
	if (tracefs_read_u64(b->tracefs, &was, NULL, "options/stacktrace") || was) {
		print_message("skip: no options/stacktrace to turn here\n");
		skip();
	}
	assert_true(guard_write(b->guard, "/sys/kernel/tracing/options/stacktrace", "0", 1, NULL) >
		    0);
	assert_true(guard_write(b->guard, "/sys/kernel/tracing/options/overwrite", "1", 1, NULL) >
		    0);
	assert_int_equal(tracefs_write(b->tracefs, "1", NULL, "options/stacktrace"), 0);
	assert_int_equal(tracefs_write(b->tracefs, "0", NULL, "options/overwrite"), 0);
	make(b, 1 << 16, 4096);
	assert_string_equal(get(b, "options/stacktrace", buf, sizeof(buf)), "0");
	assert_string_equal(get(b, "options/overwrite", buf, sizeof(buf)), "1");
	/* The teardown's guard_stop sets both back: see the next test. */
}

static void the_guard_set_the_top_back(void **state)
{
	struct bench *b = *state;
	uint64_t v;

	need_tracefs(b);
	if (tracefs_read_u64(b->tracefs, &v, NULL, "options/stacktrace"))
		skip();
	assert_int_equal(v, 0);
	assert_int_equal(tracefs_read_u64(b->tracefs, &v, NULL, "options/overwrite"), 0);
	assert_int_equal(v, 1);
}

static void pin(unsigned cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

/* Switches of this thread on its CPU, as many as asked for and some more. */
static void make_switches(unsigned n)
{
	while (n--)
		usleep(10);
}

struct tally {
	uint64_t events, lost, fragments;
	uint64_t holes;	  /* pages before which events were lost */
	uint64_t counted; /* holes whose size the page says */
	uint64_t last;
	bool ordered;
};

static void read_ring(struct bench *b, unsigned cpu, struct tally *t)
{
	static uint8_t page[1 << 20];
	struct ring r = { .fd = -1 };
	int n;

	assert_int_equal(ring_open(&r, b->in.path, cpu, b->in.subbuf_size, &b->e), 0);
	assert_true(fcntl(r.fd, F_GETFD) & FD_CLOEXEC);
	while ((n = ring_read(&r, page, &b->e)) > 0) {
		uint64_t commit = load_u64(page + 8), used = commit & PAGE_COMMIT_MASK;
		struct page_walk w;
		struct page_event ev;

		assert_true(n >= PAGE_HEADER && (uint64_t)n >= PAGE_HEADER + used);
		t->fragments++;
		t->holes += !!(commit & PAGE_MISSED);
		if (commit & PAGE_MISSED_STORED) {
			assert_true((uint64_t)n >= PAGE_HEADER + used + 8);
			t->lost += load_u64(page + PAGE_HEADER + used);
			t->counted++;
		}
		w = page_walk_init(page + PAGE_HEADER, (uint32_t)used, load_u64(page));
		while (page_next(&w, &ev)) {
			t->ordered &= ev.ts >= t->last;
			t->last = ev.ts;
			t->events++;
		}
		assert_false(w.damaged);
	}
	assert_int_equal(n, 0);
	ring_close(&r);
	ring_close(&r);
}

static void events_are_read_with_their_time(void **state)
{
	struct bench *b = *state;
	struct tally t = { .ordered = true };
	struct instance_stats s;
	uint64_t from, to;

	make(b, 1 << 20, 65536);
	pin(0);
	from = clock_mono();
	assert_int_equal(instance_enable(&b->in, "sched", "sched_switch", true, &b->e), 0);
	print_message("# enable %.1f ms\n", (double)(clock_mono() - from) / 1e6);
	assert_int_equal(instance_on(&b->in, true, &b->e), 0);
	from = clock_mono();
	make_switches(100);
	to = clock_mono();
	assert_int_equal(instance_on(&b->in, false, &b->e), 0);
	read_ring(b, 0, &t);
	assert_true(t.events >= 100);
	assert_true(t.ordered);
	assert_true(t.last >= from && t.last <= to + NSEC_PER_SEC);
	assert_int_equal(t.lost, 0);
	assert_int_equal(instance_stats(&b->in, 0, &s, &b->e), 0);
	assert_int_equal(s.read, t.events);
	assert_int_equal(s.overrun + s.dropped, 0);
	assert_int_equal(instance_stats(&b->in, 60000, &s, &b->e), -ENOENT);
}

/*
 * overwrite on: the page behind the hole says that there is one, and how large it is where the
 * kernel found room for the number; the sum is in the statistics, and nothing of it is unaccounted
 * for.
 */
static void losses_have_a_place(void **state)
{
	struct bench *b = *state;
	struct tally t = { .ordered = true };
	struct instance_stats s;

	make(b, 1 << 14, 4096);
	pin(0);
	assert_int_equal(instance_enable(&b->in, "sched", "sched_switch", true, &b->e), 0);
	assert_int_equal(instance_on(&b->in, true, &b->e), 0);
	make_switches(3000);
	assert_int_equal(instance_on(&b->in, false, &b->e), 0);
	read_ring(b, 0, &t);
	assert_int_equal(instance_stats(&b->in, 0, &s, &b->e), 0);
	assert_true(s.overrun > 0);
	assert_int_equal(t.holes, 1);
	assert_int_equal(t.lost, t.counted ? s.overrun : 0);
	assert_int_equal(s.dropped, 0);
	assert_int_equal(s.read, t.events);
	assert_true(t.events + s.overrun >= 3000);
	print_message("# %llu read, %llu lost\n", (unsigned long long)t.events,
		      (unsigned long long)s.overrun);
}

static void a_refused_filter_has_a_caret(void **state)
{
	struct bench *b = *state;
	char buf[128];
	int ret;

	make(b, 1 << 16, 4096);
	assert_int_equal(instance_filter(&b->in, "sched", "sched_switch", "prev_pid == 1", &b->e),
			 0);
	ret = instance_filter(&b->in, "sched", "sched_switch", "prev_pid > 0 && foo == 1", &b->e);
	assert_int_equal(ret, -EINVAL);
	assert_int_equal(b->e.code, -EINVAL);
	assert_non_null(strstr(b->e.text, "Field not found"));
	assert_non_null(strstr(b->e.text, "prev_pid > 0 && foo == 1"));
	assert_non_null(strchr(b->e.text, '^'));
	assert_in_range(b->e.column, 16, 20); /* the kernel points behind the word */
	/* The one before stays. */
	get(b, "events/sched/sched_switch/filter", buf, sizeof(buf));
	assert_string_equal(buf, "prev_pid == 1");
	assert_int_equal(instance_filter(&b->in, "sched", "sched_switch", "", &b->e), 0);
	get(b, "events/sched/sched_switch/filter", buf, sizeof(buf));
	assert_string_equal(buf, "none");
	assert_int_equal(instance_filter(&b->in, "sched", "sched_switch", "(", &b->e), -EINVAL);
	get(b, "events/sched/sched_switch/filter", buf, sizeof(buf));
	assert_string_equal(buf, "none");
}

static void bad_names_and_knobs(void **state)
{
	static const char *const names[] = { "", "a/b", "..", "a.b" };
	struct bench *b = *state;

	need_tracefs(b);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_int_equal(
		    instance_open(&b->in, b->guard, b->tracefs, names[i], 0, 4096, &b->e), -EINVAL);
	make(b, 1 << 16, 4096);
	assert_int_equal(instance_enable(&b->in, "sched", "../enable", true, &b->e), -EINVAL);
	assert_int_equal(instance_enable(&b->in, "sched", "no_such_event", true, &b->e), -ENOENT);
}

static void a_second_one_gets_another_name(void **state)
{
	struct bench *b = *state;
	struct instance other;

	make(b, 1 << 16, 4096);
	assert_int_equal(instance_open(&other, b->guard, b->tracefs, "test", 1 << 16, 4096, &b->e),
			 0);
	assert_string_not_equal(other.name, b->in.name);
	assert_int_equal(instance_close(&other, &b->e), 0);
	assert_int_equal(instance_close(&other, &b->e), 0);
	assert_int_equal(access(b->in.path, F_OK), 0);
}

static void a_busy_one_says_so_and_goes_later(void **state)
{
	struct bench *b = *state;
	struct ring r = { .fd = -1 };
	char path[256];

	make(b, 1 << 16, 4096);
	snprintf(path, sizeof(path), "%s", b->in.path);
	assert_int_equal(ring_open(&r, b->in.path, 0, b->in.subbuf_size, &b->e), 0);
	assert_int_equal(instance_close(&b->in, &b->e), -EBUSY);
	assert_non_null(strstr(b->e.text, "cannot remove"));
	ring_close(&r);
	assert_int_equal(access(path, F_OK), 0);
	assert_int_equal(guard_stop(b->guard, &b->e), 0);
	b->guard = NULL;
	assert_int_not_equal(access(path, F_OK), 0);
}

struct seen {
	const char *name;
	unsigned count, removed;
};

static void see(const struct leftover *l, bool removed, const char *why, void *data)
{
	struct seen *s = data;

	if (strcmp(l->name, s->name))
		return;
	s->count++;
	s->removed += removed;
	assert_int_equal(l->pid, 999999);
	assert_non_null(why);
}

static void the_sweep_takes_the_dead_only(void **state)
{
	struct bench *b = *state;
	struct seen s = { .name = "tapdeck.999999.test" };
	char path[256];
	int fd;

	make(b, 1 << 16, 4096);
	snprintf(path, sizeof(path), "%s/instances/%s", b->tracefs, s.name);
	assert_int_equal(mkdir(path, 0750), 0);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
	assert_true(instance_sweep(b->tracefs, true, see, &s, &b->e) >= 0);
	assert_int_equal(s.count, 0); /* locked: somebody lives */
	close(fd);
	assert_true(instance_sweep(b->tracefs, false, see, &s, &b->e) >= 1);
	assert_int_equal(s.count, 1);
	assert_int_equal(s.removed, 0);
	assert_int_equal(access(path, F_OK), 0);
	assert_true(instance_sweep(b->tracefs, true, see, &s, &b->e) >= 1);
	assert_int_equal(s.removed, 1);
	assert_int_not_equal(access(path, F_OK), 0);
	assert_int_equal(access(b->in.path, F_OK), 0); /* ours lives */
}

/* Makers and sweepers at the same time: no maker ever loses its instance. */
static void the_sweep_does_not_race_with_makers(void **state)
{
	struct bench *b = *state;
	int status;
	pid_t pid;

	need_tracefs(b);
	pid = fork();
	if (!pid) {
		/* A failed check below must not leave it sweeping. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (uint64_t from = clock_mono(); clock_mono() - from < 60 * NSEC_PER_SEC;)
			instance_sweep(b->tracefs, true, NULL, NULL, NULL);
		_exit(0);
	}
	for (int i = 0; i < 20; i++) {
		make(b, 1 << 14, 4096);
		assert_int_equal(access(b->in.path, F_OK), 0);
		assert_int_equal(instance_on(&b->in, true, &b->e), 0);
		assert_int_equal(instance_close(&b->in, &b->e), 0);
	}
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
}

static void the_default_buffer_is_bounded(void **state)
{
	assert_true(instance_default_buffer(1) <= 16 << 20);
	assert_true(instance_default_buffer(0) <= 16 << 20);
	assert_int_equal(instance_default_buffer(1u << 30), 64 << 10);
	assert_true(instance_default_buffer(2) >= 64 << 10);
}

int main(int argc, char **argv)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(knobs_are_as_documented),
		T(knobs_of_the_top_are_not_inherited),
		T(the_guard_set_the_top_back),
		T(events_are_read_with_their_time),
		T(losses_have_a_place),
		T(a_refused_filter_has_a_caret),
		T(bad_names_and_knobs),
		T(a_second_one_gets_another_name),
		T(a_busy_one_says_so_and_goes_later),
		T(the_sweep_takes_the_dead_only),
		T(the_sweep_does_not_race_with_makers),
		cmocka_unit_test(the_default_buffer_is_bounded),
	};

	if (argc > 1 && !strcmp(argv[1], GUARD_ARG))
		return guard_main(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
