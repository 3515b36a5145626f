/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tracers_fixture: see the header. Time stands still unless a test moves it.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "tests/unit/tracers_fixture.h"

#include "core/arena.h"

/* ---- a backend ---- */

static struct fake_tracer all[] = {
	{ "alpha", "alpha_one" },
	{ "alpha", "alpha_two" },
	{ "alpha", "bad", .refuses = true },
	{ "beta", "switch_it" },
	{ "beta", "beta_long_name_that_ends_in_exec" },
	{ "beta", "beta_long_name_that_ends_in_exit" },
	{ "dear", "costly", .cost = "stops the world" },
	{ "dear", "free" },
	{ "odd", "esc\033[31m" },
};

struct fake fake;

static void nap(unsigned us)
{
	struct timespec ts = { .tv_nsec = (long)us * 1000 };

	nanosleep(&ts, NULL);
}

static int fake_probe(const struct backend_env *env, struct err *e)
{
	(void)env;
	(void)e;
	return 0;
}

static int fake_open(struct backend *b, struct err *e)
{
	(void)b;
	(void)e;
	return 0;
}

static void fake_close(struct backend *b)
{
	(void)b;
}

static bool in_group(const char *pattern, const char *group)
{
	size_t len = strlen(group);

	return !pattern || (!strncmp(pattern, group, len) && !strcmp(pattern + len, ":*"));
}

static int fake_list(struct backend *b, const char *pattern, tracer_visit_fn visit, void *data,
		     struct err *e)
{
	int count = 0;

	(void)b;
	(void)e;
	fake.lists++;
	snprintf(fake.last_list, sizeof(fake.last_list), "%s", pattern ? pattern : "all");
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct tracer_info t = {
			.group = all[i].group,
			.name = all[i].name,
			.cost = all[i].cost,
		};

		if (all[i].gone || !in_group(pattern, t.group))
			continue;
		visit(&t, data);
		count++;
	}
	for (int i = 0; fake.many && in_group(pattern, "many") && i < MANY; i++, count++) {
		char name[16];
		struct tracer_info t = { .group = "many", .name = name };

		snprintf(name, sizeof(name), "m%02d", i);
		visit(&t, data);
	}
	return count;
}

static int fake_groups(struct backend *b, bool anew, group_visit_fn visit, void *data,
		       struct err *e)
{
	struct tracer_group g = { 0 };
	int count = 0;

	(void)b;
	(void)anew;
	(void)e;
	fake.groups++;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		if (all[i].gone)
			continue;
		if (!g.name || strcmp(g.name, all[i].group) != 0) {
			if (g.name)
				visit(&g, data);
			g = (struct tracer_group) { .name = all[i].group };
			count++;
		}
		g.on += all[i].state == TRACER_ON;
		g.failed += all[i].state == TRACER_FAILED;
	}
	if (g.name)
		visit(&g, data);
	g = (struct tracer_group) { .name = "many", .count = MANY };
	for (int i = 0; i < MANY; i++)
		g.on += fake.many_on[i];
	if (fake.many)
		visit(&g, data);
	return count;
}

struct fake_tracer *fake_at(size_t i)
{
	return &all[i % ARRAY_SIZE(all)];
}

struct fake_tracer *find(const char *group, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (!strcmp(all[i].group, group) && !strcmp(all[i].name, name))
			return &all[i];
	return NULL;
}

static int fake_enable(struct backend *b, const char *group, const char *name, bool on,
		       struct err *e)
{
	struct fake_tracer *t = find(group, name);

	(void)b;
	fake.enables++;
	nap(fake.nap_us);
	if (!strcmp(group, "many")) {
		fake.many_on[atoi(name + 1)] = on;
		return 0;
	}
	assert_non_null(t);
	if (on && t->refuses) {
		t->state = TRACER_FAILED;
		return err_set(e, -EPERM, "%s:%s: not on a Sunday", group, name);
	}
	t->state = on ? TRACER_ON : TRACER_OFF;
	return 0;
}

static int fake_status(struct backend *b, const char *group, const char *name,
		       struct tracer_status *ret)
{
	const struct fake_tracer *t = find(group, name);

	(void)b;
	*ret = (struct tracer_status) { 0 };
	if (!strcmp(group, "many"))
		ret->state = fake.many_on[atoi(name + 1)] ? TRACER_ON : TRACER_OFF;
	if (!t)
		return 0;
	ret->state = t->state;
	if (t->state == TRACER_FAILED)
		snprintf(ret->reason, sizeof(ret->reason), "not on a Sunday");
	return 0;
}

static int fake_schema(struct backend *b, const char *group, const char *name,
		       const struct schema **ret, struct err *e)
{
	(void)b;
	if (strcmp(group, "beta") != 0 || strcmp(name, "switch_it") != 0)
		return err_set(e, -ENOENT, "no format");
	*ret = fake.schema;
	return 0;
}

static int fake_describe(struct backend *b, const char *group, const char *name, struct strbuf *out,
			 struct err *e)
{
	(void)b;
	(void)group;
	(void)e;
	strbuf_fmt(out, "filter: none of %s\n", name);
	return 0;
}

static int fake_others(struct backend *b, other_visit_fn visit, void *data, struct err *e)
{
	struct other_info top = { .name = "", .label = "top level", .facts = "clock: local\n" };
	struct other_info other = {
		.name = "their.own",
		.label = "their.own",
		.owner = "perf 77",
		.facts = "records: yes\n",
		.on = true,
	};

	(void)b;
	(void)e;
	visit(&top, data);
	if (!fake.other_gone)
		visit(&other, data);
	return 2;
}

static int fake_look(struct backend *b, const char *name, size_t max, struct strbuf *out,
		     struct err *e)
{
	(void)b;
	(void)e;
	assert_true(max <= 1 << 20);
	fake.looks++;
	strbuf_fmt(out, "# tracer of %s\n\tan \033 event\n", name);
	return 1;
}

static int fake_start(struct backend *b, struct err *e)
{
	(void)b;
	(void)e;
	return 0;
}

static void fake_stop(struct backend *b)
{
	(void)b;
}

static int64_t fake_drain(struct backend *b, size_t budget, bool final, struct err *e)
{
	(void)b;
	(void)budget;
	(void) final;
	(void)e;
	return 0;
}

static uint64_t fake_next(struct backend *b, uint64_t now)
{
	(void)b;
	(void)now;
	return UINT64_MAX;
}

static const struct backend_ops fake_ops = {
	.name = "fake",
	.blurb = "made here",
	.size = 1,
	.caps = BACKEND_LIVE,
	.probe = fake_probe,
	.open = fake_open,
	.close = fake_close,
	.list = fake_list,
	.groups = fake_groups,
	.enable = fake_enable,
	.status = fake_status,
	.schema = fake_schema,
	.describe = fake_describe,
	.others = fake_others,
	.look = fake_look,
	.start = fake_start,
	.stop = fake_stop,
	.drain = fake_drain,
	.next = fake_next,
};

/* In place of the registries of the libraries. */
const struct backend_ops *const backends[] = { &fake_ops, NULL };

const struct view_ops *const views[] = { &tracers_ops, NULL };

/* ---- a scene ---- */

static uint64_t now(void *data)
{
	return ((struct scene *)data)->now;
}

static bool yank(const char *text, size_t n, void *data)
{
	struct scene *s = data;

	snprintf(s->yanked, sizeof(s->yanked), "%.*s", (int)n, text);
	return true;
}

void settle(struct scene *s)
{
	for (int i = 0; i < 1000 && ui_update(s->ui); i++)
		;
}

void open_ui(struct scene *s, int rows, int cols)
{
	struct ui_conf c = {
		.deck = s->deck,
		.rows = rows,
		.cols = cols,
		.now = now,
		.now_data = s,
		.yank = yank,
		.term_data = s,
	};
	struct err e = ERR_INIT;

	if (ui_new(&c, &s->ui, &e) < 0)
		fail_msg("%s", e.text);
}

static const char format[] = "name: switch_it\nID: 7\nformat:\n"
			     "\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"
			     "\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"
			     "\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;"
			     "\tsigned:0;\n"
			     "\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"
			     "\tfield:int level;\toffset:8;\tsize:4;\tsigned:1;\n"
			     "\tfield:__data_loc char[] text;\toffset:12;\tsize:4;\tsigned:1;\n\n"
			     "print fmt: \"%s\", __print_symbolic(REC->level, { 1, \"one\" })\n";

int setup(void **state)
{
	static struct scene s;
	struct deck_conf c = { .memory = 16 << 20 };
	struct schema *schema = NULL;
	struct err e = ERR_INIT;

	s = (struct scene) { .now = 5 * NSEC_PER_SEC };
	fake = (struct fake) { 0 };
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		all[i].state = TRACER_OFF;
		all[i].gone = false;
	}
	fake.set = schema_set_new((struct machine) { .long_size = 8 });
	if (schema_parse("beta", format, strlen(format), fake.set->machine, &schema, &e) < 0)
		fail_msg("%s", e.text);
	fake.schema = schema_set_add(fake.set, schema);
	*state = &s;
	return deck_new(&c, &s.deck, &e);
}

int teardown(void **state)
{
	struct scene *s = *state;

	ui_free(s->ui);
	deck_free(s->deck, NULL);
	schema_set_free(fake.set);
	return 0;
}

void begin(struct scene *s, int rows, int cols)
{
	struct err e = ERR_INIT;

	open_ui(s, rows, cols);
	if (deck_open(s->deck, "fake", &e) < 0)
		fail_msg("%s", e.text);
	settle(s);
}

void type(struct scene *s, const char *keys)
{
	struct err e = ERR_INIT;

	if (ui_type(s->ui, keys, &e) < 0)
		fail_msg("%s", e.text);
}

void press(struct scene *s, const char *keys)
{
	type(s, keys);
	settle(s);
}

void screen(struct scene *s, struct strbuf *out)
{
	const struct canvas *c = ui_draw(s->ui);

	for (int y = 0; y < c->rows; y++) {
		for (int x = 0; x < c->cols; x++) {
			const struct cell *cell = &c->cells[y * c->cols + x];

			strbuf_add(out, cell->s, strnlen(cell->s, CELL_BYTES));
		}
		while (out->len && out->s[out->len - 1] == ' ')
			strbuf_cut(out, out->len - 1);
		strbuf_char(out, '\n');
	}
}

static bool shows(struct scene *s, const char *text)
{
	struct strbuf b = { 0 };
	bool found;

	screen(s, &b);
	found = strstr(strbuf_cstr(&b), text) != NULL;
	strbuf_done(&b);
	return found;
}

void expect_line(struct scene *s, int line, const char *text, bool wanted)
{
	struct strbuf b = { 0 };

	if (shows(s, text) == wanted)
		return;
	screen(s, &b);
	print_message("line %d: '%s' is %s in\n%s", line, text, wanted ? "not" : "wrongly",
		      strbuf_cstr(&b));
	strbuf_done(&b);
	fail();
}

void give(struct scene *s, uint64_t n)
{
	struct summary *sum = deck_summary(s->deck);
	uint32_t task = summary_task(sum, NULL, 11, 1);

	for (uint64_t i = 0; i < n; i++)
		summary_fold(sum, task, fake.schema, s->now);
}
