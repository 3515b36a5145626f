/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bpf_frames: names for the stacks of programs.
 *
 * Addresses are asked for when the row that has them is read from its ring, for its process may be
 * gone soon; each once for what a process executes. The answer comes a few ms later. For so long,
 * but never longer than WAIT_MOST, the row is not final, so that whoever prints rows has the names.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backends/bpf_names.h"
#include "backends/bpf_private.h"
#include "bpf/frames.h"
#include "core/arena.h"
#include "core/clock.h"
#include "core/safe.h"
#include "core/util.h"

#define PENDING_MOST 4096
#define WAIT_MOST    (150 * NSEC_PER_MSEC)

/* An address that waits for its name. */
struct pending {
	uint64_t address, ts, since;
	uint32_t space;
	int32_t tid;
};

struct bpf_frames {
	struct bpf_backend *b;
	struct frames *asked; /* NULL: not started, or it cannot be */
	struct poller_fd *watch;
	bool failed;
	struct bpf_names *names;
	struct pending *pending; /* the first of them are being asked for */
	size_t count, asking;
};

/* ---- text ---- */

static bool say_code(void *data, const struct row *r, uint64_t addr, bool is_return,
		     struct strbuf *out)
{
	struct bpf_frames *f = data;
	const char *s =
	    bpf_names_find(f->names, r->tid, r->ts, addr | (is_return ? FRAMES_RETURN : 0));

	if (s)
		safe_text(out, s, strlen(s));
	return s;
}

/* ---- opening and closing ---- */

void bpf_frames_open(struct bpf_backend *b)
{
	struct bpf_frames *f = xcalloc(1, sizeof(*f));

	f->b = b;
	f->names = bpf_names_new(b->backend->env->identity);
	b->frames = f;
	b->backend->text.code = say_code;
	b->backend->text.code_data = f;
}

static void unwatch(struct bpf_frames *f)
{
	if (f->watch)
		poller_fd_del(f->b->poller, f->watch);
	f->watch = NULL;
}

void bpf_frames_close(struct bpf_backend *b)
{
	struct bpf_frames *f = b->frames;

	if (!f)
		return;
	unwatch(f);
	frames_stop(f->asked);
	bpf_names_free(f->names);
	free(f->pending);
	free(f);
	b->frames = NULL;
}

static void on_answer(int fd, uint32_t events, void *data)
{
	(void)fd, (void)events;
	bpf_ready(data);
}

static void watch(struct bpf_frames *f)
{
	if (!f->watch && f->b->poller && frames_fd(f->asked) >= 0)
		poller_fd_add(f->b->poller, frames_fd(f->asked), EPOLLIN, on_answer, f->b,
			      &f->watch, NULL);
}

void bpf_frames_start(struct bpf_backend *b)
{
	struct bpf_frames *f = b->frames;

	if (f->asked || f->failed)
		return;
	f->failed = frames_start(&f->asked, b->backend->env->guard, NULL) < 0;
	if (f->failed)
		return; /* then addresses stay numbers */
	f->pending = xcalloc(PENDING_MOST, sizeof(*f->pending));
	watch(f);
}

/* ---- asking ---- */

/* As many as are of the same process and stand together. */
static void ask(struct bpf_frames *f)
{
	struct frames_ask q = { 0 };

	if (!f->asked || f->asking || !f->count)
		return;
	q.space = f->pending[0].space;
	q.tid = f->pending[0].tid;
	q.pid = bpf_names_pid(f->names, q.space);
	while (q.count < FRAMES_BATCH && q.count < f->count &&
	       f->pending[q.count].space == q.space) {
		q.addresses[q.count] = f->pending[q.count].address;
		q.count++;
	}
	if (frames_ask(f->asked, &q) >= 0)
		f->asking = q.count;
	else if (frames_fd(f->asked) < 0)
		unwatch(f);
	watch(f);
}

static void take(struct bpf_frames *f, const struct frames_answer *a)
{
	const char *name = a->names;

	for (uint32_t i = 0; i < a->count && !a->died; i++) {
		bpf_names_put(f->names, a->space, f->pending[i].address, name);
		name += strlen(name) + 1;
	}
	if (a->died)
		bpf_names_ban(f->names, a->space);
	else
		bpf_names_looked(f->names, a->space, a->read_at);
	f->count -= f->asking;
	memmove(f->pending, f->pending + f->asking, f->count * sizeof(*f->pending));
	f->asking = 0;
}

void bpf_frames_answers(struct bpf_backend *b)
{
	struct bpf_frames *f = b->frames;
	struct frames_answer a;

	while (f->asked && frames_take(f->asked, &a)) {
		if (a.died)
			unwatch(f);
		take(f, &a);
		ask(f);
	}
	if (f->asked && frames_fd(f->asked) < 0)
		unwatch(f);
	ask(f);
}

static void note(struct bpf_frames *f, const struct pending *p)
{
	if (f->count == PENDING_MOST || bpf_names_state(f->names, p->space, p->address) != NAME_NEW)
		return;
	bpf_names_ask(f->names, p->space, p->address);
	f->pending[f->count++] = *p;
}

static void note_stack(struct bpf_frames *f, struct pending *p, const uint8_t *at, uint32_t len)
{
	for (uint32_t i = 0; i + 8 <= len && load_u64(at + i); i += 8) {
		p->address = (load_u64(at + i) & ~FRAMES_RETURN) | (i ? FRAMES_RETURN : 0);
		note(f, p);
	}
}

static bool is_stack(const struct field *f)
{
	return f->unit == UNIT_UADDR && f->kind == FIELD_ARRAY && f->elem_size == 8;
}

bool bpf_frames_wanted(const struct schema *s)
{
	for (unsigned i = s->common_count; i < s->count; i++)
		if (is_stack(&s->fields[i]))
			return true;
	return false;
}

void bpf_frames_note(struct bpf_backend *b, const struct schema *s, uint64_t ts, const void *rec,
		     uint32_t size)
{
	struct bpf_frames *f = b->frames;
	struct pending p = { .ts = ts, .since = clock_mono() };

	if (!f->asked)
		return;
	p.tid = (int32_t)load_u32((const uint8_t *)rec + 4);
	p.space = p.tid > 0 ? bpf_names_space(f->names, p.tid, ts, true) : 0;
	if (!p.space || bpf_names_is_banned(f->names, p.space))
		return;
	for (unsigned i = s->common_count; i < s->count; i++) {
		uint32_t len;
		const uint8_t *at =
		    is_stack(&s->fields[i]) ? field_bytes(s, &s->fields[i], rec, size, &len) : NULL;

		if (at)
			note_stack(f, &p, at, len);
	}
}

/* ---- waiting ---- */

uint64_t bpf_frames_oldest(const struct bpf_backend *b, uint64_t now)
{
	const struct bpf_frames *f = b->frames;
	uint64_t oldest = UINT64_MAX;

	for (size_t i = 0; i < f->count; i++)
		if (now < f->pending[i].since + WAIT_MOST)
			oldest = MIN(oldest, f->pending[i].ts);
	return oldest;
}

bool bpf_frames_waits(const struct bpf_backend *b)
{
	return b->frames->count > 0;
}
