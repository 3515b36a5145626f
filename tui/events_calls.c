/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * events_calls: rows of system calls, readable or as the kernel prints them.
 *
 * Readable is what one gets unless the configuration, the last time or a key says otherwise; the
 * details say what each argument means either way.
 */
#include <stdio.h>
#include <string.h>

#include "core/cleanup.h"
#include "core/safe.h"
#include "core/syscall_text.h"
#include "tui/events_calls.h"

static bool calls_set(struct events *ev, const char *value)
{
	bool raw = !strcmp(value, "raw");

	if (!raw && strcmp(value, "readable") != 0)
		return false;
	ev->calls_raw = raw;
	return true;
}

void calls_init(struct events *ev)
{
	const struct conf *c = ui_conf(ev->ui);
	const char *value = c ? conf_get(c, "ui", "syscalls") : NULL;

	ev->calls_fixed = value && calls_set(ev, value);
	if (value && !ev->calls_fixed)
		ui_say(ev->ui, LOOK_WARN, "[ui] syscalls = %s: there are readable and raw", value);
}

void calls_load(struct events *ev, const char *value)
{
	/* What the configuration says wins over what was last tried. */
	if (!ev->calls_fixed)
		calls_set(ev, value);
}

const char *calls_form(const struct events *ev)
{
	return ev->calls_raw ? "raw" : "readable";
}

unsigned calls_act(struct events *ev, enum action a, const struct act_arg *arg)
{
	(void)a;
	if (!arg->text)
		ev->calls_raw = !ev->calls_raw;
	else if (!calls_set(ev, arg->text)) {
		ui_say(ev->ui, LOOK_ERROR, "no form '%s' of system calls; there are readable, raw",
		       arg->text);
		return REACT_DRAW;
	}
	find_restart(&ev->find);
	ui_say(ev->ui, LOOK_GOOD,
	       ev->calls_raw ? "system calls as the kernel prints them"
			     : "system calls by name, arguments by what they mean");
	return REACT_DRAW;
}

struct syscalls *calls_shown(const struct events *ev)
{
	return ev->calls_raw ? NULL : deck_syscalls(ev->deck);
}

bool calls_text(const struct events *ev, const struct row *r, struct strbuf *out)
{
	return !ev->calls_raw && syscalls_text(deck_syscalls(ev->deck), r, out);
}

/* ---- details ---- */

struct meaning {
	const struct field *field;
	struct strbuf text;
};

static void take_meaning(const struct syscall_part *p, void *data)
{
	struct meaning *m = data;

	if (p->field == m->field && p->field->kind == FIELD_INT && *p->meaning)
		strbuf_str(&m->text, p->meaning);
}

char *calls_meaning(const struct events *ev, const struct row *r, const struct field *f)
{
	struct syscalls *sc = deck_syscalls(ev->deck);
	struct meaning m = { .field = f };
	const char *name = syscalls_name(sc, r);

	if (!name)
		return NULL;
	if (!strcmp(f->name, "id") || !strcmp(f->name, "__syscall_nr") || !strcmp(f->name, "nr"))
		return *name ? xstrdup(name) : NULL;
	syscalls_each(sc, r, take_meaning, &m);
	return m.text.len ? strbuf_take(&m.text) : NULL;
}

/* One of the words in an array of arguments, as a line of its own. */
static void add_word(const struct syscall_part *p, void *data)
{
	struct events *ev = data;
	struct strbuf value = { 0 }, type = { 0 };
	struct detail_line *l;
	char name[16];

	if (!p->field || p->field->kind != FIELD_ARRAY)
		return;
	snprintf(name, sizeof(name), "args[%u]", p->index);
	strbuf_fmt(&value, "%#llx", (unsigned long long)p->raw);
	l = detail_add(&ev->detail, *p->name ? p->name : name, &value);
	if (p->type)
		safe_text(&type, p->type, strlen(p->type));
	l->type = strbuf_take(&type);
	l->hex = xstrdup("");
	l->meaning = *p->meaning ? xstrdup(p->meaning) : NULL;
}

void calls_detail(struct events *ev, const struct row *r)
{
	syscalls_each(deck_syscalls(ev->deck), r, add_word, ev);
}
