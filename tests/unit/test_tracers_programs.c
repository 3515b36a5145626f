/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tracers pane over programs: which kind one is, its options, what it costs and when that is
 * asked for, its log, its table.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "tests/unit/programs_fixture.h"
#include "tui/slurp.h"
#include "tui/ui_private.h"

struct scene {
	struct deck *deck;
	struct ui *ui;
	uint64_t now;
	char yanked[256];
	char home[64];
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

static void open_ui(struct scene *s, int rows, int cols)
{
	struct ui_conf c = {
		.deck = s->deck,
		.rows = rows,
		.cols = cols,
		.live = true,
		.now = now,
		.now_data = s,
		.yank = yank,
		.term_data = s,
	};
	struct err e = ERR_INIT;

	if (ui_new(&c, &s->ui, &e) < 0)
		fail_msg("%s", e.text);
	settle(s);
}

static int setup(void **state)
{
	static struct scene s;
	struct deck_conf c = { .memory = 16 << 20 };
	struct err e = ERR_INIT;

	s = (struct scene) { .now = 20 * NSEC_PER_SEC };
	snprintf(s.home, sizeof(s.home), "/tmp/tapdeck-programs-XXXXXX");
	assert_non_null(mkdtemp(s.home));
	setenv("XDG_CONFIG_HOME", s.home, 1);
	programs_begin();
	*state = &s;
	if (deck_new(&c, &s.deck, &e) < 0 || deck_open(s.deck, "bpf", &e) < 0)
		fail_msg("%s", e.text);
	return 0;
}

static int teardown(void **state)
{
	struct scene *s = *state;
	char path[128];

	ui_free(s->ui);
	deck_free(s->deck, NULL);
	programs_end();
	assert_int_equal(programs.watched, 0); /* whatever was open */
	snprintf(path, sizeof(path), "%s/tapdeck/config", s->home);
	unlink(path);
	snprintf(path, sizeof(path), "%s/tapdeck", s->home);
	rmdir(path);
	rmdir(s->home);
	return 0;
}

static void press(struct scene *s, const char *keys)
{
	struct err e = ERR_INIT;

	if (ui_type(s->ui, keys, &e) < 0)
		fail_msg("%s", e.text);
	settle(s);
}

static void type(struct scene *s, const char *text)
{
	for (; *text; text++) {
		struct input in = { .type = INPUT_KEY, .key = (keycode)*text };

		ui_input(s->ui, &in);
	}
	settle(s);
}

static void later(struct scene *s, unsigned seconds)
{
	s->now += seconds * NSEC_PER_SEC;
	programs.now += seconds * NSEC_PER_SEC;
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

static void expect_line(struct scene *s, int line, const char *text, bool wanted)
{
	_cleanup_strbuf_ struct strbuf b = { 0 };

	screen(s, &b);
	if ((strstr(strbuf_cstr(&b), text) != NULL) == wanted)
		return;
	print_message("line %d: '%s' is %s in\n%s", line, text, wanted ? "not" : "wrongly", b.s);
	fail();
}

#define expect(s, text)	   expect_line(s, __LINE__, text, true)
#define expect_no(s, text) expect_line(s, __LINE__, text, false)

/* The cursor onto a program, by its place in the list. */
static void go(struct scene *s, unsigned which)
{
	press(s, "t Home Down");
	for (unsigned i = 0; i <= which; i++)
		press(s, "Down");
}

static void open_on(struct scene *s, int rows, int cols, unsigned which)
{
	open_ui(s, rows, cols);
	press(s, "t Home Down Right");
	go(s, which);
}

static void read_config(struct scene *s, struct strbuf *out)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/tapdeck/config", s->home);
	slurp(path, 1 << 16, true, out, NULL);
}

/* ---- which kind ---- */

static void test_kinds(void **state)
{
	struct scene *s = *state;

	open_on(s, 24, 120, RUNQLAT);
	press(s, "\\");
	expect(s, "○    runqlat\n");
	expect(s, "□    syscalls_count  table");
	expect_no(s, "runqlat  table");
	go(s, SYSCALLS_COUNT);
	press(s, "Space");
	expect(s, "■    syscalls_count  table");
	press(s, "d");
	expect(s, "kind: a table, counted in the kernel: b shows it");
	press(s, "Esc Up Up Enter");
	expect(s, "kind: events, a row for each");
}

/* ---- options ---- */

static void test_option_is_set(void **state)
{
	struct scene *s = *state;
	_cleanup_strbuf_ struct strbuf file = { 0 };

	open_on(s, 24, 80, RUNQLAT);
	press(s, "T");
	expect(s, "threshold="); /* there is but one */
	expect(s, "a duration such as 10ms, 1us..10s; now 10ms");
	type(s, "11s");
	press(s, "Enter");
	expect(s, "11s is outside of 1us..10s");
	press(s, "Backspace Backspace Backspace");
	type(s, "5ms");
	press(s, "Enter");
	assert_string_equal(programs.threshold, "5ms");
	expect(s, "threshold of bpf:runqlat is 5ms. Keep it in your configuration?");
	press(s, "y");
	read_config(s, &file);
	assert_string_equal(strbuf_cstr(&file), "[tracer bpf:runqlat]\nthreshold = 5ms\n");
	press(s, "T");
	type(s, "6ms");
	press(s, "Enter y");
	expect(s, "set, but not saved: ");
	assert_string_equal(programs.threshold, "6ms");
}

static void test_option_not_kept(void **state)
{
	struct scene *s = *state;
	_cleanup_strbuf_ struct strbuf file = { 0 };

	open_on(s, 24, 80, RUNQLAT);
	press(s, "T");
	type(s, "7ms");
	press(s, "Enter n");
	assert_string_equal(programs.threshold, "7ms");
	read_config(s, &file);
	assert_int_equal(file.len, 0);
}

static void test_option_names(void **state)
{
	struct scene *s = *state;

	open_on(s, 24, 100, PROFILE);
	press(s, "T");
	expect_no(s, "rate=99");
	type(s, "rat");
	press(s, "Tab");
	expect(s, "rate=99");
	press(s, "Esc T");
	type(s, "rtae=5");
	expect(s, "profile has no option 'rtae'; did you mean 'rate'?");
	press(s, "Esc :");
	type(s, "option rate=49");
	press(s, "Enter n");
	assert_string_equal(programs.rate, "49");
	press(s, "d");
	expect(s, "options: T changes one");
	expect(s, "rate=49  (1..10000)  samples a second");
	expect(s, "user_only=no  leave the kernel out");
}

static void test_no_options(void **state)
{
	struct scene *s = *state;

	open_on(s, 24, 80, SLOW);
	press(s, "T");
	expect(s, "bpf:slow has no options");
	press(s, "Left T");
	expect(s, "bpf has no options");
}

/* ---- cost ---- */

static void test_watched_while_shown(void **state)
{
	struct scene *s = *state;

	open_on(s, 24, 120, RUNQLAT);
	press(s, "Space");
	assert_int_equal(programs.watched, 0); /* too narrow beside the events */
	press(s, "\\");
	assert_int_equal(programs.watched, 1);
	programs.runs = 1000;
	programs.run_ns = 300000;
	later(s, 1);
	programs.runs += 20000;
	programs.run_ns += 20000 * 400ull; /* 8 ms of a second */
	programs.held = 1 << 18;
	programs.lost = 12;
	later(s, 1);
	expect(s, " 20k/s");
	expect(s, " 400ns");
	expect(s, " 0.8 %");
	expect(s, " 25 %");
	expect(s, " 12\n");
	press(s, "\\");
	assert_int_equal(programs.watched, 0);
	press(s, "\\ p");
	later(s, 1);
	assert_int_equal(programs.watched, 0); /* another pane has the screen */
}

static void test_off_costs_nothing(void **state)
{
	struct scene *s = *state;

	open_on(s, 24, 120, RUNQLAT);
	press(s, "\\");
	assert_int_equal(programs.watched, 0);
	expect_no(s, "runs");
	press(s, "Space");
	later(s, 1);
	assert_int_equal(programs.watched, 1);
	expect(s, "runs");
	press(s, "Space");
	later(s, 1);
	assert_int_equal(programs.watched, 0);
	expect_no(s, "runs");
}

static void test_cost_in_detail(void **state)
{
	struct scene *s = *state;

	open_on(s, 24, 80, RUNQLAT);
	press(s, "Space d");
	assert_int_equal(programs.watched, 1);
	programs.runs = 10;
	later(s, 1);
	programs.runs += 3000;
	programs.run_ns += 3000 * 500ull;
	later(s, 1);
	expect(s, "cost: 3,000 runs/s, 500ns each, 0.15 % of a CPU");
	expect(s, "ring 0 B of 1.0 MiB");
	press(s, "Esc");
	assert_int_equal(programs.watched, 0);
	press(s, "d"); /* and what is still open at the end */
	assert_int_equal(programs.watched, 1);
}

/* ---- what fails and what takes its time ---- */

static void test_log(void **state)
{
	struct scene *s = *state;

	open_on(s, 24, 80, BROKEN);
	press(s, "Space");
	expect(s, "✗    broken");
	expect(s, "the verifier refuses it: R1 type=scalar");
	press(s, "d");
	expect(s, "state: failed");
	expect(s, "E shows all");
	press(s, "E");
	expect(s, "0: (79) r1 = *(u64 *)(r1 +0)");
	press(s, "End");
	expect(s, "R1 type=scalar \\x1b[31mexpected=fp");
	press(s, "Esc");
	expect(s, "state: failed");
	press(s, "Esc");
	go(s, RUNQLAT);
	press(s, "E");
	expect(s, "bpf:runqlat: nothing more was said");
}

static void test_starting(void **state)
{
	struct scene *s = *state;

	open_on(s, 24, 80, SLOW);
	press(s, "Space");
	expect(s, "…    slow");
	programs.state[SLOW] = TRACER_ON;
	later(s, 1);
	expect(s, "●    slow");
}

/* ---- tables ---- */

static void test_table_asks(void **state)
{
	struct scene *s = *state;

	open_on(s, 24, 80, SYSCALLS_COUNT);
	press(s, "b");
	expect(s, "syscalls_count is off. Switch it on and show its table?");
	press(s, "n");
	assert_int_equal(programs.state[SYSCALLS_COUNT], TRACER_OFF);
	press(s, "b y");
	assert_int_equal(programs.state[SYSCALLS_COUNT], TRACER_ON);
	expect(s, "bpf:syscalls_count, 3 keys in 10.0s");
	press(s, "q");
	expect_no(s, "3 keys");
	press(s, "Enter"); /* it is on */
	expect(s, "3 keys");
	press(s, "Esc");
	go(s, RUNQLAT);
	press(s, "b");
	expect(s, "runqlat gives no table");
}

static void test_table_lives(void **state)
{
	struct scene *s = *state;
	unsigned before;

	programs.state[SYSCALLS_COUNT] = TRACER_ON;
	open_on(s, 24, 100, SYSCALLS_COUNT);
	press(s, "Enter");
	expect(s, "3,000");
	expect(s, "e\\x1b[2Jvil");
	expect(s, "sixteen-bytes-xx");
	expect(s, "4.50ms");
	programs.growth = 250;
	later(s, 1);
	expect(s, "3,250");
	expect(s, " 250 ");
	press(s, "Space");
	before = programs.counted;
	later(s, 3);
	assert_int_equal(programs.counted, before);
	expect(s, "paused");
	press(s, "Space");
	later(s, 1);
	assert_true(programs.counted > before);
	programs.missed = 7;
	later(s, 1);
	expect(s, "at least 3 keys");
	expect(s, "at least: 7 times there was no room for a key");
	programs.state[SYSCALLS_COUNT] = TRACER_OFF;
	later(s, 1);
	expect(s, ", off");
}

static void test_histogram(void **state)
{
	struct scene *s = *state;

	programs.state[RUNQLAT_HIST] = TRACER_ON;
	open_on(s, 24, 100, RUNQLAT_HIST);
	press(s, "Enter");
	expect(s, "p50");
	expect(s, "4.10us to 2.10ms");
	expect(s, "300"); /* values of the third */
	expect(s, "█");
}

#define t(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		t(test_kinds),
		t(test_option_is_set),
		t(test_option_not_kept),
		t(test_option_names),
		t(test_no_options),
		t(test_watched_while_shown),
		t(test_off_costs_nothing),
		t(test_cost_in_detail),
		t(test_log),
		t(test_starting),
		t(test_table_asks),
		t(test_table_lives),
		t(test_histogram),
	};

	return cmocka_run_group_tests_name("programs", tests, NULL, NULL);
}
