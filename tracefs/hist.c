/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hist: a pair made in the kernel, and taken back.
 *
 * Every step is in the guard's journal before it is made. The kernel refuses to remove a trigger
 * whose variables are used, a synthetic event that a trigger makes, and an instance that has
 * triggers; the reverse order is the one in which it does not.
 */
#include "tracefs/hist.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/clock.h"
#include "core/util.h"
#include "tracefs/dir.h"

#define CLOSE_WAIT (2 * NSEC_PER_SEC)

/* "# Available triggers:", and the next line has them. */
static bool offers_hist(const char *text)
{
	for (const char *p = text; (p = strstr(p, "hist")); p += 4) {
		bool front = p == text || strchr(" \t\n#", p[-1]);

		if (front && (!p[4] || strchr(" \t\n", p[4])))
			return true;
	}
	return false;
}

int hist_probe(const char *tracefs, struct err *e)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };
	int fd = tracefs_open(tracefs, O_WRONLY, e, "synthetic_events");

	if (fd == -ENOENT)
		return err_set(
		    e, -ENOTSUP,
		    "this kernel has no synthetic events: %s/synthetic_events is missing "
		    "(CONFIG_SYNTH_EVENTS)",
		    tracefs);
	if (fd < 0)
		return fd;
	close(fd);
	/* An event that every kernel has; before anything is set its file lists what could be. */
	if (tracefs_read(tracefs, &text, e, "events/sched/sched_switch/trigger"))
		return e->code;
	if (offers_hist(strbuf_cstr(&text)))
		return 0;
	/* Triggers are set there: then the kernel's README tells. */
	strbuf_clear(&text);
	if (!tracefs_read(tracefs, &text, NULL, "README") &&
	    strstr(strbuf_cstr(&text), "hist trigger"))
		return 0;
	return err_set(e, -ENOTSUP,
		       "this kernel has no histogram triggers: events/*/*/trigger offers no hist "
		       "(CONFIG_HIST_TRIGGERS)");
}

/* ---- one step ---- */

static void step_path(const struct hist *h, const struct hist_step *s, char *buf, size_t size)
{
	if (s->kind == HIST_SYNTH)
		snprintf(buf, size, "%s/synthetic_events", h->instance->tracefs);
	else
		snprintf(buf, size, "%s/events/%s/%s/trigger", h->instance->path, s->system,
			 s->event);
}

static int write_step(const struct hist *h, const struct hist_step *s, const char *text,
		      struct err *e)
{
	if (s->kind == HIST_SYNTH)
		return tracefs_write(h->instance->tracefs, text, e, "synthetic_events");
	return tracefs_write(h->instance->path, text, e, "events/%s/%s/trigger", s->system,
			     s->event);
}

static int make_step(struct hist *h, unsigned i, struct err *e)
{
	const struct hist_step *s = &h->plan.steps[i];
	char path[512];
	int ret;

	step_path(h, s, path, sizeof(path));
	ret = guard_write(h->guard, path, s->undo, strlen(s->undo), e);
	if (ret < 0)
		return ret;
	h->journal[i] = ret;
	ret = write_step(h, s, s->text, e);
	if (ret) {
		guard_done(h->guard, h->journal[i]);
		h->journal[i] = 0;
	}
	return ret;
}

static int undo_step(struct hist *h, unsigned i, struct err *e)
{
	uint64_t deadline = clock_mono() + CLOSE_WAIT;
	struct timespec nap = { .tv_nsec = (long)(2 * NSEC_PER_MSEC) };
	int ret;

	while ((ret = write_step(h, &h->plan.steps[i], h->plan.steps[i].undo, e)) == -EBUSY &&
	       clock_mono() < deadline)
		nanosleep(&nap, NULL);
	if (ret && ret != -ENOENT)
		return ret;
	err_clear(e);
	guard_done(h->guard, h->journal[i]);
	h->journal[i] = 0;
	return 0;
}

/* ---- all of them ---- */

int hist_open(struct hist *h, struct guard *g, struct instance *in, const struct hist_conf *c,
	      struct err *e)
{
	char prefix[64];
	int ret;

	*h = (struct hist) { .guard = g, .instance = in };
	if (!hist_prefix(in->name, prefix, sizeof(prefix)))
		return err_set(e, -EINVAL, "%s is no instance for histograms", in->name);
	ret = hist_compose(c, prefix, &h->plan, e);
	for (unsigned i = 0; !ret && i < h->plan.count; i++)
		ret = make_step(h, i, e);
	if (ret) {
		hist_close(h, NULL);
		err_ctx(e, "pair:%s", c->name);
	}
	return ret;
}

/* Undoes the steps from the last one down to a first one. What cannot be undone now holds what is
 * below it, too: the guard tries them all again. */
static int undo_steps(struct hist *h, unsigned first, struct err *e)
{
	int ret = 0;

	for (unsigned i = h->plan.count; i-- > first && !ret;) {
		if (h->journal[i])
			ret = undo_step(h, i, e);
	}
	return ret;
}

int hist_stop(struct hist *h, struct err *e)
{
	return undo_steps(h, h->plan.pairing, e);
}

int hist_close(struct hist *h, struct err *e)
{
	struct err unsaid = ERR_INIT;
	int ret = undo_steps(h, 0, e ? e : &unsaid);

	hist_plan_done(&h->plan);
	*h = (struct hist) { 0 };
	return ret;
}

/* ---- reading ---- */

int hist_read(const struct hist *h, hist_row_fn fn, void *data, struct hist_counts *counts,
	      struct err *e)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };
	int ret =
	    tracefs_read(h->instance->path, &text, e, "events/synthetic/%s/hist", h->plan.event);

	*counts = (struct hist_counts) { 0 };
	if (!ret)
		hist_parse(&h->plan, strbuf_cstr(&text), text.len, fn, data, counts);
	return ret;
}

static int read_place(const struct hist *h, const struct hist_place *p, uint64_t *hits,
		      uint64_t *dropped, struct err *e)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };
	int ret =
	    tracefs_read(h->instance->path, &text, e, "events/%s/%s/hist", p->system, p->event);

	if (!ret)
		hist_parse_total(strbuf_cstr(&text), text.len, p->mark, hits, dropped);
	return ret;
}

int hist_read_sides(const struct hist *h, struct hist_counts *counts, struct err *e)
{
	int ret = 0;

	for (unsigned i = 0; i < h->plan.start_count && !ret; i++)
		ret =
		    read_place(h, &h->plan.starts[i], &counts->starts, &counts->starts_dropped, e);
	for (unsigned i = 0; i < h->plan.end_count && !ret; i++)
		ret = read_place(h, &h->plan.ends[i], &counts->ends, &counts->ends_dropped, e);
	return ret;
}
