/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * frames: who asks. One request at a time; a process that died or hung is started anew, the later
 * the more often it did.
 */
#include "bpf/frames.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bpf/loader_spawn.h"
#include "core/arena.h"
#include "core/clock.h"
#include "core/util.h"

#define DEATHS_COUNTED 6 /* 64 s between two starts is as late as it gets */

struct frames {
	struct guard *guard;
	pid_t pid; /* 0: none */
	int entry; /* of the guard's journal; 0: none */
	int sock;
	struct frames_head asked; /* count 0: nothing */
	uint64_t asked_at, not_before;
	unsigned deaths;
	char answer[FRAMES_ANSWER];
};

static void stop(struct frames *f)
{
	if (f->sock >= 0)
		close(f->sock);
	f->sock = -1;
	if (!f->pid)
		return;
	kill(f->pid, SIGKILL);
	while (waitpid(f->pid, NULL, 0) < 0 && errno == EINTR)
		;
	f->pid = 0;
	if (f->entry > 0)
		guard_done(f->guard, f->entry);
	f->entry = 0;
}

static int start(struct frames *f, struct err *e)
{
	static const struct spawn_name name = { "tapdeck-frames", FRAMES_ROLE,
						"who names addresses of programs" };
	int rc = loader_spawn(&name, &f->pid, &f->sock, e);

	if (rc < 0) {
		f->sock = -1;
		f->pid = 0;
		return rc;
	}
	rc = f->guard ? guard_kill(f->guard, f->pid, e) : 0;
	f->entry = MAX(rc, 0);
	if (rc < 0)
		stop(f);
	return MIN(rc, 0);
}

int frames_start(struct frames **ret, struct guard *g, struct err *e)
{
	struct frames *f = xcalloc(1, sizeof(*f));
	int rc;

	f->guard = g;
	f->sock = -1;
	rc = start(f, e);
	if (rc < 0)
		free(f);
	else
		*ret = f;
	return rc;
}

void frames_stop(struct frames *f)
{
	if (!f)
		return;
	stop(f);
	free(f);
}

int frames_fd(const struct frames *f)
{
	return f->sock;
}

bool frames_busy(const struct frames *f)
{
	return f->asked.count;
}

static void died(struct frames *f)
{
	f->deaths = MIN(f->deaths + 1, (unsigned)DEATHS_COUNTED);
	f->not_before = clock_mono() + (NSEC_PER_SEC << f->deaths);
	stop(f);
}

int frames_ask(struct frames *f, const struct frames_ask *ask)
{
	size_t size = offsetof(struct frames_ask, addresses) + ask->count * sizeof(uint64_t);
	ssize_t n;

	if (f->asked.count || (!f->pid && clock_mono() < f->not_before))
		return -EBUSY;
	if (!f->pid && start(f, NULL) < 0) {
		died(f);
		return -EBUSY;
	}
	n = send(f->sock, ask, size, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n != (ssize_t)size) {
		died(f); /* it had ended unasked */
		return -EPIPE;
	}
	f->asked = (struct frames_head) { .space = ask->space, .count = ask->count };
	f->asked_at = clock_mono();
	return 0;
}

/* Whether n bytes are the answer: as many names as were asked for, each with its end. */
static bool is_answer(const struct frames *f, ssize_t n)
{
	struct frames_head h;
	const char *p = f->answer + sizeof(h), *end = f->answer + n;
	uint32_t names = 0;

	if (n < (ssize_t)sizeof(h))
		return false;
	memcpy(&h, f->answer, sizeof(h));
	for (; p < end; names++) {
		p = memchr(p, '\0', (size_t)(end - p));
		if (!p)
			return false;
		p++;
	}
	return h.space == f->asked.space && h.count == f->asked.count && names == h.count;
}

/* One that ended by itself is let go: else its socket would be readable for ever. */
static void check_idle(struct frames *f)
{
	char c;

	if (f->pid && (recv(f->sock, &c, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 || errno != EAGAIN))
		died(f);
}

bool frames_take(struct frames *f, struct frames_answer *ret)
{
	struct frames_head h;
	ssize_t n;

	if (!f->asked.count) {
		check_idle(f);
		return false;
	}
	n = recv(f->sock, f->answer, sizeof(f->answer), MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR) &&
	    clock_mono() - f->asked_at < FRAMES_PATIENCE)
		return false;
	*ret = (struct frames_answer) { .space = f->asked.space, .count = f->asked.count };
	if (n > 0 && is_answer(f, n)) {
		memcpy(&h, f->answer, sizeof(h));
		ret->read_at = h.read_at;
		ret->names = f->answer + sizeof(h);
		f->deaths = 0;
	} else {
		ret->died = true;
		died(f);
	}
	f->asked.count = 0;
	return true;
}
