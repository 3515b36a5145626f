/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pushdown_actor: a process with threads and children that do a little of everything.
 */
#ifndef TESTS_KERNEL_PUSHDOWN_ACTOR_H
#define TESTS_KERNEL_PUSHDOWN_ACTOR_H

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void calls(int n)
{
	while (n--) {
		syscall(SYS_getppid);
		if (n % 4 == 0)
			sched_yield();
	}
}

static void *worker(void *data)
{
	int *fds = data;
	char c;

	if (fds && read(fds[0], &c, 1) < 0)
		return NULL;
	prctl(PR_SET_NAME, fds ? "9worker" : "late worker");
	calls(10);
	usleep(300);
	syscall(SYS_openat, AT_FDCWD, "/nowhere", O_RDONLY);
	calls(3);
	return NULL;
}

static void child_of(bool executes)
{
	pid_t pid = fork();

	if (!pid) {
		calls(5);
		if (executes)
			execl("/bin/true", "true", NULL);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
}

/* Threads born before and after the filter, renamed; children, one of which executes. */
static void actor(int go)
{
	pthread_t early, late;
	int fds[2];
	char c;

	if (pipe(fds) || pthread_create(&early, NULL, worker, fds))
		_exit(1);
	if (read(go, &c, 1) < 0 || write(fds[1], "x", 1) < 0)
		_exit(1);
	calls(10);
	if (pthread_create(&late, NULL, worker, NULL))
		_exit(1);
	prctl(PR_SET_NAME, "actor");
	calls(20);
	child_of(false);
	child_of(true);
	pthread_join(early, NULL);
	pthread_join(late, NULL);
	calls(5);
	_exit(0);
}

static pid_t start_actor(int *go)
{
	int fds[2];
	pid_t pid;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pid = fork();
	if (!pid) {
		close(fds[1]);
		actor(fds[0]);
	}
	close(fds[0]);
	*go = fds[1];
	usleep(2000); /* its thread is there */
	return pid;
}

#endif
