/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bpf_say: what there is to say of a tracer: its state, what it costs, what it lost and why a part
 * of it is not attached.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "backends/bpf_private.h"
#include "bpf/maps.h"
#include "core/safe.h"
#include "core/util.h"

/* ---- cost ---- */

static void sum_runs(const struct bpf_tracer *t, uint64_t *runs, uint64_t *ns)
{
	*runs = *ns = 0;
	for (size_t i = 0; t->load && i < t->load->prog_count; i++) {
		uint64_t n = 0, took = 0, missed;

		if (t->load->progs[i].fd >= 0 &&
		    maps_prog_stats(t->load->progs[i].fd, &n, &took, &missed) >= 0) {
			*runs += n;
			*ns += took;
		}
	}
}

/* The kernel measures its programs as long as the descriptor is open, and adds up for good. */
void bpf_say_watch(struct backend *backend, bool on)
{
	struct bpf_backend *b = backend->state;

	if (!on && (!b->watchers || --b->watchers))
		return;
	if (on && b->watchers++)
		return;
	if (!on) {
		if (b->stats_fd >= 0)
			close(b->stats_fd);
		b->stats_fd = -1;
		return;
	}
	if (bpf_check(b, NULL) >= 0)
		b->stats_fd = maps_stats_on(NULL);
	for (size_t i = 0; i < b->tracer_count; i++)
		sum_runs(b->tracers[i], &b->tracers[i]->runs_base, &b->tracers[i]->ns_base);
}

static void fill_room(const struct bpf_tracer *t, uint64_t *held, uint64_t *room)
{
	*held = *room = 0;
	for (size_t i = 0; t->load && i < t->load->ring_count; i++) {
		const struct bpf_ring *r = &t->load->rings[i];
		uint64_t size = 0, here = 0;

		if (r->is_perf || maps_ring_size(r->fd, &size) < 0 ||
		    maps_ring_fill(r->fd, (uint32_t)size, &here, NULL) < 0)
			continue;
		*held += here;
		*room += size;
	}
}

/* Whoever has a hopeless tracer shown learns it before he tries. */
int bpf_say_status(struct backend *backend, const char *group, const char *name,
		   struct tracer_status *ret)
{
	struct bpf_tracer *t = bpf_tracer_get(backend, group, name, NULL);
	struct bpf_backend *b = backend->state;
	uint64_t runs, ns;

	*ret = (struct tracer_status) { .state = TRACER_OFF };
	if (!t)
		return -ENOENT;
	bpf_ask_answers(b);
	*ret = (struct tracer_status) {
		.state = t->state, .counts = true, .events = t->events, .lost = t->lost
	};
	snprintf(ret->reason, sizeof(ret->reason), "%s", t->reason);
	if (t->state == TRACER_OFF && bpf_check(b, NULL) < 0) {
		ret->state = TRACER_FAILED;
		snprintf(ret->reason, sizeof(ret->reason), "%.250s", b->probe.text);
	}
	if (b->stats_fd < 0 || !t->load)
		return 0;
	sum_runs(t, &runs, &ns);
	ret->runs = runs - MIN(t->runs_base, runs);
	ret->run_ns = ns - MIN(t->ns_base, ns);
	fill_room(t, &ret->held, &ret->room);
	return 0;
}

/* ---- words ---- */

static void say_text(struct strbuf *out, const char *what, const char *text)
{
	strbuf_fmt(out, "%s: ", what);
	safe_text(out, text, strlen(text));
	strbuf_char(out, '\n');
}

static void say_program(const struct bpf_prog *p, struct strbuf *out)
{
	uint64_t runs = 0, ns = 0, missed = 0;

	strbuf_str(out, "program: ");
	safe_text(out, p->section, strlen(p->section));
	if (p->why) {
		strbuf_str(out, ", not attached: ");
		safe_text(out, p->why, strlen(p->why));
	} else if (p->fd >= 0 && maps_prog_stats(p->fd, &runs, &ns, &missed) >= 0 && runs) {
		strbuf_str(out, ", ");
		strbuf_grouped(out, runs);
		strbuf_fmt(out, " runs, %llu ns each", (unsigned long long)(ns / runs));
	}
	if (missed) {
		strbuf_str(out, ", missed ");
		strbuf_grouped(out, missed);
	}
	strbuf_char(out, '\n');
}

static void say_number(struct strbuf *out, const char *what, uint64_t n)
{
	if (!n)
		return;
	strbuf_fmt(out, "%s: ", what);
	strbuf_grouped(out, n);
	strbuf_char(out, '\n');
}

static void say_counts(const struct bpf_tracer *t, struct strbuf *out)
{
	struct tap_counts c = { 0 };

	if (t->load && t->load->counts >= 0)
		maps_counts(t->load->counts, &c, NULL);
	say_number(out, "lost, its ring was full", t->lost);
	say_number(out, "kept out by the filter", c.rejected);
	say_number(out, "cut, values that were too long", c.cut + t->cut);
	say_number(out, "missed, no room to remember a start", c.missed);
	say_number(out, "missed, no room for a key in the table", c.full);
	say_number(out, "without a time, that of arrival is shown (~)", t->arrived);
}

static void say_ring(const struct bpf_tracer *t, struct strbuf *out)
{
	char a[32], b[32];
	uint64_t held, room;

	fill_room(t, &held, &room);
	if (room)
		strbuf_fmt(out, "ring: %s of %s\n", util_human_size(held, a, sizeof(a)),
			   util_human_size(room, b, sizeof(b)));
}

static int say_option(const struct tracer_option *o, void *data)
{
	struct strbuf *out = data;

	strbuf_str(out, "option: ");
	safe_text(out, o->name, strlen(o->name));
	strbuf_str(out, " = ");
	safe_text(out, o->value, strlen(o->value));
	if (o->range)
		strbuf_fmt(out, " (%s)", o->range);
	if (o->help && *o->help) {
		strbuf_str(out, ", ");
		safe_text(out, o->help, strlen(o->help));
	}
	strbuf_char(out, '\n');
	return 0;
}

static const char *kind_words(const struct bpf_tracer *t, const struct loader_answer *a)
{
	static const char *const words[] = {
		[BPF_EVENTS] = "a row for each event",
		[BPF_TABLE] = "a table, counted in the kernel; a row a key and second",
		[BPF_BOTH] = "a row for each event, and a table counted in the kernel",
	};

	if (a && !a->err.code)
		return words[a->kind <= BPF_BOTH ? a->kind : BPF_EVENTS];
	return words[t->counts ? BPF_TABLE : BPF_EVENTS];
}

int bpf_say_describe(struct backend *backend, const char *group, const char *name,
		     struct strbuf *out, struct err *e)
{
	struct bpf_tracer *t = bpf_tracer_get(backend, group, name, e);
	const struct loader_answer *a;

	if (!t)
		return -ENOENT;
	if (!t->load)
		bpf_ask_wait(t, NULL); /* what cannot be known is left out */
	a = t->load ? t->load : t->look;
	say_text(out, "gives", kind_words(t, a));
	if (t->path)
		say_text(out, "object", t->path);
	if (!a || a->err.code)
		return 0;
	bpf_options_visit(backend, group, name, say_option, out);
	for (size_t i = 0; i < a->prog_count; i++)
		say_program(&a->progs[i], out);
	for (size_t i = 0; i < a->ring_count; i++)
		if (a->rings[i].hint)
			say_text(out, "to know more of its events", a->rings[i].hint);
	say_ring(t, out);
	say_counts(t, out);
	return 0;
}

int bpf_say_log(struct backend *backend, const char *group, const char *name, struct strbuf *out,
		struct err *e)
{
	const struct bpf_tracer *t = bpf_tracer_get(backend, group, name, e);

	if (!t)
		return -ENOENT;
	if (!t->log)
		return err_set(e, -ENOENT, "bpf:%s: no more than that was said", name);
	strbuf_str(out, t->log);
	return 0;
}
