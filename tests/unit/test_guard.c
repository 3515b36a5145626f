/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guard over plain files and directories: what an orderly end and what kill -9 leave behind.
 * The program under test is this one: it hands over to guard_main as the real one does.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/guard.h"
#include "core/journal.h"
#include "core/util.h"

struct box {
	char dir[64];  /* the test's own */
	char sub[96];  /* a directory to be removed */
	char knob[96]; /* a file to be set back */
};

static int setup(void **state)
{
	static struct box b;

	snprintf(b.dir, sizeof(b.dir), "/tmp/test_guard.XXXXXX");
	if (!mkdtemp(b.dir))
		return -1;
	snprintf(b.sub, sizeof(b.sub), "%s/sub", b.dir);
	snprintf(b.knob, sizeof(b.knob), "%s/knob", b.dir);
	*state = &b;
	return 0;
}

static int teardown(void **state)
{
	struct box *b = *state;

	rmdir(b->sub);
	unlink(b->knob);
	return rmdir(b->dir);
}

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		abort();
	close(fd);
}

static const char *get(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, buf, size - 1);

	buf[n < 0 ? 0 : n] = '\0';
	if (fd >= 0)
		close(fd);
	return buf;
}

static bool gone(pid_t pid)
{
	uint64_t start;
	bool zombie = false;

	return undo_process_start(pid, &start, &zombie) || zombie;
}

/* Waits until there is nothing behind path; returns ms, or -1 after 5 s. */
static int wait_gone(const char *path)
{
	uint64_t from = clock_mono();

	while (clock_mono() - from < 5 * NSEC_PER_SEC) {
		if (access(path, F_OK))
			return (int)((clock_mono() - from) / NSEC_PER_MSEC);
		usleep(500);
	}
	return -1;
}

static int wait_pid_gone(pid_t pid)
{
	uint64_t from = clock_mono();

	while (clock_mono() - from < 5 * NSEC_PER_SEC) {
		if (gone(pid))
			return (int)((clock_mono() - from) / NSEC_PER_MSEC);
		usleep(500);
	}
	return -1;
}

/* A child in a group of its own that sleeps; a deaf one hears no SIGTERM. */
static pid_t sleeper(bool deaf)
{
	int ready[2];
	pid_t pid;
	char c;

	if (pipe2(ready, O_CLOEXEC))
		abort();
	pid = fork();
	if (!pid) {
		setpgid(0, 0);
		prctl(PR_SET_NAME, "a) R (b"); /* what a name may do to a reader of stat */
		signal(SIGTERM, deaf ? SIG_IGN : SIG_DFL);
		if (write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	if (read(ready[0], &c, 1) != 1)
		abort();
	close(ready[0]);
	close(ready[1]);
	return pid;
}

static void orderly_end_undoes_in_reverse(void **state)
{
	struct box *b = *state;
	struct guard *g = NULL;
	struct err e = ERR_INIT;
	char buf[64];
	pid_t pid;

	assert_int_equal(guard_start(&g, &e), 0);
	pid = guard_pid(g);
	assert_false(gone(pid));
	put(b->knob, "old");
	assert_true(guard_write(g, b->knob, "old", 3, &e) > 0);
	put(b->knob, "mid");
	assert_true(guard_write(g, b->knob, "mid", 3, &e) > 0);
	put(b->knob, "new");
	assert_true(guard_rmdir(g, b->sub, &e) > 0);
	assert_int_equal(mkdir(b->sub, 0700), 0);
	assert_int_equal(guard_stop(g, &e), 0);
	assert_int_not_equal(access(b->sub, F_OK), 0);
	assert_string_equal(get(b->knob, buf, sizeof(buf)), "old");
	assert_int_equal(e.code, 0);
	assert_true(gone(pid));
}

static void done_entries_are_left_alone(void **state)
{
	struct box *b = *state;
	struct guard *g = NULL;
	int n;

	assert_int_equal(guard_start(&g, NULL), 0);
	n = guard_rmdir(g, b->sub, NULL);
	assert_int_equal(mkdir(b->sub, 0700), 0);
	guard_done(g, n);
	assert_int_equal(guard_stop(g, NULL), 0);
	assert_int_equal(access(b->sub, F_OK), 0);
}

static void an_empty_value_empties_the_file(void **state)
{
	struct box *b = *state;
	struct guard *g = NULL;
	char buf[64];

	assert_int_equal(guard_start(&g, NULL), 0);
	assert_true(guard_write(g, b->knob, "", 0, NULL) > 0);
	put(b->knob, "1 2 3");
	assert_int_equal(guard_stop(g, NULL), 0);
	assert_string_equal(get(b->knob, buf, sizeof(buf)), "");
	assert_int_equal(access(b->knob, F_OK), 0);
}

/* What the deck of the next tests does before it dies. Never returns. */
static void deck_life(const struct box *b, pid_t child, bool orderly)
{
	struct guard *g = NULL;

	if (guard_start(&g, NULL) || guard_write(g, b->knob, "old", 3, NULL) < 0)
		_exit(1);
	put(b->knob, "new");
	if (guard_rmdir(g, b->sub, NULL) < 0 || mkdir(b->sub, 0700))
		_exit(1);
	if (child && guard_kill(g, child, NULL) < 0)
		_exit(1);
	if (orderly)
		_exit(guard_stop(g, NULL));
	kill(getpid(), SIGKILL);
}

static void kill_9_is_cleaned_up(void **state)
{
	struct box *b = *state;
	char buf[64];
	int status, ms;
	pid_t pid;

	put(b->knob, "old");
	pid = fork();
	if (!pid)
		deck_life(b, 0, false);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	ms = wait_gone(b->sub);
	assert_true(ms >= 0);
	print_message("# cleaned up %d ms after kill -9\n", ms);
	usleep(20000);
	assert_string_equal(get(b->knob, buf, sizeof(buf)), "old");
}

/*
 * A directory that is busy: a mount point in a mount namespace of our own. First for longer than we
 * wait, then for a while only. Returns 0, or the number of the step that went wrong; 99: not
 * possible here.
 */
static int busy_life(const char *dir)
{
	struct journal j;
	struct journal_entry en = { .kind = JOURNAL_RMDIR, .path = dir };
	struct err e = ERR_INIT;
	uint64_t from = clock_mono();
	pid_t pid;

	if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mkdir(dir, 0700) || mount("none", dir, "tmpfs", 0, NULL))
		return 99;
	if (journal_new(&j, NULL) || journal_add(&j, &en, NULL) <= 0)
		return 1;
	if (journal_undo(&j, 50 * NSEC_PER_MSEC, &e) != 1 || e.code != -EBUSY)
		return 2;
	if (clock_mono() - from < 50 * NSEC_PER_MSEC || journal_count(&j) != 1 ||
	    !strstr(e.text, dir))
		return 3;
	pid = fork();
	if (!pid) {
		usleep(50000);
		_exit(umount(dir) ? 1 : 0);
	}
	if (journal_undo(&j, 5 * NSEC_PER_SEC, &e) || e.code || journal_count(&j))
		return 4;
	journal_close(&j);
	return access(dir, F_OK) ? 0 : 5;
}

static void busy_is_tried_again(void **state)
{
	struct box *b = *state;
	pid_t pid = fork();
	int status;

	if (!pid)
		_exit(busy_life(b->sub));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 99) {
		print_message("skip: needs a mount namespace (root)\n");
		skip();
	}
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* Not empty is not busy: no waiting, counted, the rest goes on. */
static void failures_are_counted(void **state)
{
	struct box *b = *state;
	struct guard *g = NULL;
	struct err e = ERR_INIT;
	char inner[128];
	pid_t pid;

	snprintf(inner, sizeof(inner), "%s/inner", b->sub);
	assert_int_equal(guard_start(&g, NULL), 0);
	pid = guard_pid(g);
	assert_true(guard_rmdir(g, b->sub, NULL) > 0);
	assert_int_equal(mkdir(b->sub, 0700), 0);
	assert_int_equal(mkdir(inner, 0700), 0);
	assert_int_equal(guard_stop(g, &e), 1);
	assert_int_equal(e.code, -ENOTEMPTY);
	assert_non_null(strstr(e.text, "sub"));
	assert_false(gone(pid)); /* stays until we are gone; here it must not wait */
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	rmdir(inner);
}

static void children_end(void **state)
{
	static const struct {
		bool deaf, orderly;
	} rows[] = { { false, false }, { true, false }, { false, true }, { true, true } };
	struct box *b = *state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		pid_t child = sleeper(rows[i].deaf), pid = fork();
		int status, ms;

		if (!pid)
			deck_life(b, child, rows[i].orderly);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		ms = wait_pid_gone(child);
		assert_true(ms >= 0);
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_int_equal(WTERMSIG(status), rows[i].deaf ? SIGKILL : SIGTERM);
		assert_true(wait_gone(b->sub) >= 0);
		print_message("# deaf %d, orderly %d: gone %d ms after\n", rows[i].deaf,
			      rows[i].orderly, ms);
	}
}

/* The number is there but belongs to somebody else: no signal. */
static void a_stranger_is_not_killed(void **state)
{
	struct journal j;
	struct journal_entry en = { .kind = JOURNAL_KILL };
	pid_t child = sleeper(false);
	bool zombie;

	assert_int_equal(undo_process_start(child, &en.start, &zombie), 0);
	en.pid = child;
	en.start -= 1;
	assert_int_equal(journal_new(&j, NULL), 0);
	assert_true(journal_add(&j, &en, NULL) > 0);
	assert_int_equal(journal_undo(&j, NSEC_PER_SEC, NULL), 0);
	usleep(10000);
	assert_int_equal(waitpid(child, NULL, WNOHANG), 0);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	journal_close(&j);
}

static void a_killed_guard_is_started_anew(void **state)
{
	struct box *b = *state;
	struct guard *g = NULL;
	pid_t first;

	assert_int_equal(guard_start(&g, NULL), 0);
	first = guard_pid(g);
	assert_true(guard_rmdir(g, b->sub, NULL) > 0);
	assert_int_equal(mkdir(b->sub, 0700), 0);
	assert_int_equal(guard_check(g, NULL), 0);
	assert_int_equal(guard_pid(g), first);
	kill(first, SIGKILL);
	while (!gone(first))
		usleep(500);
	assert_int_equal(guard_check(g, NULL), 0);
	assert_int_not_equal(guard_pid(g), first);
	assert_int_equal(guard_stop(g, NULL), 0);
	assert_int_not_equal(access(b->sub, F_OK), 0);
}

/* Own name, own session, deaf to what ends the deck, nothing open but six descriptors. */
static void the_guard_holds_nothing(void **state)
{
	static const int deaf[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE };
	int extra = open("/tmp", O_RDONLY | O_DIRECTORY); /* on purpose without O_CLOEXEC */
	struct guard *g = NULL;
	char path[64], buf[64];
	unsigned fds = 0;
	DIR *d;

	assert_int_equal(guard_start(&g, NULL), 0);
	assert_int_equal(getsid(guard_pid(g)), guard_pid(g));
	for (size_t i = 0; i < ARRAY_SIZE(deaf); i++)
		kill(guard_pid(g), deaf[i]);
	usleep(20000); /* time to die of it */
	snprintf(path, sizeof(path), "/proc/%d/comm", (int)guard_pid(g));
	assert_string_equal(get(path, buf, sizeof(buf)), "tapdeck-guard\n");
	snprintf(path, sizeof(path), "/proc/%d/fd", (int)guard_pid(g));
	d = opendir(path);
	assert_non_null(d);
	while (readdir(d))
		fds++;
	closedir(d);
	assert_int_equal(fds, 2 + 6); /* . and .., then 0 to 5 */
	assert_false(gone(guard_pid(g)));
	close(extra);
	assert_int_equal(guard_stop(g, NULL), 0);
}

static void bad_arguments_are_refused(void **state)
{
	struct guard *g = NULL;
	struct err e = ERR_INIT;

	assert_int_equal(guard_start(&g, NULL), 0);
	assert_int_equal(guard_rmdir(g, "relative", &e), -EINVAL);
	assert_int_equal(guard_write(g, "relative", "", 0, &e), -EINVAL);
	assert_int_equal(guard_kill(g, 1, &e), -ESRCH);
	assert_int_equal(guard_kill(g, -5, &e), -ESRCH);
	guard_done(g, -7);
	assert_int_equal(guard_stop(g, NULL), 0);
	assert_int_equal(guard_stop(NULL, NULL), 0);
	assert_int_equal(setenv("TAPDECK_GUARD", "1", 1), 0);
	assert_int_equal(guard_start(&g, &e), -ELOOP);
	unsetenv("TAPDECK_GUARD");
}

/* Killed at random moments of its start: nothing is left, however far it came. */
static void kill_9_during_the_start(void **state)
{
	struct box *b = *state;

	for (int i = 0; i < 30; i++) {
		pid_t pid = fork();

		if (!pid)
			deck_life(b, 0, false);
		usleep((useconds_t)(i * 150));
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		assert_true(wait_gone(b->sub) >= 0);
	}
	usleep(50000);
	assert_int_not_equal(access(b->sub, F_OK), 0);
}

int main(int argc, char **argv)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(orderly_end_undoes_in_reverse),
		T(done_entries_are_left_alone),
		T(an_empty_value_empties_the_file),
		T(kill_9_is_cleaned_up),
		T(busy_is_tried_again),
		T(failures_are_counted),
		T(children_end),
		T(a_stranger_is_not_killed),
		T(a_killed_guard_is_started_anew),
		T(the_guard_holds_nothing),
		T(bad_arguments_are_refused),
		T(kill_9_during_the_start),
	};

	if (argc > 1 && !strcmp(argv[1], GUARD_ARG))
		return guard_main(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
