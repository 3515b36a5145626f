/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Identity on the real kernel: processes note who they are at a time, in an instance of our own
 * their forks, threads, execs, renames and exits are recorded, and the table must say the same.
 *
 * The CPUs are read one behind the other, which is as much out of order as it can get.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/identity.h"
#include "core/page.h"
#include "core/util.h"
#include "tracefs/catalog.h"
#include "tracefs/dir.h"
#include "tracefs/instance.h"
#include "tracefs/ring.h"

#define NOTE_ARG  "--note"
#define NOTES_MAX 4096

struct note {
	uint64_t ts;
	int32_t tid, pid, ppid;
	char comm[COMM_LEN];
};

/* In memory that children share, across exec as well. */
struct notes {
	atomic_uint count;
	struct note v[NOTES_MAX];
};

struct bench {
	char *tracefs;
	struct guard *guard;
	struct instance in;
	struct schema_set *set;
	struct catalog *catalog;
	struct identity *id;
	struct notes *notes;
	int notes_fd;
	struct err e;
};

static const struct {
	const char *system, *event;
} wanted[] = {
	{ "task", "task_newtask" },	   { "task", "task_rename" },
	{ "sched", "sched_process_fork" }, { "sched", "sched_process_exec" },
	{ "sched", "sched_process_exit" },
};

static void note(struct notes *notes)
{
	struct note n = { .tid = (int32_t)syscall(SYS_gettid), .pid = getpid(), .ppid = getppid() };
	unsigned i = atomic_fetch_add(&notes->count, 1);

	prctl(PR_GET_NAME, n.comm);
	n.ts = clock_mono();
	if (i < NOTES_MAX)
		notes->v[i] = n;
}

/* ---- an instance that records ---- */

static int setup(void **state)
{
	static struct bench b;
	char ns[64] = "";

	b = (struct bench) { .e = ERR_INIT, .notes_fd = -1 };
	*state = &b;
	if (readlink("/proc/self/ns/pid", ns, sizeof(ns) - 1) > 0 &&
	    strcmp(ns, "pid:[4026531836]") != 0) {
		err_set(&b.e, -1, "a pid namespace of its own: events have other ids");
		return 0;
	}
	if (tracefs_find(false, &b.tracefs, &b.e)) {
		b.tracefs = NULL;
		return 0;
	}
	b.notes_fd = memfd_create("notes", 0); /* to be inherited */
	if (ftruncate(b.notes_fd, sizeof(*b.notes)))
		return -1;
	b.notes = mmap(NULL, sizeof(*b.notes), PROT_READ | PROT_WRITE, MAP_SHARED, b.notes_fd, 0);
	b.id = identity_new(&(struct identity_conf) { .live = true });
	b.set = schema_set_new((struct machine) { .long_size = sizeof(long) });
	if (guard_start(&b.guard, &b.e) || catalog_open(&b.catalog, b.tracefs, b.set, &b.e) ||
	    instance_open(&b.in, b.guard, b.tracefs, "test", 4 << 20, PAGE_SIZE_MAX, &b.e)) {
		print_message("# %s\n", b.e.text);
		return -1;
	}
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;
	int r;

	instance_close(&b->in, NULL);
	r = guard_stop(b->guard, NULL);
	catalog_close(b->catalog);
	schema_set_free(b->set);
	identity_free(b->id);
	if (b->notes)
		munmap(b->notes, sizeof(*b->notes));
	if (b->notes_fd >= 0)
		close(b->notes_fd);
	free(b->tracefs);
	return r;
}

static void start(struct bench *b, bool scan)
{
	if (!b->tracefs) {
		print_message("skip: %s\n", b->e.text);
		skip();
	}
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		const struct schema *s;

		if (catalog_schema(b->catalog, wanted[i].system, wanted[i].event, &s, &b->e) ||
		    instance_enable(&b->in, wanted[i].system, wanted[i].event, true, &b->e))
			fail_msg("%s", b->e.text);
	}
	assert_int_equal(instance_on(&b->in, true, &b->e), 0);
	if (scan && identity_scan(b->id, &b->e))
		fail_msg("%s", b->e.text);
}

static unsigned learn_page(struct bench *b, const uint8_t *page)
{
	struct page_walk w = page_walk_init(page + PAGE_HEADER,
					    load_u64(page + 8) & PAGE_COMMIT_MASK, load_u64(page));
	struct page_event ev;
	unsigned n = 0;

	assert_false(load_u64(page + 8) & PAGE_MISSED);
	while (page_next(&w, &ev)) {
		const struct schema *s = schema_set_get(b->set, load_u16(ev.rec), b->set->gen);

		if (!s || identity_role(s) == ROLE_NONE)
			continue;
		b->set->by_id[s->id]->role = identity_role(s);
		identity_learn(b->id, s, ev.ts, ev.rec, ev.size);
		n++;
	}
	return n;
}

static void learn_all(struct bench *b)
{
	uint8_t *page = malloc(PAGE_SIZE_MAX);
	unsigned events = 0;

	instance_on(&b->in, false, NULL);
	for (unsigned cpu = b->in.cpus; cpu-- > 0;) {
		struct ring r;

		if (ring_open(&r, b->in.path, cpu, b->in.subbuf_size, &b->e))
			fail_msg("%s", b->e.text);
		while (ring_read(&r, page, &b->e) > 0)
			events += learn_page(b, page);
		ring_close(&r);
	}
	free(page);
	print_message("# %u events, %u notes\n", events, b->notes->count);
	assert_true(events > 0);
}

/* Every note must be what the table says of that thread at that time. */
static void check_notes(struct bench *b)
{
	unsigned count = b->notes->count;

	assert_true(count > 0 && count <= NOTES_MAX);
	for (unsigned i = 0; i < count; i++) {
		const struct note *n = &b->notes->v[i];
		const struct task *t = identity_task(b->id, n->tid, n->ts);

		assert_non_null(t);
		if (strcmp(identity_comm(b->id, n->tid, n->ts), n->comm) != 0)
			fail_msg("note %u: tid %d is %s, not %s", i, n->tid,
				 identity_comm(b->id, n->tid, n->ts), n->comm);
		assert_int_equal(identity_pid(b->id, n->tid, n->ts), n->pid);
		assert_int_equal(t->process->ppid, n->ppid);
		assert_true(t->start <= n->ts);
	}
}

static void reap(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* ---- the stories ---- */

static void many_short_processes(void **state)
{
	struct bench *b = *state;

	start(b, true);
	for (unsigned i = 0; i < 300; i++) {
		pid_t pid = fork();

		if (!pid) {
			char comm[COMM_LEN];

			note(b->notes);
			snprintf(comm, sizeof(comm), "short-%u", i);
			prctl(PR_SET_NAME, comm);
			note(b->notes);
			_exit(0);
		}
		reap(pid);
	}
	learn_all(b);
	check_notes(b);
	for (unsigned i = 0; i < b->notes->count; i++) {
		const struct note *n = &b->notes->v[i];

		assert_true(identity_task(b->id, n->tid, n->ts)->end < UINT64_MAX);
		assert_true(identity_task(b->id, n->tid, n->ts)->process->end < UINT64_MAX);
	}
}

static void *thread_story(void *arg)
{
	struct notes *notes = arg;

	note(notes);
	prctl(PR_SET_NAME, "t) (h\nread");
	note(notes);
	return NULL;
}

static void threads(void **state)
{
	struct bench *b = *state;
	pthread_t t[8];
	pid_t pid;

	start(b, true);
	pid = fork();
	if (!pid) {
		for (unsigned round = 0; round < 10; round++) {
			for (size_t i = 0; i < ARRAY_SIZE(t); i++)
				pthread_create(&t[i], NULL, thread_story, b->notes);
			for (size_t i = 0; i < ARRAY_SIZE(t); i++)
				pthread_join(t[i], NULL);
		}
		note(b->notes);
		_exit(0);
	}
	reap(pid);
	learn_all(b);
	check_notes(b);
}

static void *exec_story(void *arg)
{
	char fd[16], *argv[] = { "tdtest", NOTE_ARG, fd, NULL }, *envp[] = { NULL };

	snprintf(fd, sizeof(fd), "%d", *(int *)arg);
	execve("/proc/self/exe", argv, envp);
	_exit(1);
}

static void exec_of_leader_and_thread(void **state)
{
	struct bench *b = *state;
	pid_t pid[2];

	start(b, true);
	for (unsigned by_thread = 0; by_thread < 2; by_thread++) {
		pid[by_thread] = fork();
		if (!pid[by_thread]) {
			pthread_t t;

			note(b->notes);
			if (!by_thread)
				exec_story(&b->notes_fd);
			pthread_create(&t, NULL, exec_story, &b->notes_fd);
			pause();
		}
		reap(pid[by_thread]);
	}
	learn_all(b);
	assert_int_equal(b->notes->count, 4);
	check_notes(b);
	for (unsigned i = 0; i < 2; i++) {
		const struct process *p =
		    identity_task(b->id, pid[i], b->notes->v[2 * i].ts)->process;

		/* One process before and behind the exec, whoever called it. */
		assert_ptr_equal(p,
				 identity_task(b->id, pid[i], b->notes->v[2 * i + 1].ts)->process);
		assert_string_equal(p->exe, "/proc/self/exe");
		assert_int_equal(p->threads, 0);
		assert_true(p->end < UINT64_MAX);
	}
}

static void scan_and_events_agree(void **state)
{
	struct bench *b = *state;
	pid_t pid[20];
	int pipefd[2];
	char c;

	assert_int_equal(pipe(pipefd), 0);
	start(b, false);
	for (size_t i = 0; i < ARRAY_SIZE(pid); i++) {
		pid[i] = fork();
		if (!pid[i]) {
			prctl(PR_SET_NAME, "waiting");
			note(b->notes);
			close(pipefd[1]);
			if (read(pipefd[0], &c, 1) == 0)
				prctl(PR_SET_NAME, "woken");
			note(b->notes);
			_exit(0);
		}
	}
	while (b->notes->count < ARRAY_SIZE(pid))
		usleep(1000);
	/* The scan comes first and sees all; the events before it are learned behind it. */
	assert_int_equal(identity_scan(b->id, &b->e), 0);
	close(pipefd[1]);
	for (size_t i = 0; i < ARRAY_SIZE(pid); i++)
		reap(pid[i]);
	close(pipefd[0]);
	learn_all(b);
	check_notes(b);
	for (unsigned i = 0; i < b->notes->count; i++) {
		const struct note *n = &b->notes->v[i];

		assert_true(identity_task(b->id, n->tid, n->ts)->process->end < UINT64_MAX);
	}
	assert_string_equal(identity_comm(b->id, getpid(), clock_mono()), "kernel_identity");
}

static int noted(const char *fd)
{
	struct notes *notes = mmap(NULL, sizeof(*notes), PROT_READ | PROT_WRITE, MAP_SHARED,
				   (int)strtol(fd, NULL, 10), 0);

	if (notes == MAP_FAILED)
		return 1;
	note(notes);
	return 0;
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		CASE(many_short_processes),
		CASE(threads),
		CASE(exec_of_leader_and_thread),
		CASE(scan_and_events_agree),
	};

	if (argc > 1 && !strcmp(argv[1], GUARD_ARG))
		return guard_main(argc, argv);
	if (argc > 2 && !strcmp(argv[1], NOTE_ARG))
		return noted(argv[2]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
