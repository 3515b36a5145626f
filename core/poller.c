/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * poller: epoll and what hangs on it.
 *
 * Everything registered is in a list; what a callback removes is only marked and freed when the
 * round is over, so that a callback may remove itself or its neighbour.
 */
#include "core/poller.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/clock.h"
#include "core/util.h"

#define EVENTS_A_ROUND 32

struct poller_fd {
	struct poller_fd *next;
	int fd;
	bool dead;
	poller_fd_fn fn;
	void *data;
};

struct poller_timer {
	struct poller_timer *next;
	uint64_t at, every; /* at 0: not running */
	bool dead;
	poller_timer_fn fn;
	void *data;
};

struct poller_step {
	struct poller_step *next;
	bool awake, dead;
	poller_step_fn fn;
	void *data;
};

struct watched_signal {
	poller_signal_fn fn;
	void *data;
};

struct child {
	struct child *next;
	struct poller *poller;
	struct poller_fd *watch;
	pid_t pid;
	int fd;
	poller_child_fn fn;
	void *data;
};

struct poller {
	int epoll, timer, signals;
	struct poller_fd *fds;
	struct poller_timer *timers;
	struct poller_step *steps;
	struct child *children;
	struct watched_signal signal[NSIG];
	sigset_t taken, before;
	uint64_t armed; /* what the timerfd is set to; 0: not */
	uint64_t wakeups;
	bool stopped, garbage;
	int result;
};

static void on_timer(int fd, uint32_t events, void *data);
static void on_signal(int fd, uint32_t events, void *data);

struct poller *poller_new(struct err *e)
{
	struct poller *p = xcalloc(1, sizeof(*p));

	p->signals = -1;
	p->epoll = epoll_create1(EPOLL_CLOEXEC);
	p->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	sigemptyset(&p->taken);
	sigprocmask(SIG_SETMASK, NULL, &p->before);
	if (p->epoll < 0 || p->timer < 0) {
		err_errno(e, "cannot make an epoll and a timer descriptor");
		poller_free(p);
		return NULL;
	}
	if (poller_fd_add(p, p->timer, EPOLLIN, on_timer, p, NULL, e) < 0) {
		poller_free(p);
		return NULL;
	}
	return p;
}

static void close_if_open(int fd)
{
	if (fd >= 0)
		close(fd);
}

/* One more Ctrl-C while we end in order must not kill us at the last step. */
static void forget_signals(struct poller *p)
{
	struct signalfd_siginfo info;

	while (p->signals >= 0 && read(p->signals, &info, sizeof(info)) == sizeof(info))
		continue;
}

void poller_free(struct poller *p)
{
	if (!p)
		return;
	forget_signals(p);
	for (struct child *c = p->children, *next; c; c = next) {
		next = c->next;
		close(c->fd);
		free(c);
	}
	for (struct poller_fd *f = p->fds, *next; f; f = next) {
		next = f->next;
		free(f);
	}
	for (struct poller_timer *t = p->timers, *next; t; t = next) {
		next = t->next;
		free(t);
	}
	for (struct poller_step *s = p->steps, *next; s; s = next) {
		next = s->next;
		free(s);
	}
	close_if_open(p->epoll);
	close_if_open(p->timer);
	close_if_open(p->signals);
	sigprocmask(SIG_SETMASK, &p->before, NULL);
	free(p);
}

/* ---- descriptors ---- */

int poller_fd_add(struct poller *p, int fd, uint32_t events, poller_fd_fn fn, void *data,
		  struct poller_fd **ret, struct err *e)
{
	struct poller_fd *f = xcalloc(1, sizeof(*f));
	struct epoll_event ev = { .events = events, .data.ptr = f };

	f->fd = fd;
	f->fn = fn;
	f->data = data;
	if (epoll_ctl(p->epoll, EPOLL_CTL_ADD, fd, &ev) < 0) {
		free(f);
		return err_errno(e, "cannot watch descriptor %d", fd);
	}
	f->next = p->fds;
	p->fds = f;
	if (ret)
		*ret = f;
	return 0;
}

int poller_fd_mod(struct poller *p, struct poller_fd *f, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.ptr = f };

	return epoll_ctl(p->epoll, EPOLL_CTL_MOD, f->fd, &ev) < 0 ? -errno : 0;
}

void poller_fd_del(struct poller *p, struct poller_fd *f)
{
	if (!f || f->dead)
		return;
	epoll_ctl(p->epoll, EPOLL_CTL_DEL, f->fd, NULL);
	f->dead = true;
	p->garbage = true;
}

/* ---- timers ---- */

struct poller_timer *poller_timer_add(struct poller *p, poller_timer_fn fn, void *data)
{
	struct poller_timer *t = xcalloc(1, sizeof(*t));

	t->fn = fn;
	t->data = data;
	t->next = p->timers;
	p->timers = t;
	return t;
}

/* Sets the timerfd to the earliest timer. Early only when it must: a late re-arm costs a system
 * call. */
static void arm(struct poller *p)
{
	struct itimerspec spec = { 0 };
	uint64_t at = 0;

	for (struct poller_timer *t = p->timers; t; t = t->next)
		if (t->at && !t->dead && (!at || t->at < at))
			at = t->at;
	if (at == p->armed)
		return;
	spec.it_value.tv_sec = (time_t)(at / NSEC_PER_SEC);
	spec.it_value.tv_nsec = (long)(at % NSEC_PER_SEC);
	timerfd_settime(p->timer, TFD_TIMER_ABSTIME, &spec, NULL);
	p->armed = at;
}

void poller_timer_set(struct poller *p, struct poller_timer *t, uint64_t delay, uint64_t every)
{
	(void)p; /* the timerfd is set before the next sleep */
	t->at = clock_mono() + (delay ? delay : 1);
	t->every = every;
}

void poller_timer_cancel(struct poller *p, struct poller_timer *t)
{
	(void)p;
	t->at = 0;
}

void poller_timer_del(struct poller *p, struct poller_timer *t)
{
	if (!t)
		return;
	t->at = 0;
	t->dead = true;
	p->garbage = true;
}

static void on_timer(int fd, uint32_t events, void *data)
{
	struct poller *p = data;
	uint64_t now = clock_mono(), count;

	(void)events;
	if (read(fd, &count, sizeof(count)) < 0 && errno == EAGAIN)
		return;
	p->armed = 0;
	for (struct poller_timer *t = p->timers; t; t = t->next) {
		if (t->dead || !t->at || t->at > now)
			continue;
		/* Missed periods are not made up for. */
		t->at = t->every ? MAX(t->at + t->every, now + 1) : 0;
		t->fn(t->data);
	}
}

/* ---- signals and children ---- */

int poller_signal_add(struct poller *p, int signo, poller_signal_fn fn, void *data, struct err *e)
{
	int fd;

	sigaddset(&p->taken, signo);
	sigprocmask(SIG_BLOCK, &p->taken, NULL);
	p->signal[signo] = (struct watched_signal) { .fn = fn, .data = data };
	fd = signalfd(p->signals, &p->taken, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		return err_errno(e, "cannot take signal %d over", signo);
	if (p->signals >= 0)
		return 0;
	p->signals = fd;
	return poller_fd_add(p, fd, EPOLLIN, on_signal, p, NULL, e);
}

static void on_signal(int fd, uint32_t events, void *data)
{
	struct poller *p = data;
	struct signalfd_siginfo info;

	(void)events;
	while (read(fd, &info, sizeof(info)) == sizeof(info)) {
		struct watched_signal *w = &p->signal[info.ssi_signo];

		if (w->fn)
			w->fn((int)info.ssi_signo, w->data);
	}
}

static void on_child(int fd, uint32_t events, void *data)
{
	struct child *c = data;
	struct poller *p = c->poller;
	int status = 0;

	(void)events;
	if (waitpid(c->pid, &status, WNOHANG) == 0)
		return;
	for (struct child **at = &p->children; *at; at = &(*at)->next) {
		if (*at != c)
			continue;
		*at = c->next;
		break;
	}
	poller_fd_del(p, c->watch);
	close(fd);
	c->fn(c->pid, status, c->data);
	free(c);
}

int poller_child_add(struct poller *p, pid_t pid, poller_child_fn fn, void *data, struct err *e)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0), rc;
	struct child *c;

	if (fd < 0)
		return err_errno(e, "cannot watch child %d", pid);
	c = xcalloc(1, sizeof(*c));
	*c = (struct child) { .poller = p, .pid = pid, .fd = fd, .fn = fn, .data = data };
	rc = poller_fd_add(p, fd, EPOLLIN, on_child, c, &c->watch, e);
	if (rc < 0) {
		close(fd);
		free(c);
		return rc;
	}
	c->next = p->children;
	p->children = c;
	return 0;
}

/* ---- steps ---- */

struct poller_step *poller_step_add(struct poller *p, poller_step_fn fn, void *data)
{
	struct poller_step *s = xcalloc(1, sizeof(*s));

	s->fn = fn;
	s->data = data;
	s->next = p->steps;
	p->steps = s;
	return s;
}

void poller_step_wake(struct poller *p, struct poller_step *s)
{
	(void)p;
	s->awake = true;
}

void poller_step_del(struct poller *p, struct poller_step *s)
{
	if (!s)
		return;
	s->awake = false;
	s->dead = true;
	p->garbage = true;
}

/* ---- the loop ---- */

static bool step_awake(const struct poller *p)
{
	for (const struct poller_step *s = p->steps; s; s = s->next)
		if (s->awake)
			return true;
	return false;
}

static void run_steps(struct poller *p)
{
	for (struct poller_step *s = p->steps; s && !p->stopped; s = s->next) {
		if (!s->awake)
			continue;
		s->awake = false; /* the step may wake itself */
		if (s->fn(s->data) && !s->dead)
			s->awake = true;
	}
}

#define SWEEP(type, list)                                                                          \
	do {                                                                                       \
		for (struct type **at = &(list); *at;) {                                           \
			struct type *one = *at;                                                    \
			if (!one->dead) {                                                          \
				at = &one->next;                                                   \
				continue;                                                          \
			}                                                                          \
			*at = one->next;                                                           \
			free(one);                                                                 \
		}                                                                                  \
	} while (0)

/* Frees what was removed while callbacks ran. */
static void sweep(struct poller *p)
{
	if (!p->garbage)
		return;
	p->garbage = false;
	SWEEP(poller_fd, p->fds);
	SWEEP(poller_timer, p->timers);
	SWEEP(poller_step, p->steps);
}

int poller_once(struct poller *p, int timeout_ms, struct err *e)
{
	struct epoll_event ev[EVENTS_A_ROUND];
	int n;

	sweep(p);
	arm(p);
	if (step_awake(p))
		timeout_ms = 0;
	n = epoll_wait(p->epoll, ev, EVENTS_A_ROUND, timeout_ms);
	if (n < 0 && errno != EINTR)
		return err_errno(e, "epoll_wait");
	p->wakeups++;
	for (int i = 0; i < n; i++) {
		struct poller_fd *f = ev[i].data.ptr;

		if (!f->dead)
			f->fn(f->fd, ev[i].events, f->data);
	}
	run_steps(p);
	return n < 0 ? 0 : n;
}

int poller_run(struct poller *p, struct err *e)
{
	p->stopped = false;
	while (!p->stopped) {
		int rc = poller_once(p, -1, e);

		if (rc < 0)
			return rc;
	}
	return p->result;
}

void poller_stop(struct poller *p, int result)
{
	p->stopped = true;
	p->result = result;
}

bool poller_stopped(const struct poller *p)
{
	return p->stopped;
}

uint64_t poller_wakeups(const struct poller *p)
{
	return p->wakeups;
}
