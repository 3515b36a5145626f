/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bpf_ask: what the loader is asked, and its answers.
 *
 * It is started when something is asked first. Answers are taken when its socket is readable, and
 * by the way whenever somebody drains or asks for a status.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backends/bpf_private.h"
#include "core/arena.h"
#include "core/clock.h"
#include "core/util.h"

#define PATIENCE   (2 * NSEC_PER_SEC)
#define RING_CPU   (2ULL << 20) /* bytes of a ring for each CPU, unless said otherwise */
#define RING_LEAST (8ULL << 20)
#define RING_MOST  (32ULL << 20)

static void on_answer(int fd, uint32_t events, void *data)
{
	(void)fd, (void)events;
	bpf_ask_answers(data);
	bpf_ready(data);
}

/* The loader may have been started anew, with another socket. */
static void watch(struct bpf_backend *b)
{
	int fd = loader_fd(b->loader);

	if (!b->poller || (b->loader_watch && fd == b->loader_fd))
		return;
	if (b->loader_watch)
		poller_fd_del(b->poller, b->loader_watch);
	b->loader_watch = NULL;
	b->loader_fd = fd;
	if (fd >= 0)
		poller_fd_add(b->poller, fd, EPOLLIN, on_answer, b, &b->loader_watch, NULL);
}

void bpf_ask_own(struct bpf_backend *b)
{
	struct source *src;

	for (unsigned i = 0; b->loader_pid && (src = store_source_at(b->backend->env->store, i));
	     i++)
		if (src->own[0])
			src->own[SOURCE_LOADER] = b->loader_pid;
}

/* It may be another process now. */
static void look_at_loader(struct bpf_backend *b)
{
	pid_t pid = loader_process(b->loader);

	watch(b);
	if (!pid || pid == b->loader_pid)
		return;
	b->loader_pid = pid;
	bpf_ask_own(b);
	for (size_t i = 0; i < b->tracer_count; i++)
		bpf_tracer_gate(b->tracers[i], b->tracers[i]->control.on, NULL);
}

void bpf_ask_close(struct bpf_backend *b)
{
	if (b->loader_watch)
		poller_fd_del(b->poller, b->loader_watch);
	b->loader_watch = NULL;
	loader_stop(b->loader);
	b->loader = NULL;
}

/* ---- asking ---- */

static uint64_t cpu_count(void)
{
	long n = sysconf(_SC_NPROCESSORS_CONF);

	return n > 0 ? (uint64_t)n : 1;
}

/* A ring is of all CPUs; what the user says is of one. 0: he says nothing. */
static uint64_t ring_wanted(const struct bpf_backend *b)
{
	return b->backend->env->buffer * cpu_count();
}

static uint64_t ring_size(const struct bpf_backend *b)
{
	uint64_t wanted = ring_wanted(b);

	return wanted ? wanted : MIN(MAX(cpu_count() * RING_CPU, RING_LEAST), RING_MOST);
}

/* Starts the loader where it is the first request. */
static int64_t post(struct bpf_backend *b, struct loader_request *r, struct err *e)
{
	struct loader_share share = { .name = "tap_pids", .fd = b->pids_fd };
	int64_t id = b->loader ? 0 : loader_start(&b->loader, b->backend->env->guard, e);

	r->shares = &share;
	r->share_count = b->pids_fd >= 0 && r->what == LOADER_LOAD;
	if (id >= 0)
		id = loader_ask(b->loader, r, e);
	if (b->loader)
		look_at_loader(b);
	return id;
}

int64_t bpf_ask_helper(struct bpf_backend *b, const char *name, struct err *e)
{
	struct loader_request r = { .what = LOADER_LOAD, .name = name, .builtin = name, .fd = -1 };

	return post(b, &r, e);
}

static int64_t ask(struct bpf_tracer *t, enum loader_what what, struct err *e)
{
	struct bpf_backend *b = t->b;
	struct loader_request r = {
		.what = what,
		.name = t->name,
		.builtin = t->builtin,
		.fd = t->fd,
		.path = t->path,
		.manifest = t->manifest,
		.ring = t->builtin ? ring_size(b) : ring_wanted(b),
	};
	struct loader_option *o = xcalloc(MAX(t->setting_count, 1), sizeof(*o));
	int64_t id;

	for (size_t i = 0; i < t->setting_count; i++)
		o[i] = (struct loader_option) { t->settings[i].name, t->settings[i].value };
	r.options = o;
	r.option_count = what == LOADER_LOAD ? t->setting_count : 0;
	id = post(b, &r, e);
	free(o);
	return id;
}

int bpf_ask_look(struct bpf_tracer *t, struct err *e)
{
	int64_t id;

	if (t->refused)
		return err_set(e, -EPERM, "%s", t->refused);
	if (t->looked || t->look_id)
		return 0;
	id = ask(t, LOADER_LOOK, e);
	if (id < 0)
		return (int)id;
	t->look_id = id;
	return 0;
}

int bpf_ask_load(struct bpf_tracer *t, struct err *e)
{
	int64_t id;

	bpf_family_prepare(t->b);
	id = ask(t, LOADER_LOAD, e);
	if (id < 0)
		return (int)id;
	t->load_id = id;
	return 0;
}

/* ---- answers ---- */

static void looked(struct bpf_tracer *t, struct loader_answer *a)
{
	t->look_id = 0;
	t->looked = true;
	t->look = a;
	if (a->err.code && !t->load)
		bpf_tracer_failed(t, a->err.text);
	else if (!t->load)
		bpf_schemas_add(t, a, NULL);
}

static void give(struct bpf_backend *b, struct loader_answer *a)
{
	if (bpf_family_answer(b, a))
		return;
	for (size_t i = 0; i < b->tracer_count; i++) {
		struct bpf_tracer *t = b->tracers[i];

		if (t->look_id == a->id) {
			looked(t, a);
			return;
		}
		if (t->load_id == a->id) {
			t->load_id = 0;
			bpf_tracer_loaded(t, a);
			return;
		}
	}
	loader_answer_free(a); /* of one that was switched off since */
}

/* Takes one answer, waiting for it. */
static int take(struct bpf_backend *b, uint64_t timeout, struct err *e)
{
	struct loader_answer *a = NULL;
	int rc = loader_take(b->loader, timeout, &a, e);

	if (rc > 0)
		give(b, a);
	look_at_loader(b);
	return rc;
}

void bpf_ask_answers(struct bpf_backend *b)
{
	while (b->loader && take(b, 0, NULL) > 0)
		;
}

int bpf_ask_wait(struct bpf_tracer *t, struct err *e)
{
	uint64_t until = clock_mono() + PATIENCE, now;
	int rc = bpf_ask_look(t, e);

	while (rc >= 0 && t->look_id) {
		now = clock_mono();
		if (now >= until)
			return err_set(e, -ETIMEDOUT, "bpf:%s: its loader did not answer in %u s",
				       t->name, (unsigned)(PATIENCE / NSEC_PER_SEC));
		rc = take(t->b, until - now, e);
	}
	if (rc < 0)
		return rc;
	return t->look && t->look->err.code ? err_set(e, t->look->err.code, "%s", t->look->err.text)
					    : 0;
}
