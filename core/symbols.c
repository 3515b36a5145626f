/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * symbols: three sorted tables: addresses, format strings and constants.
 *
 * Each is filled on its first look-up and sorted then; what is added later sorts it anew. Names
 * live in one block of bytes, entries refer to it by offset, so that the 120,000 symbols of a
 * kernel cost 4 MiB. The texts are hostile: a line that makes no sense is skipped.
 */
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/symbols_table.h"
#include "core/util.h"

/* Behind the last symbol of a module nothing says where its code ends. */
#define LAST_SYMBOL_SPAN 0x10000

static int compare_entries(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	if (x->addr != y->addr)
		return x->addr < y->addr ? -1 : 1;
	/* of several names for one address the kernel takes the first of its list */
	return x->order < y->order ? -1 : x->order > y->order;
}

static uint32_t keep_name(struct symbols *s, const char *p, size_t n)
{
	size_t at = s->names.len;

	strbuf_add(&s->names, p, n);
	strbuf_char(&s->names, '\0');
	return (uint32_t)at;
}

static void add_entry(struct symbol_table *t, struct symbol e)
{
	if (t->count == t->cap) {
		t->cap = t->cap ? t->cap * 2 : 1024;
		t->v = xrealloc(t->v, t->cap, sizeof(*t->v));
	}
	e.order = (uint32_t)t->count;
	t->v[t->count++] = e;
	t->is_sorted = false;
}

static void sort_table(struct symbol_table *t)
{
	size_t kept = 0;

	if (t->is_sorted)
		return;
	if (t->count)
		qsort(t->v, t->count, sizeof(*t->v), compare_entries);
	for (size_t i = 0; i < t->count; i++)
		if (!kept || t->v[kept - 1].addr != t->v[i].addr)
			t->v[kept++] = t->v[i];
	t->count = kept;
	t->is_sorted = true;
}

/* The last entry at or below addr. */
static const struct symbol *find_below(struct symbol_table *t, uint64_t addr)
{
	size_t low = 0, high = t->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (t->v[mid].addr <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	return low ? &t->v[low - 1] : NULL;
}

struct symbols *symbols_new(symbols_load_fn load, void *data)
{
	struct symbols *s = xcalloc(1, sizeof(*s));

	s->load = load;
	s->load_data = data;
	keep_name(s, "", 0); /* offset 0: no module */
	return s;
}

void symbols_free(struct symbols *s)
{
	if (!s)
		return;
	strbuf_done(&s->names);
	free(s->code.v);
	free(s->printk.v);
	symbols_constants_done(s);
	free(s);
}

/* ---- filling ---- */

struct word {
	const char *p;
	size_t n;
};

static struct word next_word(const char **pp, const char *end)
{
	const char *p = *pp;
	struct word w;

	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	w.p = p;
	while (p < end && *p != ' ' && *p != '\t')
		p++;
	w.n = (size_t)(p - w.p);
	*pp = p;
	return w;
}

static bool parse_hex(struct word w, uint64_t *ret)
{
	uint64_t v = 0;

	if (w.n > 2 && w.p[0] == '0' && w.p[1] == 'x')
		w = (struct word) { w.p + 2, w.n - 2 };
	if (!w.n || w.n > 16)
		return false;
	for (size_t i = 0; i < w.n; i++) {
		char c = w.p[i] | 0x20;

		if (c >= '0' && c <= '9')
			v = v << 4 | (uint64_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			v = v << 4 | (uint64_t)(c - 'a' + 10);
		else
			return false;
	}
	*ret = v;
	return true;
}

static bool name_is(const struct symbols *s, uint32_t at, struct word w)
{
	return !strncmp(s->names.s + at, w.p, w.n) && !s->names.s[at + w.n];
}

/* "ffffffff81000000 T _text" or "... name\t[module]". */
static void add_kallsyms_line(struct symbols *s, const char *p, const char *end)
{
	struct word addr = next_word(&p, end), type = next_word(&p, end);
	struct word name = next_word(&p, end), module = next_word(&p, end);
	struct symbol e = { 0 };

	if (!parse_hex(addr, &e.addr) || !e.addr || type.n != 1 || !name.n || name.n > 1024)
		return;
	/* Offsets of per-CPU variables and constants of the linker: the kernel names no address by
	 * them. */
	if (*type.p == 'A' || *type.p == 'a')
		return;
	e.name = keep_name(s, name.p, name.n);
	if (module.n > 2 && module.p[0] == '[') {
		module = (struct word) { module.p + 1, module.n - 2 };
		/* the lines of a module stand together */
		if (!s->last_module || !name_is(s, s->last_module, module))
			s->last_module = keep_name(s, module.p, module.n);
		e.module = s->last_module;
	}
	add_entry(&s->code, e);
}

static void each_line(struct symbols *s, const char *text, size_t size,
		      void (*fn)(struct symbols *s, const char *p, const char *end))
{
	const char *end = text + size;

	while (text < end && s->names.len < SYMBOLS_NAMES_MAX) {
		const char *nl = memchr(text, '\n', (size_t)(end - text));

		fn(s, text, nl ? nl : end);
		text = nl ? nl + 1 : end;
	}
}

void symbols_add_kallsyms(struct symbols *s, const char *text, size_t size)
{
	each_line(s, text, size, add_kallsyms_line);
}

/* The escapes that the kernel writes into printk_formats, and the usual ones beside. */
static char unescape(char c)
{
	static const char from[] = "nrtabfv", to[] = "\n\r\t\a\b\f\v";
	const char *at = c ? strchr(from, c) : NULL;

	return at ? to[at - from] : c;
}

/* 0xffffffff81a1b2c3 : "text\n" */
static void add_printk_line(struct symbols *s, const char *p, const char *end)
{
	struct word addr = next_word(&p, end), colon = next_word(&p, end);
	struct symbol e = { 0 };

	while (p < end && *p == ' ')
		p++;
	while (end > p && (end[-1] == ' ' || end[-1] == '\r'))
		end--;
	if (!parse_hex(addr, &e.addr) || !e.addr || colon.n != 1 || *colon.p != ':' ||
	    end - p < 2 || *p != '"' || end[-1] != '"')
		return;
	e.name = (uint32_t)s->names.len;
	for (p++, end--; p < end; p++) {
		bool escaped = *p == '\\' && end - p > 1;
		char c = escaped ? unescape(*++p) : *p;

		if (c)
			strbuf_char(&s->names, c);
	}
	strbuf_char(&s->names, '\0');
	add_entry(&s->printk, e);
}

void symbols_add_printk(struct symbols *s, const char *text, size_t size)
{
	each_line(s, text, size, add_printk_line);
}

/* ---- asking ---- */

/* Loads before the first look-up; the loader may add, it must not ask. */
static void prepare(struct symbols *s)
{
	if (s->load) {
		symbols_load_fn load = s->load;

		s->load = NULL;
		load(s, s->load_data);
	}
	sort_table(&s->code);
	sort_table(&s->printk);
}

/* How many bytes belong to an entry; 0 where nothing says it. */
static uint64_t span(const struct symbols *s, const struct symbol *e)
{
	const struct symbol *next = e + 1;

	if (next == s->code.v + s->code.count)
		return 0;
	if (next->module != e->module)
		return MIN(next->addr - e->addr, (uint64_t)LAST_SYMBOL_SPAN);
	return next->addr - e->addr;
}

static const struct symbol *find_code(struct symbols *s, uint64_t addr)
{
	const struct symbol *e;
	uint64_t n;

	prepare(s);
	e = find_below(&s->code, addr);
	if (!e)
		return NULL;
	n = span(s, e);
	return addr - e->addr < (n ? n : LAST_SYMBOL_SPAN) ? e : NULL;
}

const char *symbols_name(struct symbols *s, uint64_t addr, uint64_t *offset, const char **module)
{
	const struct symbol *e = find_code(s, addr);

	if (!e)
		return NULL;
	*offset = addr - e->addr;
	*module = e->module ? s->names.s + e->module : NULL;
	return s->names.s + e->name;
}

uint64_t symbols_size(struct symbols *s, uint64_t addr)
{
	const struct symbol *e = find_code(s, addr);

	return e ? span(s, e) : 0;
}

const char *symbols_printk(struct symbols *s, uint64_t addr)
{
	const struct symbol *e;

	prepare(s);
	e = find_below(&s->printk, addr);
	return e && e->addr == addr ? s->names.s + e->name : NULL;
}
