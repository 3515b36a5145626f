/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * loader: who asks. Owns the process, the requests that it has not answered yet, and the answers
 * that nobody took.
 *
 * What loader_fd gives is an epoll of three: the socket, a timer for the oldest request's patience
 * and a counter of answers that are here already. So it stays the same while processes come and go.
 */
#include "bpf/loader.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bpf/loader_spawn.h"
#include "bpf/loader_wire.h"
#include "core/arena.h"
#include "core/cleanup.h"
#include "core/clock.h"
#include "core/util.h"

#define PATIENCE (60 * NSEC_PER_SEC) /* for one answer; a guest's verifier is slow */

/* A request that is not answered. Owns copies of its descriptors until it is sent. */
struct ask {
	struct ask *next;
	uint32_t id;
	bool is_sent;
	char *label, *text;
	int *fds;
	size_t fd_count;
};

struct heard {
	struct heard *next;
	struct loader_answer *answer;
};

struct loader {
	struct guard *guard;
	pid_t pid; /* 0: none */
	int entry; /* of the guard's journal; 0: none */
	bool has_answered;
	int sock, epoll, timer, ready;
	uint32_t last_id;
	struct ask *asks; /* the oldest first */
	struct heard *heard;
	struct parcel parcel; /* on its way */
};

/* ---- requests and answers that wait ---- */

static void ask_free(struct ask *a)
{
	for (size_t i = 0; i < a->fd_count; i++)
		close(a->fds[i]);
	free(a->fds);
	free(a->label);
	free(a->text);
	free(a);
}

static void put_heard(struct loader *l, struct loader_answer *a)
{
	struct heard **at = &l->heard, *h = xcalloc(1, sizeof(*h));

	h->answer = a;
	while (*at)
		at = &(*at)->next;
	*at = h;
	eventfd_write(l->ready, 1);
}

static struct loader_answer *take_heard(struct loader *l)
{
	struct heard *h = l->heard;
	struct loader_answer *a;
	eventfd_t dummy;

	if (!h)
		return NULL;
	a = h->answer;
	l->heard = h->next;
	free(h);
	if (!l->heard)
		eventfd_read(l->ready, &dummy);
	return a;
}

/* The oldest request gets its time. */
static void set_timer(struct loader *l)
{
	struct itimerspec t = { 0 };

	if (l->asks)
		t.it_value.tv_sec = PATIENCE / NSEC_PER_SEC;
	timerfd_settime(l->timer, 0, &t, NULL);
}

/* The oldest request is answered: with a, or with what stands in e. */
static void answered(struct loader *l, struct loader_answer *a, const struct err *e)
{
	struct ask *q = l->asks;

	if (!a) {
		a = xcalloc(1, sizeof(*a));
		a->control = a->counts = a->lost = -1;
		a->log = xstrdup("");
		a->err = *e;
	}
	a->id = q->id;
	l->asks = q->next;
	ask_free(q);
	put_heard(l, a);
	set_timer(l);
}

/* ---- the process ---- */

static void stop(struct loader *l, int *status)
{
	if (l->sock >= 0)
		close(l->sock);
	l->sock = -1;
	parcel_done(&l->parcel);
	if (!l->pid)
		return;
	kill(l->pid, SIGKILL);
	while (waitpid(l->pid, status, 0) < 0 && errno == EINTR)
		;
	l->pid = 0;
	l->has_answered = false;
	if (l->entry > 0)
		guard_done(l->guard, l->entry);
	l->entry = 0;
}

static int start(struct loader *l, struct err *e)
{
	static const struct spawn_name name = { "tapdeck-bpf", NULL, "the loader of BPF programs" };
	struct epoll_event ev = { .events = EPOLLIN };
	int rc = loader_spawn(&name, &l->pid, &l->sock, e);

	if (rc)
		return rc;
	rc = l->guard ? guard_kill(l->guard, l->pid, e) : 0;
	l->entry = rc;
	ev.data.fd = l->sock;
	if (rc >= 0 && epoll_ctl(l->epoll, EPOLL_CTL_ADD, l->sock, &ev))
		rc = err_errno(e, "epoll");
	if (rc < 0)
		stop(l, NULL);
	return rc < 0 ? rc : 0;
}

/* Sends what was not sent yet, as far as there is room. -EPIPE: it is gone. */
static int send_asks(struct loader *l)
{
	for (struct ask *q = l->asks; q; q = q->next) {
		int rc;

		if (q->is_sent)
			continue;
		rc = parcel_send(l->sock, q->text, strlen(q->text), q->fds, q->fd_count);
		if (rc)
			return rc == -EPIPE ? rc : 0;
		q->is_sent = true;
	}
	return 0;
}

/* Why there is no answer, of what became of the process. */
static void say_death(const struct ask *q, int rc, int status, struct err *e)
{
	if (rc == -ETIMEDOUT)
		err_set(e, rc, "the loader hung on %s and was ended", q->label);
	else if (rc == -EMFILE)
		err_set(e, rc, "%s: too many descriptors: raise the limit (ulimit -n)", q->label);
	else if (rc == -EBADMSG)
		err_ctx(e, "%s", q->label);
	else if (WIFSIGNALED(status))
		err_set(e, -EPIPE, "the loader died of %s (signal %d)", q->label, WTERMSIG(status));
	else
		err_set(e, -EPIPE, "the loader ended with %s (status %d)", q->label,
			WEXITSTATUS(status));
}

/* Lets a process that closed its socket end by itself, so that its status says of what. */
static void wait_end(pid_t pid)
{
	siginfo_t si = { 0 };

	for (int i = 0; i < 200 && !si.si_pid; i++) {
		if (waitid(P_PID, (id_t)pid, &si, WEXITED | WNOHANG | WNOWAIT))
			return;
		if (!si.si_pid)
			poll(NULL, 0, 1);
	}
}

/* Ends the process; who was asked for last is to blame, the others are asked again. */
static void died(struct loader *l, int rc, struct err *e)
{
	int status = 0;

	if (rc == -EPIPE)
		wait_end(l->pid);
	stop(l, &status);
	if (l->asks) {
		say_death(l->asks, rc, status, e);
		answered(l, NULL, e);
	}
	for (struct ask *q = l->asks; q; q = q->next)
		q->is_sent = false;
}

/* One that ended, or speaks unasked, is let go: else its socket would be readable for ever. */
static void check_idle(struct loader *l)
{
	char c;

	if (l->pid && !l->asks &&
	    (recv(l->sock, &c, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 || errno != EAGAIN))
		stop(l, NULL);
}

/* Goes on as far as that needs no waiting: sends, receives, starts it anew. */
static void work(struct loader *l)
{
	struct err e = ERR_INIT;

	while (l->asks) {
		struct loader_answer *a = NULL;
		int rc = l->pid ? 0 : start(l, &e);

		if (rc) {
			answered(l, NULL, &e);
			continue;
		}
		rc = send_asks(l);
		if (rc && l->has_answered && !l->asks->is_sent) {
			stop(l, NULL); /* it had ended before it was asked */
			continue;
		}
		if (!rc)
			rc = parcel_receive(l->sock, &l->parcel);
		if (!rc)
			return;
		if (rc > 0) {
			rc = answer_hear(&l->parcel, &a, &e);
			parcel_done(&l->parcel);
			if (!rc && a->id != l->asks->id) {
				loader_answer_free(a);
				rc = err_set(&e, -EBADMSG, "the loader answers something else");
			}
		}
		if (rc)
			died(l, rc, &e);
		else
			answered(l, a, NULL);
		l->has_answered |= !rc;
	}
	check_idle(l);
}

/* ---- for others ---- */

static int watch(struct loader *l, int fd)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.fd = fd };

	return fd < 0 ? -1 : epoll_ctl(l->epoll, EPOLL_CTL_ADD, fd, &ev);
}

int loader_start(struct loader **ret, struct guard *g, struct err *e)
{
	struct loader *l = xcalloc(1, sizeof(*l));

	l->guard = g;
	l->sock = -1;
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	l->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	l->ready = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (l->epoll < 0 || watch(l, l->timer) || watch(l, l->ready)) {
		err_errno(e, "cannot watch the loader of BPF programs");
		loader_stop(l);
		return -errno;
	}
	*ret = l;
	return 0;
}

void loader_stop(struct loader *l)
{
	struct loader_answer *a;

	if (!l)
		return;
	stop(l, NULL);
	while (l->asks) {
		struct ask *q = l->asks;

		l->asks = q->next;
		ask_free(q);
	}
	while ((a = take_heard(l)))
		loader_answer_free(a);
	for (size_t i = 0; i < 3; i++)
		if ((const int[]) { l->epoll, l->timer, l->ready }[i] >= 0)
			close((const int[]) { l->epoll, l->timer, l->ready }[i]);
	free(l);
}

pid_t loader_process(const struct loader *l)
{
	return l->pid;
}

int loader_fd(const struct loader *l)
{
	return l->epoll;
}

static json_t *request_json(const struct loader_request *r, uint32_t id)
{
	json_t *options = json_array(), *shares = json_array();

	for (size_t i = 0; i < r->option_count; i++)
		json_array_append_new(options, json_pack("[oo]", wire_text(r->options[i].name),
							 wire_text(r->options[i].value)));
	for (size_t i = 0; i < r->share_count; i++)
		json_array_append_new(shares, wire_text(r->shares[i].name));
	return json_pack("{s:I,s:i,s:o,s:o,s:o,s:o,s:I,s:o,s:o}", "id", (json_int_t)id, "what",
			 (int)r->what, "name", wire_text(r->name), "builtin", wire_text(r->builtin),
			 "path", wire_text(r->path), "manifest", wire_text(r->manifest), "ring",
			 (json_int_t)r->ring, "options", options, "shares", shares);
}

/* The descriptors a request goes with: of the object (unless it is ours), then of shared maps. */
static int copy_fds(struct ask *q, const struct loader_request *r)
{
	q->fds = xcalloc(r->share_count + 1, sizeof(*q->fds));
	for (size_t i = r->builtin ? 1 : 0; i <= r->share_count; i++) {
		int fd = fcntl(i ? r->shares[i - 1].fd : r->fd, F_DUPFD_CLOEXEC, 3);

		if (fd < 0)
			return -errno;
		q->fds[q->fd_count++] = fd;
	}
	return 0;
}

int64_t loader_ask(struct loader *l, const struct loader_request *r, struct err *e)
{
	struct ask **at = &l->asks, *q = xcalloc(1, sizeof(*q));
	json_t *j = request_json(r, l->last_id + 1);
	uint32_t id;
	int rc = r->share_count >= WIRE_GROUP ? -E2BIG : copy_fds(q, r);

	q->label = wire_clean(r->path ? r->path : r->name, strlen(r->path ? r->path : r->name));
	q->text = j ? json_dumps(j, JSON_COMPACT) : NULL;
	json_decref(j);
	if (rc || !q->text) {
		ask_free(q);
		return err_set(e, rc ? rc : -EINVAL, "%s: cannot ask for it: %s",
			       r->path ? r->path : r->name, strerror(rc ? -rc : EINVAL));
	}
	id = q->id = ++l->last_id;
	while (*at)
		at = &(*at)->next;
	*at = q;
	if (q == l->asks)
		set_timer(l);
	work(l); /* it may be answered already */
	return id;
}

/* Waits for anything to happen, at most timeout ns. */
static bool wait_for(struct loader *l, uint64_t until)
{
	uint64_t now = clock_mono();
	struct pollfd p = { .fd = l->epoll, .events = POLLIN };
	uint64_t left = now < until ? (until - now + NSEC_PER_MSEC - 1) / NSEC_PER_MSEC : 0;

	return left && (poll(&p, 1, left > 60000 ? 60000 : (int)left) >= 0 || errno == EINTR);
}

int loader_take(struct loader *l, uint64_t timeout, struct loader_answer **ret, struct err *e)
{
	uint64_t now = clock_mono(),
		 until = timeout > UINT64_MAX - now ? UINT64_MAX : now + timeout;
	struct err died_of = ERR_INIT;
	uint64_t times;

	(void)e;
	do {
		if (read(l->timer, &times, sizeof(times)) > 0 && l->asks)
			died(l, -ETIMEDOUT, &died_of);
		work(l);
		*ret = take_heard(l);
		if (*ret)
			return 1;
	} while (l->asks && wait_for(l, until));
	return 0;
}
