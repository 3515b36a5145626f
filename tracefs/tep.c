/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tep: libtraceevent behind one door, for the print formats that we cannot compile.
 *
 * Only data of the running kernel comes here, or what a process that may die was given: the library
 * crashes on damaged formats and records. So what is not whole is refused. Its handle is made on
 * first use, a format is given to it when a record of that schema is first printed, symbols are
 * asked from ours.
 */
#include <event-parse.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/safe.h"
#include "core/symbols.h"
#include "tracefs/tep.h"

#define HANDLES_MAX 64 /* formats of one id */

struct tep {
	struct symbols *symbols;
	tep_symbol_fn symbol;
	void *symbol_data;
	struct tep_handle *
	    *handles; /* one knows one format of an id: another one goes to the next */
	unsigned handle_count;
	struct machine machine;	   /* of everything the handle sees */
	struct tep_event **events; /* by schema index; NULL: not given yet */
	bool *refused;
	size_t count;
};

struct tep *tep_new(struct symbols *symbols)
{
	struct tep *t = xcalloc(1, sizeof(*t));

	t->symbols = symbols;
	return t;
}

void tep_on_symbol(struct tep *t, tep_symbol_fn fn, void *data)
{
	t->symbol = fn;
	t->symbol_data = data;
}

void tep_free_all(struct tep *t)
{
	if (!t)
		return;
	for (unsigned i = 0; i < t->handle_count; i++)
		tep_free(t->handles[i]);
	free(t->handles);
	free(t->events);
	free(t->refused);
	free(t);
}

/* The library takes "name" and finds the offset by asking for the address of the name. */
static char *resolve(void *data, unsigned long long *addrp, char **modp)
{
	struct tep *t = data;
	uint64_t offset;
	const char *module = NULL, *name;

	name = t->symbol    ? t->symbol(t->symbol_data, *addrp, &offset, &module)
	       : t->symbols ? symbols_name(t->symbols, *addrp, &offset, &module)
			    : NULL;
	if (!name)
		return NULL;
	*addrp -= offset;
	*modp = (char *)module;
	return (char *)name;
}

static struct tep_handle *add_handle(struct tep *t, const struct schema *s)
{
	const union {
		uint16_t word;
		uint8_t bytes[2];
	} order = { .word = 1 };
	enum tep_endian host = order.bytes[0] ? TEP_LITTLE_ENDIAN : TEP_BIG_ENDIAN;
	enum tep_endian other = order.bytes[0] ? TEP_BIG_ENDIAN : TEP_LITTLE_ENDIAN;
	struct tep_handle *h = t->handle_count < HANDLES_MAX ? tep_alloc() : NULL;

	if (!h)
		return NULL;
	tep_set_loglevel(TEP_LOG_NONE);
	tep_set_long_size(h, s->machine.long_size);
	tep_set_page_size(h, (int)sysconf(_SC_PAGESIZE));
	tep_set_local_bigendian(h, host);
	tep_set_file_bigendian(h, s->machine.swap ? other : host);
	if (t->symbols || t->symbol)
		tep_set_function_resolver(h, resolve, t);
	t->machine = s->machine;
	t->handles = xrealloc(t->handles, t->handle_count + 1, sizeof(struct tep_handle *));
	t->handles[t->handle_count++] = h;
	return h;
}

/* A handle of the schema's machine that has no event of its id yet. */
static struct tep_handle *find_handle(struct tep *t, const struct schema *s)
{
	if (t->handle_count &&
	    (t->machine.swap != s->machine.swap || t->machine.long_size != s->machine.long_size))
		return NULL;
	for (unsigned i = 0; i < t->handle_count; i++)
		if (!tep_find_event(t->handles[i], s->id))
			return t->handles[i];
	return add_handle(t, s);
}

static void make_room(struct tep *t, uint32_t index)
{
	size_t count = (size_t)index + 256;

	if (index < t->count)
		return;
	t->events = xrealloc(t->events, count, sizeof(*t->events));
	t->refused = xrealloc(t->refused, count, sizeof(*t->refused));
	memset(t->events + t->count, 0, (count - t->count) * sizeof(*t->events));
	memset(t->refused + t->count, 0, (count - t->count) * sizeof(*t->refused));
	t->count = count;
}

static struct tep_event *find_event(struct tep *t, const struct schema *s)
{
	struct tep_handle *h;

	make_room(t, s->index);
	if (t->events[s->index] || t->refused[s->index])
		return t->events[s->index];
	h = find_handle(t, s);
	if (h)
		tep_parse_format(h, &t->events[s->index], s->format, strlen(s->format), s->system);
	t->refused[s->index] = !t->events[s->index];
	return t->events[s->index];
}

/* Every place a field points to must lie in the record before the library sees it. */
static bool is_whole(const struct schema *s, const uint8_t *rec, uint32_t size)
{
	uint32_t len;

	if (size < s->min_size)
		return false;
	schema_for_each_field (s, f)
		if (!field_bytes(s, f, rec, size, &len))
			return false;
	return true;
}

bool tep_text(void *data, const struct schema *s, const uint8_t *rec, uint32_t size,
	      struct strbuf *out)
{
	struct tep *t = data;
	struct tep_record record = { .data = (void *)rec, .size = (int)size };
	struct tep_event *event;
	struct trace_seq seq;

	if (!is_whole(s, rec, size))
		return false;
	event = find_event(t, s);
	if (!event || (event->flags & TEP_EVENT_FL_FAILED))
		return false;
	trace_seq_init(&seq);
	tep_print_event(event->tep, &seq, &record, "%s", TEP_PRINT_INFO);
	trace_seq_terminate(&seq);
	if (seq.buffer && seq.state == TRACE_SEQ__GOOD)
		safe_text(out, seq.buffer, strcspn(seq.buffer, "\n"));
	trace_seq_destroy(&seq);
	return true;
}
