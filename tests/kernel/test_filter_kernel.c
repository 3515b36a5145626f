/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter_kernel: what kernel{ } says of a record is what the kernel says when it is made.
 *
 * The same workload is traced by two instances at once: one has the filter in its events, the other
 * takes all. The records of the second that our evaluation lets pass must be those of the first,
 * byte by byte and in their order. What the kernel refuses for an event we must refuse, too.
 */
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "core/filter_kernel.h"
#include "core/identity.h"
#include "core/page.h"
#include "tests/kernel/text_fixture.h"

#define PAGE_BYTES 65536
#define NAME	   "filter-worker"

enum { FILTERED, ALL, INSTANCES };

struct live {
	char dir[INSTANCES][256];
	struct schema_set *set;
	struct identity *identity;
	int go[2], done[2]; /* pipes to and from the worker */
	pid_t worker;
	unsigned long rows, passed, refused;
};

static const char *const events[] = {
	"sched/sched_switch",	    "sched/sched_waking",	"raw_syscalls/sys_enter",
	"raw_syscalls/sys_exit",    "signal/signal_generate",	"sched/sched_process_fork",
	"task/task_rename",	    "sched/sched_process_exec", "syscalls/sys_enter_prctl",
	"sched/sched_stat_runtime",
};

static int write_file(const char *dir, const char *name, const char *value)
{
	char path[512];
	int fd, err = 0;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CLOEXEC | O_TRUNC);
	if (fd < 0)
		return -errno;
	if (write(fd, value, strlen(value)) < 0)
		err = -errno;
	close(fd);
	return err;
}

/* ---- the worker ---- */

/* quiet: under one name. */
static void work(bool quiet)
{
	static const char *const names[] = { "a", "worker", "fifteen-bytes-x", "filter-w",
					     "0digit" };
	char *const argv[] = { "true", NULL };
	pid_t pid;

	for (int i = 0; i < 20; i++) {
		struct timespec nap = { .tv_nsec = 20000 };

		prctl(PR_SET_NAME, quiet ? NAME : names[i % 5]);
		nanosleep(&nap, NULL);
		prctl(PR_SET_NAME, NAME);
		if (close(-1 - i) < 0)
			kill(getpid(), i % 2 ? SIGCONT : SIGWINCH);
		sched_yield();
	}
	if (!posix_spawnp(&pid, "true", NULL, NULL, argv, NULL))
		waitpid(pid, NULL, 0);
}

/* Waits for a byte, works, says so, until the pipe is closed. */
static void worker(struct live *l)
{
	char c;

	prctl(PR_SET_NAME, NAME);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(l->go[1]);
	while (read(l->go[0], &c, 1) == 1) {
		work(c == 'q');
		if (write(l->done[1], &c, 1) < 0)
			break;
	}
	_exit(0);
}

/* ---- instances ---- */

static int setup(void **state)
{
	struct live *l = xcalloc(1, sizeof(*l));
	unsigned count;

	*state = l;
	for (int i = 0; i < INSTANCES; i++) {
		snprintf(l->dir[i], sizeof(l->dir[i]), TRACEFS "/instances/test.kfilter%d.%d", i,
			 getpid());
		if (geteuid() || mkdir(l->dir[i], 0700)) {
			l->dir[i][0] = '\0';
			return 0;
		}
	}
	l->set = kernel_schemas(&count);
	l->identity = identity_new(&(struct identity_conf) { .proc = NULL });
	assert_int_equal(pipe(l->go) | pipe(l->done), 0);
	l->worker = fork();
	if (!l->worker)
		worker(l);
	return 0;
}

static int teardown(void **state)
{
	struct live *l = *state;

	if (l->worker) {
		close(l->go[0]);
		close(l->go[1]);
		waitpid(l->worker, NULL, 0);
	}
	for (int i = 0; i < INSTANCES; i++) {
		if (!l->dir[i][0])
			continue;
		write_file(l->dir[i], "events/enable", "0");
		for (int n = 0; n < 100 && rmdir(l->dir[i]); n++)
			usleep(10000);
		assert_int_equal(access(l->dir[i], F_OK), -1);
	}
	schema_set_free(l->set);
	identity_free(l->identity);
	free(l);
	return 0;
}

/* All events of both instances on for the worker alone, once. */
static void prepare(struct live *l)
{
	char text[32];

	snprintf(text, sizeof(text), "%d", l->worker);
	for (int i = 0; i < INSTANCES; i++) {
		write_file(l->dir[i], "tracing_on", "0");
		write_file(l->dir[i], "buffer_size_kb", "1024");
		assert_int_equal(write_file(l->dir[i], "set_event_pid", text), 0);
		for (size_t e = 0; e < ARRAY_SIZE(events); e++) {
			char path[128];

			snprintf(path, sizeof(path), "events/%s/enable", events[e]);
			write_file(l->dir[i], path, "1");
		}
	}
	identity_hint(l->identity, l->worker, l->worker, NAME);
}

static void run_worker(struct live *l, bool quiet)
{
	char c = quiet ? 'q' : 'x';

	for (int i = INSTANCES; i-- > 0;) {
		write_file(l->dir[i], "trace", "");
		write_file(l->dir[i], "tracing_on", "1");
	}
	assert_int_equal(write(l->go[1], &c, 1), 1);
	assert_int_equal(read(l->done[0], &c, 1), 1);
	usleep(3000); /* it sleeps again */
	for (int i = 0; i < INSTANCES; i++)
		write_file(l->dir[i], "tracing_on", "0");
}

/* ---- comparing ---- */

/* All records of a CPU, copied one behind the other: a size, then the bytes. */
static void read_cpu(const char *dir, unsigned cpu, struct strbuf *out)
{
	static uint8_t page[PAGE_BYTES];
	char path[512];
	int fd;

	snprintf(path, sizeof(path), "%s/per_cpu/cpu%u/trace_pipe_raw", dir, cpu);
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	assert_true(fd >= 0);
	while (read(fd, page, sizeof(page)) > PAGE_HEADER) {
		struct page_walk w = page_walk_init(
		    page + PAGE_HEADER, (uint32_t)load_u64(page + 8) & PAGE_COMMIT_MASK, 0);
		struct page_event ev;

		while (page_next(&w, &ev)) {
			strbuf_add(out, &ev.size, 4);
			strbuf_add(out, ev.rec, ev.size);
		}
		assert_false(w.damaged);
	}
	close(fd);
}

/* The next record, or false. */
static bool next(const struct strbuf *b, size_t *at, const uint8_t **rec, uint32_t *size)
{
	if (*at >= b->len)
		return false;
	*size = load_u32(b->s + *at);
	*rec = (const uint8_t *)b->s + *at + 4;
	*at += 4 + *size;
	return true;
}

/* Flags may change between two instances that see the same hit; behind a text stands anything. */
static bool same(const struct schema *s, const uint8_t *a, uint32_t a_size, const uint8_t *b,
		 uint32_t b_size)
{
	if (a_size != b_size || memcmp(a, b, 2))
		return false;
	schema_for_each_field (s, f) {
		uint32_t a_len = 0, b_len = 0;
		const uint8_t *p = field_bytes(s, f, a, a_size, &a_len);
		const uint8_t *q = field_bytes(s, f, b, b_size, &b_len);

		if (f == s->flags || f == s->preempt)
			continue;
		if (!p || !q || a_len != b_len ||
		    (f->kind == FIELD_STRING ? strncmp((const char *)p, (const char *)q, a_len)
					     : memcmp(p, q, a_len)))
			return false;
	}
	return true;
}

static void compare_cpu(struct live *l, struct filter *f, const bool *accepted, unsigned cpu)
{
	struct strbuf got = { 0 }, all = { 0 };
	size_t got_at = 0, all_at = 0;
	const uint8_t *rec, *kernels;
	uint32_t size, kernels_size;

	read_cpu(l->dir[FILTERED], cpu, &got);
	read_cpu(l->dir[ALL], cpu, &all);
	while (next(&all, &all_at, &rec, &size)) {
		struct row r = { .rec = rec, .size = size, .cpu = (uint16_t)cpu };

		r.schema = schema_set_get(l->set, load_u16(rec), UINT32_MAX);
		assert_non_null(r.schema);
		r.tid = (int32_t)load_u32(rec + 4);
		l->rows++;
		if (!accepted[r.schema->id] || !filter_match(f, &r, l->identity))
			continue;
		l->passed++;
		if (!next(&got, &got_at, &kernels, &kernels_size) ||
		    !same(r.schema, rec, size, kernels, kernels_size))
			fail_msg("%s: the kernel did not let a %s pass", filter_text(f),
				 r.schema->name);
	}
	while (next(&got, &got_at, &kernels, &kernels_size)) {
		const struct schema *s = schema_set_get(l->set, load_u16(kernels), UINT32_MAX);

		fail_msg("%s: the kernel let a %s more pass", filter_text(f), s->name);
	}
	strbuf_done(&got);
	strbuf_done(&all);
}

/* Writes the filter to every event; where it is refused the event is off. */
static void write_filters(struct live *l, const struct filter *f, const char *text, bool *accepted)
{
	for (size_t e = 0; e < ARRAY_SIZE(events); e++) {
		const char *slash = strchr(events[e], '/');
		char path[128], system[64];
		const struct schema *s;
		const struct kernel_node *at;
		enum kernel_fit fit;

		snprintf(system, sizeof(system), "%.*s", (int)(slash - events[e]), events[e]);
		s = schema_set_find(l->set, system, slash + 1);
		if (!s)
			continue;
		snprintf(path, sizeof(path), "events/%s/filter", events[e]);
		write_file(l->dir[FILTERED], path, "0");
		accepted[s->id] = write_file(l->dir[FILTERED], path, text) == 0;
		fit = filter_kernel_fit_all(f->root->kernel, s, &at);
		if (accepted[s->id] != (fit == KERNEL_FITS || fit == KERNEL_UNSEEN))
			fail_msg("%s on %s: the kernel says %s", text, events[e],
				 accepted[s->id] ? "yes" : "no");
		/* Not by the filter's refusal: as if nothing passed. */
		if (!accepted[s->id])
			write_file(l->dir[FILTERED], path, "common_pid == -1");
		l->refused += !accepted[s->id];
	}
}

static const char *const expressions[] = {
	"common_pid > 0",
	"common_pid == 0",
	"prev_comm == \"" NAME "\"",
	"prev_comm != '" NAME "'",
	"prev_comm ~ \"filter-*\" || next_comm ~ \"filter-*\"",
	"prev_comm ~ \"*worker\"",
	"next_comm ~ \"*0\"",
	"prev_comm ~ \"*x\"",
	"prev_comm ~ \"*wor*\"",
	"prev_comm ~ \"f*r-w*r\"",
	"prev_comm ~ \"!filter*\"",
	"prev_comm ~ \"[fs]*\"",
	"prev_comm ~ \"0*\"",
	"prev_comm ~ \"*\"",
	"prev_comm ~ \"**\"",
	"prev_comm ~ \"\"",
	"prev_comm ~ \"*ker\\*\"",
	"prev_comm == \"fifteen-bytes-xyz\"",
	"newcomm ~ \"fifteen*\" || oldcomm == \"worker\"",
	"newcomm ~ \"*bytes-x\"",
	"newcomm == 'a'",
	"oldcomm ~ \"*er\"",
	"prev_state == 1",
	"prev_state & 0x3",
	"!(prev_state == 0)",
	"prev_state != 0 && next_pid != 0",
	"prev_prio == 4294967416",
	"prev_prio >= 0x78",
	"prev_prio < 0200",
	"next_pid > -1",
	"id == 3 || id == 157",
	"id & 1",
	"ret < 0",
	"ret == -9",
	"ret >= 0x7fffffffffffffff",
	"ret < -0x10",
	"id > 99999999999",
	"runtime > 10000",
	"runtime > -1",
	"sig == 18 || sig==28",
	"sig != 17&&code==0",
	"!sig == 18",
	"pid == 0",
	"pid > 0 && prio == 120",
	"CPU == 0",
	"cpu != 0",
	"CPU & 1",
	"CPU == CPUS{0}",
	"CPU & CPUS{0-1}",
	"CPU != CPUS{0-1}",
	"target_cpu & CPUS{0-1}",
	"target_cpu == CPUS{1}",
	"target_cpu != CPUS{0-1}",
	"prev_pid != CPUS{0,1}",
	"next_pid == CPUS{0}",
	"filename ~ \"*true\"",
	"filename == \"/usr/bin/true\" || filename == \"/bin/true\"",
	"filename ~ \"/*bin*\"",
	"child_comm ~ \"filter*\"",
	"child_comm == '" NAME "'",
	"comm == \"" NAME "\"",
	"COMM ~ \"*worker\"",
	"comm ~ \"*r\"",
	"args == 3",
	"args != 3",
	"common_flags & 1 || common_preempt_count > 0",
	"((prev_pid == 0)||(prev_pid != 0))&&!(next_pid==0)",
	"! !next_pid == 0",
	"option == 15",
	"option == 0xf && arg2 != 0",
	/* refused by some or all */
	"prev_pid ~ \"1\"",
	"prev_comm == 5",
	"prev_comm > \"a\"",
	"prev_pid == 08",
	"prev_pid == 0x",
	"prev_pid == 5x",
	"prev_pid == 99999999999999999999",
	"runtime == 99999999999999999999",
	"id == 9223372036854775808",
	"prev_comm == CPUS{0}",
	"prev_pid < CPUS{0}",
	"nosuch == 1",
	"prev_pid == 1 && sig == 1",
	"prev_pid.function == 1",
	"prev_pid.ustring == \"x\"",
	"prev_comm.ustring == \"x\"",
	"prev_state.function == schedule",
	"prev_comm ~ 'a\\'",
	"prev_comm ~ '[f*' || prev_comm ~ '[!a-e]il*[r]' || prev_comm ~ 'a*\\\\'",
	"prev_comm ~ 'f\\ilter*r' || prev_comm ~ '?'",
	"sig.ustring == 18",
};

static void same_as_kernel(void **state)
{
	struct live *l = *state;

	if (!l->dir[ALL][0]) {
		print_message("# needs root and tracefs\n");
		skip();
	}
	prepare(l);
	for (size_t i = 0; i < ARRAY_SIZE(expressions); i++) {
		static bool accepted[SCHEMA_ID_MAX + 1];
		struct filter *f = NULL;
		struct err e = ERR_INIT;
		char text[512];

		snprintf(text, sizeof(text), "kernel{%s}", expressions[i]);
		if (filter_parse(text, &f, &e) < 0)
			fail_msg("%s", e.text);
		memset(accepted, 0, sizeof(accepted));
		write_filters(l, f, expressions[i], accepted);
		/* The generic comm is told by the table of names, which has one. */
		run_worker(l, !strncmp(expressions[i], "comm", 4) ||
				  !strncmp(expressions[i], "COMM", 4));
		for (unsigned cpu = 0; cpu < (unsigned)sysconf(_SC_NPROCESSORS_ONLN); cpu++)
			compare_cpu(l, f, accepted, cpu);
		filter_free(f);
	}
	print_message("# %zu expressions, %lu records, %lu of them pass, %lu refusals\n",
		      ARRAY_SIZE(expressions), l->rows, l->passed, l->refused);
	assert_true(l->rows > 10000 && l->passed > 1000 && l->refused > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(same_as_kernel, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
