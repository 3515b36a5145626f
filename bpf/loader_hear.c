/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * loader_hear: the text of an answer back into one. The loader read a hostile object, so nothing
 * of what it says is believed: texts are cleaned, sizes are checked, and of maps the kernel is
 * asked.
 */
#include "bpf/loader_wire.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bpf/code.h"
#include "bpf/kind.h"
#include "core/arena.h"
#include "core/util.h"

#define COUNT_MAX 4096 /* of options, rings, ... */

/* What is being read: the first thing that is wrong is remembered. */
struct hear {
	struct parcel *parcel;
	const char *wrong;
};

static void wrong(struct hear *h, const char *what)
{
	if (!h->wrong)
		h->wrong = what;
}

static char *hear_text(struct hear *h, const json_t *j, const char *key, bool needed)
{
	const json_t *v = json_object_get(j, key);

	if (json_is_string(v))
		return wire_clean(json_string_value(v), json_string_length(v));
	if (needed)
		wrong(h, key);
	return needed ? xstrdup("") : NULL;
}

static int64_t hear_number(struct hear *h, const json_t *v, int64_t most, const char *what)
{
	int64_t n = json_is_boolean(v) ? json_is_true(v) : json_integer_value(v);

	if (!(json_is_integer(v) || json_is_boolean(v)) || n < 0 || n > most) {
		wrong(h, what);
		return 0;
	}
	return n;
}

static int64_t hear_key(struct hear *h, const json_t *j, const char *key, int64_t most)
{
	return hear_number(h, json_object_get(j, key), most, key);
}

static int hear_fd(struct hear *h, const json_t *v)
{
	return parcel_fd(h->parcel, json_is_integer(v) ? json_integer_value(v) : -1);
}

/* ---- a layout ---- */

static void hear_part(struct hear *h, const json_t *j, uint32_t size, struct layout_part *ret)
{
	ret->at = (uint32_t)hear_number(h, json_array_get(j, 0), TAP_RECORD_MAX, "part");
	ret->size = (uint32_t)hear_number(h, json_array_get(j, 1), TAP_RECORD_MAX, "part");
	if (ret->at + ret->size > size)
		wrong(h, "part");
}

static void hear_extra(struct hear *h, const json_t *j, const struct layout *l,
		       struct layout_extra *ret)
{
	bool is_read;

	ret->kind = (uint8_t)hear_number(h, json_array_get(j, 0), LAYOUT_SIZE, "extra");
	ret->at = (uint32_t)hear_number(h, json_array_get(j, 1), TAP_RECORD_MAX * 8, "extra");
	ret->bits = (uint32_t)hear_number(h, json_array_get(j, 2), 64, "extra");
	ret->to = (uint32_t)hear_number(h, json_array_get(j, 3), TAP_RECORD_MAX, "extra");
	ret->is_signed = hear_number(h, json_array_get(j, 4), 1, "extra");
	is_read = ret->kind != LAYOUT_TAIL && ret->kind != LAYOUT_SIZE;
	if (ret->to + 8 > l->shift || (is_read && !ret->bits) ||
	    (is_read && ret->at + ret->bits > l->size * 8))
		wrong(h, "extra");
	if (ret->kind == LAYOUT_FLOAT && (ret->at % 8 || (ret->bits != 32 && ret->bits != 64)))
		wrong(h, "extra");
}

static void hear_layout(struct hear *h, const json_t *j, struct layout *l)
{
	const json_t *parts = json_object_get(j, "parts"), *extras = json_object_get(j, "extras");

	l->name = hear_text(h, j, "name", true);
	l->body = hear_text(h, j, "body", true);
	l->size = (uint32_t)hear_key(h, j, "size", TAP_RECORD_MAX);
	l->shift = (uint32_t)hear_key(h, j, "shift", LAYOUT_EXTRAS * 8);
	l->is_open = hear_key(h, j, "open", 1);
	for (size_t i = 0; i < LAYOUT_PARTS; i++)
		hear_part(h, json_array_get(parts, i), l->size, layout_part_at(l, i));
	l->extra_count = (uint32_t)MIN(json_array_size(extras), (size_t)LAYOUT_EXTRAS);
	if (l->extra_count)
		l->extras = xcalloc(l->extra_count, sizeof(*l->extras));
	for (uint32_t i = 0; i < l->extra_count; i++)
		hear_extra(h, json_array_get(extras, i), l, &l->extras[i]);
}

/* ---- the lists ---- */

static void hear_option(struct hear *h, const json_t *j, struct bpf_option *o)
{
	const json_t *least = json_object_get(j, "least"), *most = json_object_get(j, "most");

	o->name = hear_text(h, j, "name", true);
	o->help = hear_text(h, j, "help", true);
	o->value = hear_text(h, j, "value", true);
	o->unit = (uint8_t)hear_key(h, j, "unit", OPTION_TEXT);
	o->has_range = json_is_integer(least) && json_is_integer(most);
	o->least = json_integer_value(least);
	o->most = json_integer_value(most);
}

/* What the kernel says of a map; the descriptor of anything else is closed. */
static bool ask_map(struct hear *h, int *fd, struct bpf_map_info *ret)
{
	uint32_t size = sizeof(*ret);

	memset(ret, 0, sizeof(*ret));
	if (*fd < 0)
		return false;
	if (!bpf_obj_get_info_by_fd(*fd, ret, &size))
		return true;
	close(*fd);
	*fd = -1;
	wrong(h, "map");
	return false;
}

static void hear_ring(struct hear *h, const json_t *j, struct bpf_ring *r)
{
	struct bpf_map_info info;

	r->fd = hear_fd(h, json_object_get(j, "fd"));
	r->map = hear_text(h, j, "map", true);
	r->is_perf = hear_key(h, j, "perf", 1);
	r->hint = hear_text(h, j, "hint", false);
	hear_layout(h, json_object_get(j, "layout"), &r->layout);
	if (ask_map(h, &r->fd, &info) && info.type != kind_of_ring(r->is_perf))
		wrong(h, "ring");
}

static void hear_table(struct hear *h, const json_t *j, struct bpf_table *t)
{
	struct bpf_map_info info;

	t->fd = hear_fd(h, json_object_get(j, "fd"));
	t->map = hear_text(h, j, "map", true);
	t->key_size = (uint32_t)hear_key(h, j, "key", TAP_RECORD_MAX);
	t->value_size = (uint32_t)hear_key(h, j, "value", TAP_RECORD_MAX);
	t->max_entries = (uint32_t)hear_key(h, j, "entries", UINT32_MAX);
	t->is_percpu = hear_key(h, j, "percpu", 1);
	t->is_array = hear_key(h, j, "array", 1);
	t->counts = hear_text(h, j, "counts", true);
	t->histogram = hear_text(h, j, "histogram", false);
	t->histogram_unit = (uint8_t)hear_key(h, j, "unit", OPTION_TEXT);
	hear_layout(h, json_object_get(j, "layout"), &t->layout);
	if (ask_map(h, &t->fd, &info) &&
	    (info.key_size != t->key_size || info.value_size != t->value_size ||
	     info.max_entries != t->max_entries || !kind_is_table(info.type) ||
	     kind_is_percpu(info.type) != t->is_percpu || kind_is_array(info.type) != t->is_array))
		wrong(h, "table");
	if (t->layout.size > ((t->key_size + 7) & ~7u) + t->value_size)
		wrong(h, "table");
}

static void hear_prog(struct hear *h, const json_t *j, struct bpf_prog *p)
{
	p->fd = hear_fd(h, json_object_get(j, "fd"));
	p->name = hear_text(h, j, "name", true);
	p->section = hear_text(h, j, "section", true);
	p->why = hear_text(h, j, "why", false);
}

/* Room for a list's elements; the caller reads them. */
static void *list(struct hear *h, const json_t *j, const char *key, size_t size, size_t *count)
{
	const json_t *v = json_object_get(j, key);

	*count = json_array_size(v);
	if (!json_is_array(v) || *count > COUNT_MAX) {
		wrong(h, key);
		*count = 0;
	}
	return *count ? xcalloc(*count, size) : NULL;
}

static void hear_lists(struct hear *h, const json_t *j, struct loader_answer *a)
{
	const json_t *at;

	a->options = list(h, j, "options", sizeof(*a->options), &a->option_count);
	a->rings = list(h, j, "rings", sizeof(*a->rings), &a->ring_count);
	a->tables = list(h, j, "tables", sizeof(*a->tables), &a->table_count);
	a->progs = list(h, j, "progs", sizeof(*a->progs), &a->prog_count);
	a->links = list(h, j, "links", sizeof(*a->links), &a->link_count);
	for (size_t i = 0; i < a->option_count; i++)
		hear_option(h, json_array_get(json_object_get(j, "options"), i), &a->options[i]);
	for (size_t i = 0; i < a->ring_count; i++)
		hear_ring(h, json_array_get(json_object_get(j, "rings"), i), &a->rings[i]);
	for (size_t i = 0; i < a->table_count; i++)
		hear_table(h, json_array_get(json_object_get(j, "tables"), i), &a->tables[i]);
	for (size_t i = 0; i < a->prog_count; i++)
		hear_prog(h, json_array_get(json_object_get(j, "progs"), i), &a->progs[i]);
	at = json_object_get(j, "links");
	for (size_t i = 0; i < a->link_count; i++)
		a->links[i] = hear_fd(h, json_array_get(at, i));
}

/* A map that is read and written by its place: its value must be as large as we take it to be. */
static int hear_array(struct hear *h, const json_t *j, const char *key, uint32_t size, bool exact)
{
	int fd = hear_fd(h, json_object_get(j, key));
	struct bpf_map_info info;

	if (ask_map(h, &fd, &info) && (!kind_is_array(info.type) || info.value_size < size ||
				       (exact && info.value_size != size)))
		wrong(h, key);
	return fd;
}

static void hear_head(struct hear *h, const json_t *j, struct loader_answer *a)
{
	char *text = hear_text(h, j, "error", true);
	const json_t *code = json_object_get(j, "code");

	a->id = (uint32_t)hear_key(h, j, "id", UINT32_MAX);
	if (json_integer_value(code))
		err_set(&a->err,
			json_integer_value(code) < 0 ? (int)json_integer_value(code) : -EIO, "%s",
			text);
	free(text);
	a->log = hear_text(h, j, "log", true);
	a->blurb = hear_text(h, j, "blurb", false);
	a->cost = hear_text(h, j, "cost", false);
	a->kind = (enum bpf_kind)hear_key(h, j, "kind", BPF_BOTH);
	a->control = hear_array(h, j, "control", sizeof(struct tap_control), true);
	a->counts = hear_array(h, j, "counts", sizeof(struct tap_counts), true);
	a->lost_at = (uint32_t)hear_key(h, j, "lost_at", 1 << 24);
	a->lost_size = (uint32_t)hear_key(h, j, "lost_size", 8);
	a->lost = hear_array(h, j, "lost", a->lost_at + a->lost_size, false);
}

int answer_hear(struct parcel *p, struct loader_answer **ret, struct err *e)
{
	struct loader_answer *a = xcalloc(1, sizeof(*a));
	struct hear h = { .parcel = p };
	json_t *j = json_loadb(p->text, p->size, 0, NULL);

	a->err = (struct err)ERR_INIT;
	a->control = a->counts = a->lost = -1;
	if (json_is_object(j)) {
		hear_lists(&h, j, a);
		hear_head(&h, j, a);
	} else {
		h.wrong = "text";
	}
	json_decref(j);
	if (h.wrong) {
		loader_answer_free(a);
		return err_set(e, -EBADMSG, "what the loader says makes no sense (%s)", h.wrong);
	}
	*ret = a;
	return 0;
}
