/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tracers pane over a backend made here: what it asks and when, what keys switch, what is
 * seen of it. The frame is the real one, without a terminal.
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

#include "backends/deck.h"
#include "core/arena.h"
#include "core/util.h"
#include "tui/ui_private.h"

/* ---- a backend ---- */

struct fake_tracer {
	const char *group, *name, *cost;
	bool refuses;
	enum tracer_state state;
	bool gone;
};

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

enum { MANY = 60 };

struct fake {
	unsigned lists, groups, enables, nap_us;
	bool many; /* a group of MANY more */
	bool many_on[MANY];
	struct schema_set *set;
	const struct schema *schema;
	char last_list[64];
	int looks;
	bool other_gone;
};

static struct fake fake;

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

static struct fake_tracer *find(const char *group, const char *name)
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

extern const struct view_ops tracers_ops;
const struct view_ops *const views[] = { &tracers_ops, NULL };

/* ---- a scene ---- */

struct scene {
	struct deck *deck;
	struct ui *ui;
	uint64_t now;
	char yanked[256];
};

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

static void settle(struct scene *s)
{
	for (int i = 0; i < 1000 && ui_update(s->ui); i++)
		;
}

static void open_ui(struct scene *s, int rows, int cols, bool ascii)
{
	struct ui_conf c = {
		.deck = s->deck,
		.rows = rows,
		.cols = cols,
		.ascii = ascii,
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

static int setup(void **state)
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

static int teardown(void **state)
{
	struct scene *s = *state;

	ui_free(s->ui);
	deck_free(s->deck, NULL);
	schema_set_free(fake.set);
	return 0;
}

static void begin(struct scene *s, int rows, int cols)
{
	struct err e = ERR_INIT;

	open_ui(s, rows, cols, false);
	if (deck_open(s->deck, "fake", &e) < 0)
		fail_msg("%s", e.text);
	settle(s);
}

static void type(struct scene *s, const char *keys)
{
	struct err e = ERR_INIT;

	if (ui_type(s->ui, keys, &e) < 0)
		fail_msg("%s", e.text);
}

/* Types, and lets everything go on to its end. */
static void press(struct scene *s, const char *keys)
{
	type(s, keys);
	settle(s);
}

static void screen(struct scene *s, struct strbuf *out)
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

static void expect_line(struct scene *s, int line, const char *text, bool wanted)
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

#define expect(s, text)	   expect_line(s, __LINE__, text, true)
#define expect_no(s, text) expect_line(s, __LINE__, text, false)

/* ---- asking ---- */

static void test_lazy(void **state)
{
	struct scene *s = *state;

	open_ui(s, 24, 80, false);
	settle(s);
	expect(s, "nothing is open yet");
	assert_int_equal(fake.lists + fake.groups, 0);
	assert_int_equal(deck_open(s->deck, "fake", NULL), 0);
	settle(s);
	expect(s, "▾ fake");
	expect(s, "○  ▸ alpha");
	expect(s, "▸ instances");
	assert_int_equal(fake.lists, 0);
	press(s, "Down Right");
	assert_int_equal(fake.lists, 1);
	assert_string_equal(fake.last_list, "alpha:*");
	expect(s, "○  ▾ alpha");
	expect(s, "○    alpha_one");
	expect_no(s, "switch_it");
	press(s, "Left");
	expect_no(s, "alpha_one");
	press(s, "Right");
	assert_int_equal(fake.lists, 1);
}

static void test_moves_by_folds(void **state)
{
	struct scene *s = *state;

	begin(s, 24, 80);
	press(s, "Down Right Right Right"); /* a leaf has nothing to the right */
	press(s, "y");
	assert_string_equal(s->yanked, "alpha:alpha_one");
	press(s, "Left y");
	assert_string_equal(s->yanked, "alpha");
	press(s, "Left Left y");
	assert_string_equal(s->yanked, "fake");
}

static void test_what_is_on_is_listed(void **state)
{
	struct scene *s = *state;

	find("beta", "switch_it")->state = TRACER_ON;
	begin(s, 24, 80);
	assert_int_equal(fake.lists, 1);
	expect(s, "◐  ▸ beta 1/3");
	expect(s, "1 on");
	/* Somebody else switches: seen within a second. */
	find("alpha", "alpha_one")->state = TRACER_ON;
	s->now += NSEC_PER_SEC;
	settle(s);
	expect(s, "◐  ▸ alpha 1/3");
	find("alpha", "alpha_one")->state = TRACER_OFF;
	s->now += NSEC_PER_SEC;
	settle(s);
	expect(s, "○  ▸ alpha\n");
}

static void test_ends_of_names(void **state)
{
	struct scene *s = *state;

	begin(s, 24, 120);
	press(s, "/ b e t a Enter");
	expect(s, "beta_long_name_that_ends_in_exec");
	ui_free(s->ui);
	open_ui(s, 24, 30, false);
	settle(s);
	press(s, "/ b e t a Enter");
	expect(s, "ends_in_exec");
	expect(s, "ends_in_exit");
	expect_no(s, "beta_long_name");
}

/* ---- switching ---- */

static void test_toggle_one(void **state)
{
	struct scene *s = *state;

	begin(s, 24, 80);
	press(s, "Down Right Down Space");
	assert_int_equal(find("alpha", "alpha_one")->state, TRACER_ON);
	expect(s, "●    alpha_one");
	expect(s, "◐  ▾ alpha 1/3");
	press(s, "Space");
	assert_int_equal(find("alpha", "alpha_one")->state, TRACER_OFF);
	expect(s, "○    alpha_one");
	assert_int_equal(fake.enables, 2);
}

static void test_toggle_group(void **state)
{
	struct scene *s = *state;

	begin(s, 24, 80);
	press(s, "Down Down Space"); /* folded */
	expect(s, "●  ▸ beta 3/3");
	expect(s, "beta: 3 switched on");
	press(s, "Space");
	expect(s, "○  ▸ beta");
	press(s, "Right Down Space Up");
	expect(s, "◐  ▾ beta 1/3");
	press(s, "Space"); /* what is partly on goes off */
	expect(s, "○  ▾ beta");
	assert_int_equal(find("beta", "switch_it")->state, TRACER_OFF);
}

static void test_refused(void **state)
{
	struct scene *s = *state;

	begin(s, 24, 80);
	press(s, "Down Space");
	expect(s, "◐  ▸ alpha 2/3");
	expect(s, "2 are on, 1 were refused: not on a Sunday");
	press(s, "Right Down Down");
	expect_no(s, "not on a Sunday");
	press(s, "Down"); /* on it: the reason in the title and at the bottom */
	expect(s, "✗    bad");
	expect(s, "bad: not on a Sunday");
	expect(s, "Tracers  not on a Sunday");
	press(s, "A");
	assert_int_equal(find("alpha", "bad")->state, TRACER_OFF);
	expect(s, "○    bad");
}

static void test_steps(void **state)
{
	struct scene *s = *state;
	unsigned first;

	fake.many = true;
	fake.nap_us = 3000;
	begin(s, 24, 80);
	press(s, "/ m a n y Enter Home Down");
	type(s, "Space");
	first = fake.enables;
	/* Sixty times 3 ms do not fit into one step. */
	assert_in_range(first, 1, 10);
	assert_true(ui_update(s->ui));
	expect(s, "switching many on: ");
	expect(s, ", Esc stops");
	type(s, "Esc");
	assert_false(ui_update(s->ui));
	assert_in_range(fake.enables, first, 30);
	expect(s, "stopped: ");
	press(s, "Space"); /* what came on goes off, and nothing else */
	assert_true(fake.enables <= 60);
	for (int i = 0; i < MANY; i++)
		assert_false(fake.many_on[i]);
	fake.nap_us = 0;
	press(s, "Space");
	expect(s, "many 60/60");
	for (int i = 0; i < MANY; i++)
		assert_true(fake.many_on[i]);
}

static void test_vanishing_ends_a_job(void **state)
{
	struct scene *s = *state;

	fake.many = true;
	fake.nap_us = 3000;
	begin(s, 24, 80);
	press(s, "/ m a n y Enter Home Down");
	type(s, "Space");
	fake.many = false;
	press(s, "C-l"); /* the names anew */
	expect_no(s, "switching");
	press(s, "Esc Esc");
	expect(s, "▸ alpha");
	expect_no(s, "many");
}

static void test_dear(void **state)
{
	struct scene *s = *state;

	begin(s, 24, 80);
	press(s, "/ c o s t l y Enter Space");
	expect(s, "costly stops the world. Go on?");
	assert_int_equal(fake.enables, 0);
	press(s, "n");
	assert_int_equal(find("dear", "costly")->state, TRACER_OFF);
	press(s, "Space y");
	assert_int_equal(find("dear", "costly")->state, TRACER_ON);
	press(s, "Space"); /* off needs no question */
	assert_int_equal(find("dear", "costly")->state, TRACER_OFF);
	/* Never as one of many. */
	press(s, "Esc Left Space");
	assert_int_equal(find("dear", "free")->state, TRACER_ON);
	assert_int_equal(find("dear", "costly")->state, TRACER_OFF);
}

static void give(struct scene *s, uint64_t n)
{
	struct summary *sum = deck_summary(s->deck);
	uint32_t task = summary_task(sum, NULL, 11, 1);

	for (uint64_t i = 0; i < n; i++)
		summary_fold(sum, task, fake.schema, s->now);
}

static void test_rates(void **state)
{
	struct scene *s = *state;

	begin(s, 24, 120);
	press(s, "/ s w i t c h Enter Space");
	s->now += NSEC_PER_SEC;
	settle(s);
	give(s, 25000);
	s->now += NSEC_PER_SEC;
	settle(s);
	expect(s, "switch_it");
	expect(s, "25k/s");
	expect(s, "~0.2 %"); /* 25,000 times 100 ns */
	expect(s, "25000");
	give(s, 3000);
	s->now += 2 * NSEC_PER_SEC; /* nobody looked for a second */
	settle(s);
	expect(s, "1.5k/s");
	s->now += NSEC_PER_SEC;
	settle(s);
	expect(s, "0/s");
}

static void test_noisiest(void **state)
{
	struct scene *s = *state;

	begin(s, 24, 80);
	press(s, "z");
	expect(s, "nothing is on");
	press(s, "Down Down Space");
	s->now += NSEC_PER_SEC;
	settle(s);
	give(s, 100);
	s->now += NSEC_PER_SEC;
	settle(s);
	press(s, "z");
	assert_int_equal(find("beta", "switch_it")->state, TRACER_OFF);
	expect(s, "beta:switch_it is off: it gave 100 events a second");
	expect(s, "beta 2/3");
	press(s, "A");
	expect(s, "none on");
	press(s, "A");
	expect(s, "nothing is on");
}

/* ---- finding ---- */

static void test_search(void **state)
{
	struct scene *s = *state;

	begin(s, 24, 80);
	press(s, "/ o n e");
	expect(s, "alpha_one");
	expect(s, "▾ alpha");
	expect_no(s, "alpha_two");
	expect_no(s, "▸ beta");
	press(s, "x");
	expect(s, "no tracer has this in its name");
	press(s, "Esc"); /* the prompt: all as it was */
	expect(s, "▸ alpha");
	expect_no(s, "alpha_one");
	press(s, "/ B E T A Space e x ? t Enter"); /* words, any case, globs */
	expect(s, "in_exit");
	expect_no(s, "in_exec");
	expect(s, "1 of 'BETA ex?t'");
	press(s, "y");
	assert_string_equal(s->yanked, "beta:beta_long_name_that_ends_in_exit");
	press(s, "Esc y"); /* what was found stays in sight */
	assert_string_equal(s->yanked, "beta:beta_long_name_that_ends_in_exit");
	expect(s, "▸ alpha");
	expect(s, "switch_it");
}

static void test_next_and_prev(void **state)
{
	static const char *const hits[] = { "alpha:alpha_one", "alpha:alpha_two", "alpha:bad" };
	struct scene *s = *state;

	begin(s, 24, 80);
	press(s, "n");
	expect(s, "nothing was searched for yet");
	press(s, "/ a l p h a Enter Esc Home");
	for (size_t i = 0; i < ARRAY_SIZE(hits); i++) {
		press(s, "n y");
		assert_string_equal(s->yanked, hits[i]);
	}
	press(s, "n y"); /* round */
	assert_string_equal(s->yanked, hits[0]);
	press(s, "N y");
	assert_string_equal(s->yanked, hits[2]);
	press(s, "2 N y");
	assert_string_equal(s->yanked, hits[0]);
}

static void test_only_on(void **state)
{
	struct scene *s = *state;

	begin(s, 24, 80);
	press(s, "/ t w o Enter Space Esc o");
	expect(s, "●    alpha_two");
	expect_no(s, "alpha_one");
	expect_no(s, "beta");
	press(s, "o");
	expect(s, "▸ beta");
}

static void test_include(void **state)
{
	struct scene *s = *state;
	char *text;

	begin(s, 24, 80);
	press(s, "/ s w i t c h Enter i");
	text = scope_text(ui_scope(s->ui));
	assert_string_equal(text, "event == \"beta:switch_it\"");
	free(text);
	expect(s, "filter beta:switch_it");
	press(s, "Left x");
	text = scope_text(ui_scope(s->ui));
	assert_non_null(strstr(text, "not (system == \"beta\")"));
	free(text);
}

/* ---- dialogs ---- */

static void test_detail(void **state)
{
	struct scene *s = *state;

	begin(s, 30, 100);
	press(s, "/ s w i t c h Enter Enter");
	expect(s, "Tracer  beta:switch_it");
	expect(s, "state: off, Space switches");
	expect(s, "filter: none of switch_it");
	expect(s, "id: 7");
	expect(s, "a number with names");
	expect(s, "text, length varies");
	expect(s, "field:int level;");
	press(s, "Space");
	expect(s, "state: on");
	give(s, 3);
	settle(s);
	expect(s, "events: 3");
	press(s, "Esc");
	expect_no(s, "field:int level;");
	expect(s, "●    switch_it");
}

static void test_others(void **state)
{
	struct scene *s = *state;

	begin(s, 30, 100);
	press(s, "End Right");
	expect(s, "▾ instances 2");
	expect(s, "top level");
	expect(s, "their.own  perf 77");
	press(s, "Down Down Space");
	expect(s, "can be looked into, not switched");
	assert_int_equal(fake.enables, 0);
	press(s, "Enter");
	assert_int_equal(fake.looks, 1);
	expect(s, "records: yes");
	expect(s, "# tracer of their.own");
	expect(s, "an \\x1b event");
	expect(s, "there is more");
	settle(s);
	s->now += 3 * NSEC_PER_SEC;
	fake.other_gone = true;
	settle(s); /* it goes while it is looked at */
	assert_int_equal(fake.looks, 1);
	press(s, "Esc");
	expect(s, "▾ instances 1");
	expect_no(s, "their.own");
}

static void test_missing(void **state)
{
	struct scene *s = *state;

	open_ui(s, 24, 34, false);
	ui_set_unavailable(s->ui, "tracefs",
			   "tracefs at /sys/kernel/tracing: Permission denied; run as root (sudo)");
	settle(s);
	expect(s, "✗ ▾ tracefs");
	expect(s, "Permission denied; run as root");
	expect(s, "    (sudo)");
	expect_no(s, "…");
	press(s, "Enter");
	expect(s, "Tracer  tracefs");
	press(s, "Esc Space");
	expect(s, "tracefs: tracefs at");
	press(s, "Left");
	expect(s, "✗ ▸ tracefs");
}

static void test_hostile_name(void **state)
{
	struct scene *s = *state;
	struct strbuf b = { 0 };

	begin(s, 24, 80);
	press(s, "/ e s c Enter");
	expect(s, "esc\\x1b[31m");
	screen(s, &b);
	assert_null(strchr(strbuf_cstr(&b), '\033'));
	strbuf_done(&b);
	press(s, "Space");
	assert_int_equal(find("odd", "esc\033[31m")->state, TRACER_ON);
}

/* ---- from session to session ---- */

static void remember(struct scene *s, struct strbuf *out)
{
	tracers_ops.save(&s->ui->pane[0], out);
}

static void test_remembered(void **state)
{
	struct scene *s = *state;
	struct strbuf b = { 0 };
	char *save = NULL;

	begin(s, 24, 80);
	press(s, "Down Down Right Down");
	remember(s, &b);
	assert_non_null(strstr(b.s, "unfolded = - fake fake:beta\n"));
	assert_non_null(strstr(b.s, "cursor = fake:beta:switch_it\n"));
	ui_free(s->ui);
	open_ui(s, 24, 80, false);
	for (char *l = strtok_r(b.s, "\n", &save); l; l = strtok_r(NULL, "\n", &save)) {
		char *eq = strstr(l, " = ");

		*eq = '\0';
		tracers_ops.load(&s->ui->pane[0], l, eq + 3);
	}
	settle(s);
	expect(s, "▾ beta");
	expect(s, "▸ alpha");
	press(s, "y");
	assert_string_equal(s->yanked, "beta:switch_it");
	strbuf_done(&b);
}

/* ---- everything, everywhere ---- */

static void test_walk(void **state)
{
	static const char *const keys[] = {
		"Up",	     "Down", "Left",	  "Right", "Space",	"Enter", "/ a Enter",
		"/ z z Esc", "Esc",  "n",	  "N",	   "o",		"z",	 "A",
		"i",	     "x",    "PgDn",	  "PgUp",  "End",	"Home",	 "y",
		"C-l",	     "F",    "Backspace", "2 j",   "s w Enter",
	};
	static const int sizes[][2] = { { 5, 20 }, { 24, 80 }, { 1, 1 }, { 60, 200 }, { 3, 12 } };
	struct scene *s = *state;
	uint64_t random = 88172645463325252ULL;

	fake.many = true;
	begin(s, 24, 80);
	for (int i = 0; i < 3000; i++) {
		struct input in = { .type = INPUT_RESIZE };

		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		type(s, keys[random % ARRAY_SIZE(keys)]);
		if (random % 3)
			ui_update(s->ui);
		if (i % 100 == 99) {
			in.y = sizes[i / 100 % ARRAY_SIZE(sizes)][0];
			in.x = sizes[i / 100 % ARRAY_SIZE(sizes)][1];
			ui_input(s->ui, &in);
		}
		if (i % 37 == 0) {
			fake.many = !fake.many;
			fake.other_gone = !fake.other_gone;
			all[i % ARRAY_SIZE(all)].gone = !all[i % ARRAY_SIZE(all)].gone;
		}
		s->now += NSEC_PER_SEC / 4;
		ui_draw(s->ui);
	}
}

#define t(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		t(test_lazy),	       t(test_moves_by_folds), t(test_what_is_on_is_listed),
		t(test_ends_of_names), t(test_toggle_one),     t(test_toggle_group),
		t(test_refused),       t(test_steps),	       t(test_vanishing_ends_a_job),
		t(test_dear),	       t(test_rates),	       t(test_noisiest),
		t(test_search),	       t(test_next_and_prev),  t(test_only_on),
		t(test_include),       t(test_detail),	       t(test_others),
		t(test_missing),       t(test_hostile_name),   t(test_remembered),
		t(test_walk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
