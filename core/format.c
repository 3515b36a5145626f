/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * format: the text of an event's format file, read into a schema.
 *
 * The text is hostile: it comes from files and from programs as well as from the kernel.
 * Nothing in it is believed before it is checked, and no line takes more than linear time.
 * A format that is refused leaves nothing behind. Names of fields must be identifiers and no two
 * may share one; fields that overlap are unions and are fine.
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/format_reader.h"
#include "core/text.h"

static bool next_line(struct reader *r, struct span *ret)
{
	const char *nl;

	if (r->p >= r->end)
		return false;
	nl = memchr(r->p, '\n', (size_t)(r->end - r->p));
	*ret = (struct span) { r->p, (size_t)((nl ? nl : r->end) - r->p) };
	r->p = nl ? nl + 1 : r->end;
	r->line++;
	return true;
}

/* ---- the whole ---- */

static const struct {
	const char *system, *event, *field;
} open_ended[] = {
	{ "ftrace", "kernel_stack", "caller" },
};

/* The kernel says caller[8] of a stack that is as long as the record. */
static void open_tail(struct schema *s, struct field *f)
{
	for (size_t i = 0; i < ARRAY_SIZE(open_ended); i++)
		if (!strcmp(s->system, open_ended[i].system) &&
		    !strcmp(s->name, open_ended[i].event) &&
		    !strcmp(f->name, open_ended[i].field) && f->kind == FIELD_ARRAY) {
			f->place = FIELD_TAIL;
			f->size = 0;
		}
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int refuse_doubles(struct reader *r)
{
	struct schema *s = r->s;
	const char **names;
	int ret = 0;

	names = xcalloc(s->count, sizeof(*names));
	for (size_t i = 0; i < s->count; i++)
		names[i] = s->fields[i].name;
	qsort(names, s->count, sizeof(*names), compare_names);
	for (size_t i = 1; i < s->count && !ret; i++)
		if (!strcmp(names[i - 1], names[i]))
			ret =
			    err_set(r->e, -EINVAL, "format: two fields are called '%s'", names[i]);
	free(names);
	return ret;
}

/* A common field that has to be one byte, as the kernel's are; NULL when it is not. */
static const struct field *common_byte(const struct schema *s, const char *name)
{
	const struct field *f = schema_field(s, name);

	return f && f->is_common && f->kind == FIELD_INT && f->size == 1 ? f : NULL;
}

/* What holds for the fields together, once all are there. */
static int finish(struct reader *r)
{
	struct schema *s = r->s;
	const struct field *type;

	if (!s->name)
		return err_set(r->e, -EINVAL, "format: no line with the event's name");
	if (!s->id)
		return err_set(r->e, -EINVAL, "format of %s: no line with its ID", s->name);
	if (!s->count)
		return err_set(r->e, -EINVAL, "format of %s: no common_type and no other field",
			       s->name);
	for (size_t i = 0; i < s->count; i++) {
		struct field *f = &s->fields[i];

		open_tail(s, f);
		if (f->is_common && i == s->common_count)
			s->common_count++;
		else
			f->is_common = false; /* only at the front is it one */
		s->min_size = MAX(s->min_size, f->offset + f->size);
	}
	type = schema_field(s, "common_type");
	s->pid = schema_field(s, "common_pid");
	s->flags = common_byte(s, "common_flags");
	s->preempt = common_byte(s, "common_preempt_count");
	if (!type || !type->is_common || type->kind != FIELD_INT || type->size > 4)
		return err_set(r->e, -EINVAL, "format of %s: no common_type", s->name);
	if (!s->pid || !s->pid->is_common || s->pid->kind != FIELD_INT || s->pid->size != 4)
		return err_set(r->e, -EINVAL, "format of %s: no common_pid", s->name);
	return refuse_doubles(r);
}

static int add_field(struct reader *r, struct span line, size_t *cap)
{
	struct schema *s = r->s;

	if (s->count == SCHEMA_FIELDS_MAX)
		return format_refuse(r, "too many fields", line);
	if (s->count == *cap) {
		struct field *more;

		*cap = *cap ? *cap * 2 : 16;
		more = arena_alloc(&s->body->arena, *cap * sizeof(*more));
		if (s->count)
			memcpy(more, s->fields, s->count * sizeof(*more));
		s->fields = more;
	}
	return format_parse_field(r, line, &s->fields[s->count++]);
}

static int parse_head(struct reader *r, struct span line)
{
	struct schema *s = r->s;
	uint32_t id;

	if (format_eat(&line, "name:")) {
		line = format_trim(line);
		if (!format_is_event_name(line))
			return format_refuse(
			    r, "the event's name is no word of letters, digits and '_'", line);
		s->name = arena_strndup(&s->body->arena, line.p, line.n);
	} else if (format_eat(&line, "ID:")) {
		if (!format_number(line, SCHEMA_ID_MAX, &id))
			return format_refuse(r, "the ID is no number up to 32767", line);
		s->id = (uint16_t)id;
	}
	return 0; /* other words of later kernels are passed over */
}

static int parse_text(struct reader *r)
{
	struct schema *s = r->s;
	struct span line;
	size_t cap = 0;
	int ret = 0;

	while (!ret && next_line(r, &line)) {
		line = format_trim(line);
		if (format_eat(&line, "field:")) {
			ret = add_field(r, line, &cap);
		} else if (format_eat(&line, "print fmt:")) {
			line = format_trim((struct span) { line.p, (size_t)(r->end - line.p) });
			s->print_fmt = arena_strndup(&s->body->arena, line.p, line.n);
			r->p = r->end;
		} else {
			ret = parse_head(r, line);
		}
	}
	return ret ? ret : finish(r);
}

/* Schemas of all sets share one numbering. */
static uint32_t take_index(void)
{
	static atomic_uint next_index;

	return atomic_fetch_add(&next_index, 1) + 1;
}

struct schema *schema_again(const struct schema *s, const char *system, const char *text,
			    size_t size, struct machine m)
{
	struct schema *again;

	if (s->machine.swap != m.swap || s->machine.long_size != m.long_size ||
	    strcmp(s->system, system) != 0 || strlen(s->format) != size ||
	    memcmp(s->format, text, size) != 0)
		return NULL;
	again = xcalloc(1, sizeof(*again));
	*again = *s;
	atomic_fetch_add(&s->body->refs, 1);
	/* What it is to its set is another matter. */
	again->role = ROLE_NONE;
	again->gen = 0;
	again->older = NULL;
	again->text = NULL;
	again->index = take_index();
	return again;
}

int schema_parse(const char *system, const char *text, size_t size, struct machine m,
		 struct schema **ret, struct err *e)
{
	struct reader r = { .p = text, .end = text + size, .e = e };
	struct schema *s;
	int err;

	if (size > SCHEMA_FORMAT_MAX)
		return err_set(e, -E2BIG, "format: longer than %d bytes", SCHEMA_FORMAT_MAX);
	if (memchr(text, '\0', size)) {
		size = strnlen(text, size); /* a NUL ends the text as it ends a string */
		r.end = text + size;
	}
	if (m.long_size != 4 && m.long_size != 8)
		return err_set(e, -EINVAL, "format: words of %u bytes", m.long_size);
	s = xcalloc(1, sizeof(*s));
	s->body = xcalloc(1, sizeof(*s->body));
	s->body->refs = 1;
	s->machine = m;
	s->system = arena_strdup(&s->body->arena, system);
	s->format = arena_strndup(&s->body->arena, text, size);
	s->print_fmt = "";
	r.s = s;
	err = parse_text(&r);
	if (err) {
		schema_free(s);
		return err;
	}
	s->index = take_index();
	*ret = s;
	return 0;
}
