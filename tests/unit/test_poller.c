/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The poller: descriptors, timers, signals, children, steps, and all of them removed from within.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "core/clock.h"
#include "core/poller.h"
#include "core/util.h"

struct scene {
	struct poller *p;
	struct poller_fd *fd, *other;
	struct poller_timer *timer;
	struct poller_step *step;
	unsigned calls, limit;
	int status;
};

static void on_fd(int fd, uint32_t events, void *data)
{
	struct scene *s = data;
	char c;

	assert_true(events & EPOLLIN);
	assert_int_equal(read(fd, &c, 1), 1);
	if (++s->calls == s->limit)
		poller_stop(s->p, 5);
}

static void test_descriptor(void **state)
{
	struct scene s = { .p = poller_new(NULL), .limit = 3 };
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(poller_fd_add(s.p, fds[0], EPOLLIN, on_fd, &s, &s.fd, NULL), 0);
	assert_int_equal(poller_once(s.p, 0, NULL), 0);
	assert_int_equal(write(fds[1], "abc", 3), 3);
	assert_int_equal(poller_run(s.p, NULL), 5);
	assert_int_equal(s.calls, 3);
	/* Once only, until it is armed anew. */
	assert_int_equal(poller_fd_mod(s.p, s.fd, EPOLLIN | EPOLLONESHOT), 0);
	assert_int_equal(write(fds[1], "de", 2), 2);
	poller_once(s.p, 0, NULL);
	poller_once(s.p, 0, NULL);
	assert_int_equal(s.calls, 4);
	poller_fd_mod(s.p, s.fd, EPOLLIN | EPOLLONESHOT);
	poller_once(s.p, 0, NULL);
	assert_int_equal(s.calls, 5);
	poller_free(s.p);
	close(fds[0]);
	close(fds[1]);
}

static void test_bad_descriptor(void **state)
{
	struct poller *p = poller_new(NULL);
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(poller_fd_add(p, -1, EPOLLIN, on_fd, NULL, NULL, &e), -EBADF);
	assert_true(e.text[0]);
	poller_free(p);
}

static void remove_both(int fd, uint32_t events, void *data)
{
	struct scene *s = data;

	(void)fd;
	(void)events;
	s->calls++;
	poller_fd_del(s->p, s->fd);
	poller_fd_del(s->p, s->other);
}

static void test_removal_within(void **state)
{
	struct scene s = { .p = poller_new(NULL) };
	int a[2], b[2];

	(void)state;
	assert_int_equal(pipe(a) | pipe(b), 0);
	poller_fd_add(s.p, a[0], EPOLLIN, remove_both, &s, &s.fd, NULL);
	poller_fd_add(s.p, b[0], EPOLLIN, remove_both, &s, &s.other, NULL);
	assert_int_equal(write(a[1], "x", 1) + write(b[1], "x", 1), 2);
	poller_once(s.p, 0, NULL); /* both are ready in one round: only one may be called */
	poller_once(s.p, 0, NULL);
	assert_int_equal(s.calls, 1);
	poller_free(s.p);
	for (int i = 0; i < 2; i++) {
		close(a[i]);
		close(b[i]);
	}
}

static void on_timer(void *data)
{
	struct scene *s = data;

	if (++s->calls == s->limit)
		poller_stop(s->p, 0);
}

static void test_timers(void **state)
{
	struct scene s = { .p = poller_new(NULL), .limit = 5 };
	uint64_t began = clock_mono(), took;

	(void)state;
	s.timer = poller_timer_add(s.p, on_timer, &s);
	poller_timer_set(s.p, s.timer, 10 * NSEC_PER_MSEC, 5 * NSEC_PER_MSEC);
	poller_run(s.p, NULL);
	took = clock_mono() - began;
	assert_true(took >= 30 * NSEC_PER_MSEC);
	poller_timer_cancel(s.p, s.timer);
	poller_once(s.p, 20, NULL);
	assert_int_equal(s.calls, 5);
	/* Once, and set anew while it runs. */
	poller_timer_set(s.p, s.timer, NSEC_PER_SEC, 0);
	poller_timer_set(s.p, s.timer, NSEC_PER_MSEC, 0);
	poller_once(s.p, 500, NULL);
	poller_once(s.p, 5, NULL);
	assert_int_equal(s.calls, 6);
	poller_timer_del(s.p, s.timer);
	poller_once(s.p, 0, NULL);
	poller_free(s.p);
}

static void on_signal(int signo, void *data)
{
	struct scene *s = data;

	s->status = signo;
	poller_stop(s->p, 0);
}

static void test_signals(void **state)
{
	struct scene s = { .p = poller_new(NULL) };
	sigset_t now;

	(void)state;
	assert_int_equal(poller_signal_add(s.p, SIGUSR1, on_signal, &s, NULL), 0);
	assert_int_equal(poller_signal_add(s.p, SIGUSR2, on_signal, &s, NULL), 0);
	kill(getpid(), SIGUSR2);
	poller_run(s.p, NULL);
	assert_int_equal(s.status, SIGUSR2);
	kill(getpid(), SIGUSR1); /* not looked at any more: it must not end us */
	poller_free(s.p);
	sigprocmask(SIG_SETMASK, NULL, &now);
	assert_false(sigismember(&now, SIGUSR1)); /* given back */
}

static void on_child(pid_t pid, int status, void *data)
{
	struct scene *s = data;

	assert_true(pid > 0);
	s->status = status;
	poller_stop(s->p, 0);
}

static void test_children(void **state)
{
	struct scene s = { .p = poller_new(NULL) };
	pid_t pid = fork();

	(void)state;
	if (!pid)
		_exit(3);
	assert_int_equal(poller_child_add(s.p, pid, on_child, &s, NULL), 0);
	poller_run(s.p, NULL);
	assert_true(WIFEXITED(s.status));
	assert_int_equal(WEXITSTATUS(s.status), 3);
	assert_int_equal(waitpid(pid, NULL, WNOHANG), -1); /* reaped */
	poller_free(s.p);
}

static bool on_step(void *data)
{
	struct scene *s = data;

	if (++s->calls == s->limit)
		poller_stop(s->p, 0);
	return s->calls % 4;
}

static void test_steps(void **state)
{
	struct scene s = { .p = poller_new(NULL), .limit = 100 };

	(void)state;
	s.step = poller_step_add(s.p, on_step, &s);
	poller_once(s.p, 0, NULL);
	assert_int_equal(s.calls, 0);
	poller_step_wake(s.p, s.step);
	for (int i = 0; i < 10; i++) /* never sleeps while there is work, sleeps after */
		poller_once(s.p, s.calls < 4 ? -1 : 0, NULL);
	assert_int_equal(s.calls, 4);
	poller_step_del(s.p, s.step);
	poller_once(s.p, 0, NULL);
	poller_free(s.p);
}

static void test_idle_does_not_wake(void **state)
{
	struct scene s = { .p = poller_new(NULL) };
	uint64_t before = poller_wakeups(s.p);

	(void)state;
	s.timer = poller_timer_add(s.p, on_timer, &s);
	poller_timer_set(s.p, s.timer, NSEC_PER_SEC, 0);
	assert_int_equal(poller_once(s.p, 50, NULL), 0);
	assert_int_equal(poller_wakeups(s.p) - before, 1); /* the time-out itself */
	poller_free(s.p);
	poller_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_descriptor),     cmocka_unit_test(test_bad_descriptor),
		cmocka_unit_test(test_removal_within), cmocka_unit_test(test_timers),
		cmocka_unit_test(test_signals),	       cmocka_unit_test(test_children),
		cmocka_unit_test(test_steps),	       cmocka_unit_test(test_idle_does_not_wake),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
