/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * loader_say: an answer as the text that goes over the socket; descriptors are numbers of places in
 * the parcel.
 */
#include "bpf/loader_wire.h"

#include "core/arena.h"

struct fds {
	int *v;
	size_t count;
};

static json_t *fd_number(struct fds *f, int fd)
{
	if (fd < 0)
		return json_integer(-1);
	f->v = xrealloc(f->v, f->count + 1, sizeof(*f->v));
	f->v[f->count] = fd;
	return json_integer((json_int_t)f->count++);
}

static json_t *say_part(const struct layout_part *p)
{
	return json_pack("[ii]", (int)p->at, (int)p->size);
}

static json_t *say_layout(const struct layout *l)
{
	json_t *parts = json_array(), *extras = json_array();

	for (size_t i = 0; i < LAYOUT_PARTS; i++)
		json_array_append_new(parts, say_part(layout_part_at((struct layout *)l, i)));
	for (uint32_t i = 0; i < l->extra_count; i++) {
		const struct layout_extra *x = &l->extras[i];

		json_array_append_new(extras, json_pack("[iIIIi]", x->kind, (json_int_t)x->at,
							(json_int_t)x->bits, (json_int_t)x->to,
							x->is_signed));
	}
	return json_pack("{s:o,s:o,s:I,s:I,s:b,s:o,s:o}", "name", wire_text(l->name), "body",
			 wire_text(l->body), "size", (json_int_t)l->size, "shift",
			 (json_int_t)l->shift, "open", l->is_open, "parts", parts, "extras",
			 extras);
}

static json_t *say_option(const struct bpf_option *o)
{
	json_t *j = json_pack("{s:o,s:o,s:o,s:i}", "name", wire_text(o->name), "help",
			      wire_text(o->help), "value", wire_text(o->value), "unit", o->unit);

	if (o->has_range) {
		json_object_set_new(j, "least", json_integer(o->least));
		json_object_set_new(j, "most", json_integer(o->most));
	}
	return j;
}

static json_t *say_ring(const struct bpf_ring *r, struct fds *f)
{
	return json_pack("{s:o,s:b,s:o,s:o,s:o}", "map", wire_text(r->map), "perf", r->is_perf,
			 "fd", fd_number(f, r->fd), "layout", say_layout(&r->layout), "hint",
			 wire_text(r->hint));
}

static json_t *say_table(const struct bpf_table *t, struct fds *f)
{
	return json_pack("{s:o,s:o,s:I,s:I,s:I,s:b,s:b,s:o,s:o,s:o,s:i}", "map", wire_text(t->map),
			 "fd", fd_number(f, t->fd), "key", (json_int_t)t->key_size, "value",
			 (json_int_t)t->value_size, "entries", (json_int_t)t->max_entries, "percpu",
			 t->is_percpu, "array", t->is_array, "layout", say_layout(&t->layout),
			 "counts", wire_text(t->counts), "histogram", wire_text(t->histogram),
			 "unit", t->histogram_unit);
}

static json_t *say_prog(const struct bpf_prog *p, struct fds *f)
{
	return json_pack("{s:o,s:o,s:o,s:o}", "name", wire_text(p->name), "section",
			 wire_text(p->section), "fd", fd_number(f, p->fd), "why",
			 wire_text(p->why));
}

static json_t *say_lists(const struct loader_answer *a, struct fds *f)
{
	json_t *options = json_array(), *rings = json_array(), *tables = json_array(),
	       *progs = json_array(), *links = json_array();

	for (size_t i = 0; i < a->option_count; i++)
		json_array_append_new(options, say_option(&a->options[i]));
	for (size_t i = 0; i < a->ring_count; i++)
		json_array_append_new(rings, say_ring(&a->rings[i], f));
	for (size_t i = 0; i < a->table_count; i++)
		json_array_append_new(tables, say_table(&a->tables[i], f));
	for (size_t i = 0; i < a->prog_count; i++)
		json_array_append_new(progs, say_prog(&a->progs[i], f));
	for (size_t i = 0; i < a->link_count; i++)
		json_array_append_new(links, fd_number(f, a->links[i]));
	return json_pack("{s:o,s:o,s:o,s:o,s:o}", "options", options, "rings", rings, "tables",
			 tables, "progs", progs, "links", links);
}

char *answer_say(const struct loader_answer *a, int **fds, size_t *count)
{
	struct fds f = { 0 };
	json_t *j = say_lists(a, &f), *head;
	char *text;

	head =
	    json_pack("{s:I,s:i,s:o,s:o,s:o,s:o,s:i,s:o,s:o,s:o,s:I,s:I}", "id", (json_int_t)a->id,
		      "code", a->err.code, "error", wire_text(a->err.text), "log",
		      wire_text(a->log), "blurb", wire_text(a->blurb), "cost", wire_text(a->cost),
		      "kind", (int)a->kind, "control", fd_number(&f, a->control), "counts",
		      fd_number(&f, a->counts), "lost", fd_number(&f, a->lost), "lost_at",
		      (json_int_t)a->lost_at, "lost_size", (json_int_t)a->lost_size);
	json_object_update(j, head);
	text = json_dumps(j, JSON_COMPACT);
	json_decref(head);
	json_decref(j);
	*fds = f.v;
	*count = f.count;
	return text;
}
