/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter: which rows are wanted, in one language.
 *
 *   expr    := or ; or := and { ("or" | "||") and } ; and := not { ("and" | "&&") not }
 *   not     := ("not" | "!") not | "(" or ")" | "exists" field | compare | "kernel{" ... "}"
 *   compare := field op value | field "in" "(" item { "," item } ")" ; item := value | FROM..TO
 *   op      := == = != < <= > >= & ~ =~ !~ contains icontains startswith endswith
 *   field   := NAME | .NAME | [SYSTEM:]EVENT.NAME
 *
 * The context names (event system backend cpu time lost tid pid comm ppid exe uid user cgroup
 * container, and what sysdig and the kernel call them) always mean the row and its emitter; an
 * event's own field of such a name is .NAME or EVENT.NAME. ~ is a glob (* ? [..]) as the kernel's,
 * =~ and !~ are POSIX extended regular expressions, & asks for any of the bits.
 * Numbers in 10, 16 (0x) and 8 (0), sizes (4k 2M), durations in ns (10us 1.5ms), addresses with
 * prefix lengths; a word, or text in "..." or '...' (\n \t \xNN \" \' \\). # begins a comment.
 * < <= > >= compare numbers only. event also takes SYSTEM:EVENT. A row of losses has no thread
 * and no event: of the context it knows time, cpu and lost, which is 0 for all other rows.
 *
 * A filter has three lives: text -> tree (filter_parse, once), tree + schema -> program of
 * typed reads at known offsets (filter_bind, once a schema), program + record -> answer
 * (filter_match, hot). The logic has three values: comparing a field that the event lacks is
 * unknown, `not` keeps unknown, `exists` asks, and only true rows pass.
 */
#ifndef CORE_FILTER_H
#define CORE_FILTER_H

#include <stdbool.h>

#include "core/clock.h"
#include "core/err.h"
#include "core/row.h"
#include "core/schema.h"
#include "core/strbuf.h"

struct filter;
struct filter_program;
struct identity;

enum filter_value { FILTER_FALSE, FILTER_TRUE, FILTER_UNKNOWN };

/*
 * Parses text. On failure the error carries a caret and a column; unfinished input (that more
 * characters could mend) is -EAGAIN, wrong input -EINVAL. Empty text is a filter that passes all.
 */
int filter_parse(const char *text, struct filter **ret, struct err *e);
void filter_free(struct filter *f);

/* What times in a filter are counted from. */
struct filter_env {
	const struct clock_map *clocks; /* the way to wall time; NULL: none is known */
	uint64_t now;			/* what -5s is five seconds before */
	uint64_t base;			/* of times as they are printed: 0, or the first one's */
};

/* The same where the events are not of now: a recording. filter_parse takes the clocks of now. */
int filter_parse_env(const char *text, const struct filter_env *env, struct filter **ret,
		     struct err *e);

/* Appends a filter's text in parentheses, to be joined with others; it may end in a comment. */
void filter_enclose(struct strbuf *out, const char *text);

/*
 * Appends text as a quoted string of the filter language that means exactly these bytes, up to the
 * first NUL, which no text there can hold. What safe_text would not pass is escaped, so it can be
 * shown and typed.
 */
void filter_quote(struct strbuf *out, const char *text, size_t n);

/* The text it was made of. Borrowed. */
const char *filter_text(const struct filter *f);

/*
 * Checks that every field is known to at least one schema of the set (or is a context name);
 * else -ENOENT with a caret and the nearest names.
 */
int filter_check(const struct filter *f, const struct schema_set *set, struct err *e);

/*
 * The same for a filter that the kernel is told: it may also ask in kernel{ } for what no record
 * holds (.ustring, .function). Of rows that are there this can never be known.
 */
int filter_check_capture(const struct filter *f, const struct schema_set *set, struct err *e);

/*
 * Of a filter for rows that came through a kernel which was told it: what kernel{ } asks for and no
 * record holds was asked there, so it is not asked again. Before the filter is bound.
 */
void filter_trust_kernel(struct filter *f);

/*
 * Appends what is right and probably not meant, a line each without the last line's end: a name of
 * the context where an event has a field of its own, a duration for what is not in ns, a pattern
 * behind ==. The set's events for which the filter can be true are looked at. Returns how many.
 */
int filter_notes(struct filter *f, const struct schema_set *set, struct strbuf *out);

/* Whether an event is one that is asked for. */
typedef bool (*filter_among_fn)(const struct schema *s, void *data);

/* The same of the events that are asked for alone; among NULL: all. */
int filter_notes_among(struct filter *f, const struct schema_set *set, filter_among_fn among,
		       void *data, struct strbuf *out);

/* A field as it stands in a filter. */
struct filter_field {
	const char *system, *event; /* only there; NULL: any */
	const char *name;	    /* aliases are said as what they mean */
	uint32_t column;
	bool is_context; /* of the row and its emitter */
	bool in_kernel;	 /* in kernel{ } */
};

/* Calls fn for every field of a filter, in its order. Borrowed from the filter. */
typedef void (*filter_field_fn)(const struct filter_field *use, void *data);
void filter_each_field(const struct filter *f, filter_field_fn fn, void *data);

/* True when every row of a process passes, or none: nothing but `pid` is asked for. */
bool filter_is_by_process(const struct filter *f);

/*
 * Calls fn for every name that a value of the field can be written as: those of its print format,
 * system calls, errors, signals. Names are borrowed for the call and not closed by a NUL.
 */
typedef void (*filter_name_fn)(const char *name, size_t len, void *data);
void filter_each_name(const struct schema *s, const struct field *f, filter_name_fn fn, void *data);

/*
 * Appends the name of a value of the field, or names joined by |, and what no name is about in
 * hexadecimal; false when it has none. v is extended by its sign where the field has one.
 */
bool filter_say_value(const struct schema *s, const struct field *f, uint64_t v,
		      struct strbuf *out);

/* Appends the tree with all parentheses, for tests and --explain. */
void filter_print(const struct filter *f, struct strbuf *out);

/*
 * Appends what the kernel can be told of the filter's kernel{ } parts for one event, in the
 * kernel's own words: every row that passes meets it. Returns how many parts it is made of, 0 for
 * none; -ENOENT where the kernel would refuse them, and so no row of the event passes.
 */
int filter_kernel_text(const struct filter *f, const struct schema *s, struct strbuf *out);

/*
 * The filter's program for one schema; made on first use and owned by the filter. For rows without
 * a schema pass NULL: only context names are known then.
 */
const struct filter_program *filter_bind(struct filter *f, const struct schema *s);

/*
 * When the program says the same for every record of its schema: that value; else -1. One that is
 * never true says FILTER_FALSE, though it may be unknown for some: neither passes.
 */
int filter_constant(const struct filter_program *p);

/* Runs the program on a row. The identity table answers comm and pid; NULL makes them unknown. */
enum filter_value filter_run(const struct filter_program *p, const struct row *r,
			     const struct identity *id);

/* True when the row passes: binds, then runs. */
bool filter_match(struct filter *f, const struct row *r, const struct identity *id);

#endif
