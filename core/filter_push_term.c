/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter_push_term: one comparison in the kernel's grammar.
 *
 * The kernel reads some comparisons otherwise than they look. Tried, and why the text is what it
 * is:
 * - A number is cut to the field's width before it is compared: ours are in its range already.
 * - ~ "9p*" is == "9p*", for a pattern that begins with a digit is an index; "!x*" is not "x*".
 *   Behind a backslash both are what they look like.
 * - ~ "*x" on a char array looks at the array's end, not at the string's; ~ "*x*" also
 *   looks behind the string's NUL. So the first is said as the second, and neither where "not" is
 *   asked: not too much would be too little.
 * - Other patterns read on behind an array without a NUL: with a star at the end they do no harm.
 * - Text in quotes has no escapes, and ends at a line's end. Its length of 0 in a __data_loc
 *   means "up to a NUL", wherever that is; a __string is never without one.
 * - COMM is the thread's name of the moment, "swapper/N" for the idle task, which is "<idle>" to
 * us.
 * - CPU knows no masks; `const char *` is followed and compared as text.
 */
#include "core/filter_push_private.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core/cleanup.h"

#define QUOTED_MAX 250 /* bytes between quotes: the kernel takes 255 */

/* Reasons with which nothing is said at all. */
const char push_only_here[] = "the kernel has nothing like it";
static const char too_long[] = "the list is too long for the kernel";
static const char cannot_quote[] = "the kernel cannot be told this text";
static const char no_length[] = "the kernel does not mind the text's length here";
/* And one with which what is said lets more pass. */
static const char any_length[] = "the kernel takes longer texts for it as well";

/* ---- lists ---- */

/* Whether what was said before the reason is not to be taken. */
static bool is_unsaid(const char *why)
{
	return why == push_only_here || why == too_long || why == cannot_quote || why == no_length;
}

const char *push_say_list(uint32_t count, push_item_fn fn, const void *of,
			  const struct filter_code *c, struct push_node *ret, struct strbuf *b)
{
	const char *weaker = NULL;
	bool any = false;

	if (count > PUSH_LIST_MAX)
		return too_long;
	for (uint32_t i = 0; i < count; i++) {
		struct push_node one = { .kind = PUSH_TEXT };
		size_t before = b->len;
		const char *why;

		strbuf_str(b, any ? c->negate ? " && " : " || " : "(");
		why = fn(of, c, i, &one, b);
		if (is_unsaid(why))
			return why;
		if (one.kind == (c->negate ? PUSH_FALSE : PUSH_TRUE)) {
			ret->kind = one.kind;
			return NULL;
		}
		weaker = why ? why : weaker;
		if (one.kind == PUSH_TEXT)
			any = true;
		else
			strbuf_cut(b, before);
	}
	if (any)
		strbuf_char(b, ')');
	else
		ret->kind = c->negate ? PUSH_TRUE : PUSH_FALSE;
	return weaker;
}

/* ---- text ---- */

/* How the kernel finds a text. */
struct place {
	const char *name;
	uint32_t size;	 /* of the array; 0: what the record says */
	bool terminated; /* there is always a NUL within its length */
};

/* Appends 'text' in quotes it does not hold. */
static bool put_quoted(const char *s, size_t len, struct strbuf *b)
{
	char quote = memchr(s, '"', len) ? '\'' : '"';

	if (len > QUOTED_MAX || memchr(s, quote, len))
		return false;
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)s[i] < ' ' || s[i] == 0x7f)
			return false;
	strbuf_char(b, quote);
	strbuf_add(b, s, len);
	strbuf_char(b, quote);
	return true;
}

/* Our answer is "false" for every row: too long for the field. */
static bool never_fits(const struct place *p, size_t len)
{
	return p->size && len > p->size;
}

static const char *say_equal(const struct place *p, const char *s, size_t len, bool negate,
			     struct push_node *ret, struct strbuf *b)
{
	if (never_fits(p, len)) {
		ret->kind = negate ? PUSH_TRUE : PUSH_FALSE;
		return NULL;
	}
	if (!p->terminated && (negate || !len))
		return no_length;
	strbuf_fmt(b, "%s %s ", p->name, negate ? "!=" : "==");
	if (!put_quoted(s, len, b))
		return cannot_quote;
	return p->terminated ? NULL : any_length;
}

/* Appends text so that the kernel's patterns take it as it is. */
static void put_escaped(const char *s, size_t len, struct strbuf *b)
{
	for (size_t i = 0; i < len; i++) {
		if (strchr("*?[\\", s[i]) || (!i && (s[i] == '!' || isdigit((unsigned char)s[i]))))
			strbuf_char(b, '\\');
		strbuf_char(b, s[i]);
	}
}

static const char *put_glob(const struct place *p, const struct strbuf *pattern, bool negate,
			    struct strbuf *b)
{
	strbuf_fmt(b, "%s%s ~ ", negate ? "!(" : "", p->name);
	if (!put_quoted(strbuf_cstr(pattern), pattern->len, b))
		return cannot_quote;
	strbuf_str(b, negate ? ")" : "");
	return NULL;
}

static const char *say_prefix(const struct place *p, const struct glob *g, bool negate,
			      struct push_node *ret, struct strbuf *b)
{
	_cleanup_strbuf_ struct strbuf pattern = { 0 };
	const char *why;

	if (!g->len) {
		ret->kind = negate ? PUSH_FALSE : PUSH_TRUE;
		return NULL;
	}
	if (never_fits(p, g->len)) {
		ret->kind = negate ? PUSH_TRUE : PUSH_FALSE;
		return NULL;
	}
	if (!p->terminated && negate)
		return no_length;
	put_escaped(g->text, g->len, &pattern);
	strbuf_char(&pattern, '*');
	why = put_glob(p, &pattern, negate, b);
	return why || p->terminated ? why : any_length;
}

/* A part of the text, wherever: for *text as well, which the kernel looks for in the wrong place.
 */
static const char *say_infix(const struct place *p, const struct glob *g, struct strbuf *b)
{
	_cleanup_strbuf_ struct strbuf pattern = { 0 };
	const char *why;

	strbuf_char(&pattern, '*');
	/* Behind the star a digit and a '!' are nothing special. */
	for (uint32_t i = 0; i < g->len; i++) {
		if (strchr("*?[\\", g->text[i]))
			strbuf_char(&pattern, '\\');
		strbuf_char(&pattern, g->text[i]);
	}
	strbuf_char(&pattern, '*');
	why = put_glob(p, &pattern, false, b);
	if (why)
		return why;
	return g->shape == GLOB_SUFFIX ? "the kernel looks at the end of the field, not of the text"
				       : "the kernel also looks behind the text's end";
}

static const char *say_general(const struct place *p, const struct glob *g, struct strbuf *b)
{
	_cleanup_strbuf_ struct strbuf pattern = { 0 };
	size_t tail = 0;
	const char *why;

	while (tail < g->len && g->text[g->len - 1 - tail] == '\\')
		tail++;
	if (tail % 2)
		return push_only_here; /* a backslash that stands for itself */
	if (g->len && (g->text[0] == '!' || isdigit((unsigned char)g->text[0])))
		strbuf_char(&pattern, '\\');
	strbuf_add(&pattern, g->text, g->len);
	strbuf_char(&pattern, '*');
	why = put_glob(p, &pattern, false, b);
	return why ? why : "the kernel does not mind the text's end here";
}

static const char *say_glob(const struct place *p, const struct filter_code *c,
			    struct push_node *ret, struct strbuf *b)
{
	const struct glob *g = &c->glob;

	if (g->shape == GLOB_EQUAL)
		return say_equal(p, g->text, g->len, c->negate, ret, b);
	if (g->shape == GLOB_PREFIX)
		return say_prefix(p, g, c->negate, ret, b);
	if (c->negate)
		return "the kernel matches more than is meant, and \"not\" would drop too much";
	return g->shape == GLOB_GENERAL ? say_general(p, g, b) : say_infix(p, g, b);
}

static const char *say_word(const void *of, const struct filter_code *c, uint32_t i,
			    struct push_node *ret, struct strbuf *b)
{
	return say_equal(of, c->words->word[i].s, c->words->word[i].len, c->negate, ret, b);
}

static const char *say_text(const struct place *p, const struct filter_code *c,
			    struct push_node *ret, struct strbuf *b)
{
	switch (c->test) {
	case TEST_GLOB:
		return say_glob(p, c, ret, b);
	case TEST_WORDS:
		return push_say_list(c->words->count, say_word, p, c, ret, b);
	}
	return push_only_here;
}

/* ---- where the value is ---- */

static bool has_field(const struct schema *s, const char *name)
{
	schema_for_each_field (s, f)
		if (!strcmp(f->name, name))
			return true;
	return false;
}

/* One of the kernel's two spellings that is not the event's own field. */
static const char *generic(const struct schema *s, const char *first, const char *second)
{
	return !has_field(s, first) ? first : !has_field(s, second) ? second : NULL;
}

static const char *say_field(const struct schema *s, const struct filter_code *c,
			     struct push_node *ret, struct strbuf *b)
{
	const struct field *f = c->field;
	struct push_number n = { .name = f->name,
				 .size = (uint8_t)f->size,
				 .is_signed = f->is_signed };
	struct place p = { .name = f->name };
	char get[160];

	if (c->op == CODE_TEXT_FIXED) {
		p.size = f->size;
		p.terminated = true; /* what is compared is never longer than the array */
		return say_text(&p, c, ret, b);
	}
	if (c->op == CODE_TEXT_LOC) {
		snprintf(get, sizeof(get), "__get_str(%.128s)", f->name);
		p.terminated = strstr(s->print_fmt, get) != NULL;
		return say_text(&p, c, ret, b);
	}
	if (strstr(f->type, "char *"))
		return "the kernel takes a pointer to char as text";
	return push_say_number(&n, c, ret, b);
}

static bool matches_idle(const struct filter_code *c)
{
	static const char idle[] = "<idle>";
	bool is = c->test == TEST_GLOB ? glob_match(&c->glob, idle, strlen(idle))
				       : filter_test_text(c, idle, strlen(idle));

	return is != c->negate;
}

/*
 * A thread that renames itself has the new name by the identity table from the tracepoint on, for
 * the kernel a moment later. What it can emit in between comes of interrupts and of being
 * preempted: that passes whatever its name is. NULL where this cannot be said.
 */
static const char *while_renaming(const struct schema *s)
{
	if (!strcmp(s->name, "task_rename"))
		return NULL; /* it is that moment */
	if (!strcmp(s->name, "sched_switch"))
		return has_field(s, "prev_state") ? "prev_state == 0 || prev_state >= 256" : NULL;
	/* NMI, softirq, hardirq; or on the way through the scheduler. */
	if (has_field(s, "common_flags") && has_field(s, "common_preempt_count"))
		return "common_flags & 88 || common_preempt_count != 0";
	return NULL;
}

static const char *say_comm(const struct schema *s, const struct filter_code *c,
			    struct push_node *ret, struct strbuf *b)
{
	const char *name = generic(s, "COMM", "comm"), *moment = while_renaming(s);
	struct place p = { .name = name, .size = 16, .terminated = true };
	_cleanup_strbuf_ struct strbuf text = { 0 };
	const char *why;

	if (!name)
		return "the event has fields of that name";
	if (!moment)
		return "the thread has two names at that moment";
	why = say_text(&p, c, ret, &text);
	if (ret->kind == PUSH_TEXT && text.len)
		strbuf_fmt(b, "(%s || %s", strbuf_cstr(&text), moment);
	/* The idle task has another name there: whether it passes is said by its number. */
	if ((b->len || ret->kind == PUSH_FALSE) && matches_idle(c))
		strbuf_fmt(b, "%scommon_pid == 0", b->len ? " || " : "(");
	if (b->len) {
		ret->kind = PUSH_TEXT;
		strbuf_char(b, ')');
	}
	return why ? why : "names are asked for again here";
}

static const char *say(const struct schema *s, const struct filter_code *c, struct push_node *ret,
		       struct strbuf *b)
{
	static const struct push_number tid = { .name = "common_pid",
						.size = 4,
						.is_signed = true };
	struct push_number cpu = { .size = 4, .is_signed = true, .whole = true };

	if (c->test == TEST_EXISTS)
		return push_only_here;
	switch (c->op) {
	case CODE_TID:
		return push_say_number(&tid, c, ret, b);
	case CODE_CPU:
		cpu.name = generic(s, "CPU", "cpu");
		return cpu.name ? push_say_number(&cpu, c, ret, b)
				: "the event has fields of that name";
	case CODE_LOST: /* of an event: none */
		ret->kind = push_number_passes(c, 0) ? PUSH_TRUE : PUSH_FALSE;
		return NULL;
	case CODE_PID:
		return "the kernel knows threads: see set_event_pid";
	case CODE_PROCESS:
	case CODE_LINEAGE:
		return "who is meant may still be to come, so the kernel lets everybody pass";
	case CODE_COMM:
		return say_comm(s, c, ret, b);
	case CODE_U8:
	case CODE_S8:
	case CODE_U16:
	case CODE_S16:
	case CODE_U32:
	case CODE_S32:
	case CODE_64:
	case CODE_TEXT_FIXED:
	case CODE_TEXT_LOC:
		return c->field ? say_field(s, c, ret, b) : push_only_here;
	}
	return push_only_here;
}

const char *push_term(struct arena *a, const struct schema *s, const struct filter_code *c,
		      struct push_node *ret)
{
	_cleanup_strbuf_ struct strbuf b = { 0 };
	const char *why;

	ret->kind = PUSH_TEXT;
	ret->exact = true;
	why = say(s, c, ret, &b);
	if (why)
		ret->exact = false;
	if (ret->kind != PUSH_TEXT)
		return why;
	if (!b.len || is_unsaid(why)) {
		ret->kind = PUSH_TRUE;
		return why;
	}
	ret->text = arena_strndup(a, b.s, b.len);
	ret->len = (uint32_t)b.len;
	return why;
}
