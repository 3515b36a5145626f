/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * poller: the one place that sleeps.
 *
 * One epoll, one timerfd, one signalfd; descriptors, timers, signals and children register
 * callbacks. A callback may remove anything, itself included. Long work is a step: called
 * between two looks at the descriptors as long as it says there is more.
 *
 * Owned by the main thread. Callbacks return nothing: an error is the owner's to keep, and
 * poller_stop ends the loop.
 */
#ifndef CORE_POLLER_H
#define CORE_POLLER_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/types.h>

#include "core/err.h"

struct poller;
struct poller_fd;
struct poller_timer;
struct poller_step;

typedef void (*poller_fd_fn)(int fd, uint32_t events, void *data);
typedef void (*poller_timer_fn)(void *data);
typedef void (*poller_signal_fn)(int signo, void *data);
typedef void (*poller_child_fn)(pid_t pid, int status, void *data);
/* Does a bounded piece of work; true while there is more. */
typedef bool (*poller_step_fn)(void *data);

struct poller *poller_new(struct err *e);

/*
 * Frees the poller and everything still registered; descriptors stay open. Signals taken over that
 * nobody looked at yet are dropped. NULL-safe.
 */
void poller_free(struct poller *p);

/* Watches fd (EPOLLIN, EPOLLONESHOT, ...). The descriptor stays the caller's. */
int poller_fd_add(struct poller *p, int fd, uint32_t events, poller_fd_fn fn, void *data,
		  struct poller_fd **ret, struct err *e);
int poller_fd_mod(struct poller *p, struct poller_fd *f, uint32_t events);
void poller_fd_del(struct poller *p, struct poller_fd *f);

/* Makes a timer that does not run yet. */
struct poller_timer *poller_timer_add(struct poller *p, poller_timer_fn fn, void *data);
/* Fires once in delay ns, then every `every` ns (0: once). A running timer is set anew. */
void poller_timer_set(struct poller *p, struct poller_timer *t, uint64_t delay, uint64_t every);
void poller_timer_cancel(struct poller *p, struct poller_timer *t);
void poller_timer_del(struct poller *p, struct poller_timer *t);

/* Takes a signal over: blocks it and delivers it here until poller_free. */
int poller_signal_add(struct poller *p, int signo, poller_signal_fn fn, void *data, struct err *e);

/* Waits for a child by pidfd; reaps it. */
int poller_child_add(struct poller *p, pid_t pid, poller_child_fn fn, void *data, struct err *e);

/* Work that wants to go on between events. */
struct poller_step *poller_step_add(struct poller *p, poller_step_fn fn, void *data);
/* Calls the step until it returns false. */
void poller_step_wake(struct poller *p, struct poller_step *s);
void poller_step_del(struct poller *p, struct poller_step *s);

/* Runs until poller_stop; returns what it was given, or a negative errno. */
int poller_run(struct poller *p, struct err *e);
void poller_stop(struct poller *p, int result);

/* True after poller_stop, until the next poller_run. */
bool poller_stopped(const struct poller *p);

/* One round: waits at most timeout_ms (-1: until something happens). For tests and drains. */
int poller_once(struct poller *p, int timeout_ms, struct err *e);

/* How often the poller woke up since it was made. */
uint64_t poller_wakeups(const struct poller *p);

#endif
