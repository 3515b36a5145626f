/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bpf_family: the list of wanted processes that programs ask, and their children.
 *
 * Children are added by a program at each birth. Before the list may be asked everybody must be in
 * it who was born earlier: so first the program is attached, then those that were named are put in,
 * then all they made as /proc tells, until nobody new appears. Who was born in that time and whose
 * parent was gone before we looked is one of the numbers that the kernel gave in it: all of
 * them are put in.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/bpf_capture.h"
#include "bpf/maps.h"
#include "core/arena.h"
#include "core/cleanup.h"
#include "core/util.h"
#include "tracefs/instance_pids.h"
#include "tracefs/kin.h"

#define HELPER	  "follow"
#define LOOKS_MAX 50   /* at /proc, until nobody new appears */
#define BORN_MAX  2048 /* numbers that were given meanwhile */
#define TRIES	  3

int bpf_family_map(struct bpf_backend *b)
{
	/* Once: a program that was loaded without it would look at a list of its own. */
	if (b->pids_fd == -1) {
		b->pids_fd = maps_pids(NULL);
		b->pids_fd = b->pids_fd < 0 ? -2 : b->pids_fd;
	}
	return b->pids_fd;
}

/* ---- who is in it ---- */

struct crowd {
	int32_t *v;
	size_t count, cap;
};

static void crowd_add(int32_t pid, void *data)
{
	struct crowd *c = data;

	if (c->count == c->cap) {
		c->cap = c->cap ? 2 * c->cap : 64;
		c->v = xrealloc(c->v, c->cap, sizeof(*c->v));
	}
	c->v[c->count++] = pid;
}

static int by_number(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

	return (x > y) - (x < y);
}

/* Whether all of one are in the other, which is sorted. */
static bool is_within(const struct crowd *one, const struct crowd *sorted)
{
	for (size_t i = 0; i < one->count; i++)
		if (!sorted->count ||
		    !bsearch(&one->v[i], sorted->v, sorted->count, sizeof(*sorted->v), by_number))
			return false;
	return true;
}

/* The numbers that were given since. */
static int add_born(struct bpf_backend *b, uint32_t from, struct err *e)
{
	struct crowd born = { .v = NULL };
	uint32_t to;
	int rc = kin_last(&to, e);

	if (rc < 0)
		return rc;
	if (to < from || to - from > BORN_MAX)
		return err_set(e, -EAGAIN, "processes are born too fast to follow some of them");
	for (uint32_t pid = from + 1; pid <= to; pid++)
		crowd_add((int32_t)pid, &born);
	if (born.count)
		rc = maps_pids_add(b->pids_fd, born.v, born.count, e);
	free(born.v);
	return rc;
}

/* One look at /proc; 1: it found nobody that the one before, which it becomes, did not. */
static int look(struct bpf_backend *b, const struct capture *c, struct crowd *before, struct err *e)
{
	struct crowd now = { .v = NULL };
	bool settled;
	int rc = 0;

	kin_each(c->pids, c->pid_count, crowd_add, &now);
	if (now.count)
		rc = maps_pids_add(b->pids_fd, now.v, now.count, e);
	settled = is_within(&now, before);
	if (now.count)
		qsort(now.v, now.count, sizeof(*now.v), by_number);
	free(before->v);
	*before = now;
	return rc < 0 ? rc : settled;
}

/*
 * After a look that finds nobody new every member is in the list, and so are those it makes: what
 * was born before is found by its parent, or by its number.
 */
static int fill_once(struct bpf_backend *b, const struct capture *c, struct err *e)
{
	struct crowd kin = { .v = NULL };
	uint32_t first;
	int rc = kin_last(&first, e), settled = 0;

	if (rc >= 0)
		rc = maps_pids_add(b->pids_fd, c->pids, c->pid_count, e);
	for (int i = 0; rc >= 0 && i < LOOKS_MAX; i++) {
		rc = settled = look(b, c, &kin, e);
		if (rc > 0 && i > 0)
			break;
		if (rc >= 0)
			rc = add_born(b, first, e);
	}
	free(kin.v);
	if (rc < 0)
		return rc;
	return settled ? 0 : err_set(e, -EAGAIN, "new processes come all the time");
}

static void failed(struct bpf_family *f, const char *why)
{
	f->ready = false;
	snprintf(f->reason, sizeof(f->reason), "%.250s", why);
}

/* The helper adds children from now on: everybody who was there before. */
static void fill(struct bpf_backend *b)
{
	struct bpf_capture *cap = bpf_capture_of(b);
	struct err e = ERR_INIT;
	int rc = maps_pids_void(b->pids_fd, &e);

	for (int i = 0; rc >= 0 && i < TRIES; i++) {
		err_clear(&e);
		rc = fill_once(b, &cap->wanted, &e);
		if (rc != -EAGAIN)
			break;
		rc = 0;
	}
	if (e.code < 0)
		failed(&cap->family, e.text);
	else
		cap->family.ready = true;
}

/* ---- the helper ---- */

static void end_helper(struct bpf_family *f)
{
	if (f->helper)
		loader_answer_free(f->helper);
	f->helper = NULL;
	f->helper_id = 0; /* what comes of it is nobody's */
}

static void ask_for_helper(struct bpf_backend *b)
{
	struct bpf_family *f = &bpf_capture_of(b)->family;
	struct err e = ERR_INIT;
	int64_t id = bpf_ask_helper(b, HELPER, &e);

	if (id < 0)
		failed(f, e.text);
	else
		f->helper_id = id;
}

bool bpf_family_answer(struct bpf_backend *b, struct loader_answer *a)
{
	struct bpf_family *f = b->capture ? &b->capture->family : NULL;

	if (!f || !f->helper_id || f->helper_id != a->id)
		return false;
	f->helper_id = 0;
	if (a->err.code) {
		failed(f, a->err.text);
		loader_answer_free(a);
		return true;
	}
	f->helper = a;
	fill(b);
	if (f->ready)
		bpf_capture_list_ready(b);
	return true;
}

/* ---- the list ---- */

/* Without children it is just those that were named. */
static void list_named(struct bpf_backend *b, const struct capture *c)
{
	struct bpf_family *f = &bpf_capture_of(b)->family;
	struct err e = ERR_INIT;

	end_helper(f);
	f->ready = maps_pids_set(b->pids_fd, c->pids, c->pid_count, &e) >= 0;
	if (!f->ready)
		failed(f, e.text);
}

static bool overlap(const struct capture *a, const struct capture *b)
{
	for (size_t i = 0; i < a->pid_count; i++)
		for (size_t j = 0; j < b->pid_count; j++)
			if (a->pids[i] == b->pids[j])
				return true;
	return false;
}

void bpf_family_begin(struct bpf_backend *b, const struct capture *before)
{
	struct bpf_capture *cap = bpf_capture_of(b);
	struct bpf_family *f = &cap->family;
	const struct capture *c = &cap->wanted;
	bool goes_on = f->follow && c->follow && overlap(before, c);

	f->ready = false;
	f->follow = c->follow;
	f->reason[0] = '\0';
	/* Numbers of another name space are not those that the programs see. */
	if (!instance_pids_known())
		return;
	if (bpf_family_map(b) < 0) {
		failed(f, "the map of processes cannot be made");
		return;
	}
	if (!c->follow) {
		list_named(b, c);
		return;
	}
	/* Whose parents are gone is found by nobody any more: what the list has of the same ones
	 * stays. */
	if (!goes_on)
		maps_pids_set(b->pids_fd, NULL, 0, NULL);
	if (f->helper)
		fill(b);
	else if (b->loader && !f->helper_id)
		ask_for_helper(b);
}

void bpf_family_prepare(struct bpf_backend *b)
{
	struct bpf_family *f = &bpf_capture_of(b)->family;

	if (bpf_family_map(b) >= 0 && f->follow && !f->helper && !f->helper_id && !f->reason[0])
		ask_for_helper(b);
}

void bpf_family_end(struct bpf_backend *b)
{
	struct bpf_family *f = &bpf_capture_of(b)->family;

	end_helper(f);
	*f = (struct bpf_family) { .ready = false };
}

void bpf_family_say(const struct bpf_backend *b, struct strbuf *out)
{
	const struct bpf_capture *cap = b->capture;
	const struct capture *c = &cap->wanted;
	bool any = false;

	for (size_t i = 0; i < b->tracer_count; i++)
		any |= b->tracers[i]->wanted;
	if (!any || !c->pid_count)
		return;
	strbuf_str(out, BPF_GROUP ": processes");
	for (size_t i = 0; i < c->pid_count && i < 16; i++)
		strbuf_fmt(out, " %d", (int)c->pids[i]);
	if (c->pid_count > 16)
		strbuf_fmt(out, " and %zu more", c->pid_count - 16);
	strbuf_str(out, c->follow ? ", and all they make" : "");
	if (cap->family.reason[0])
		strbuf_fmt(out, " (nobody is kept out: %s)", cap->family.reason);
	strbuf_char(out, '\n');
}
