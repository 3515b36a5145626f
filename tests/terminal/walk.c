/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * walk: somebody leans on the keyboard while events come in.
 *
 * Ten thousand random steps: keys of the whole map, whole commands and filters, text of every kind,
 * pasted text, the mouse, resizes from 1x1 to 300x100, events, losses, leaving and coming back
 * with what was remembered. After each step the canvas must be sound. Meant for ASan. The seed is
 * printed first; WALK_SEED, WALK_STEPS and WALK_TRACE=1 (every step is said) repeat what happened.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <locale.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "tests/dat_fixture.h"
#include "tests/screens/feed.h"
#include "tests/screens/stage.h"

#define STEPS	 10000
#define KEYS_MAX 256
#define NOBODY	 65534
#define MEMORY	 (3u << 20) /* small: rows leave under the feet of whoever looks */
#define FEED_MAX 600
#define CATALOG	 "crowd"

struct walk {
	struct stage stage;
	struct feed feed;
	uint64_t random;
	keycode keys[KEYS_MAX];
	unsigned key_count;
	unsigned step;
	bool trace;
};

static uint32_t dice(struct walk *w, uint32_t sides)
{
	return (uint32_t)(feed_random(&w->random) >> 33) % sides;
}

static void say(struct walk *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void say(struct walk *w, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	if (!w->trace)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	print_message("# %u: %s\n", w->step, text);
}

/* ---- what can be pressed ---- */

static void add_key(struct walk *w, keycode k)
{
	for (unsigned i = 0; i < w->key_count; i++)
		if (w->keys[i] == k)
			return;
	assert_true(w->key_count < KEYS_MAX);
	w->keys[w->key_count++] = k;
}

/* Every key that asks for an action anywhere. */
static void add_keys_of(struct walk *w, struct keymap *m, const char *view)
{
	for (int a = ACT_NONE + 1; a < ACT_COUNT; a++) {
		_cleanup_strbuf_ struct strbuf names = { 0 };
		char *save = NULL;

		keymap_keys(m, view, (enum action)a, &names);
		for (char *s = strtok_r((char *)strbuf_cstr(&names), " ", &save); s;
		     s = strtok_r(NULL, " ", &save)) {
			struct err e = ERR_INIT;
			keycode k;

			if (key_parse(s, &k, &e) < 0)
				fail_msg("the map names a key '%s': %s", s, e.text);
			add_key(w, k);
		}
	}
}

static void learn_keys(struct walk *w)
{
	static const keycode named[] = { KC_TAB,    KC_RETURN, KC_ESC,	 KC_BACK, KC_UP,
					 KC_DOWN,   KC_LEFT,   KC_RIGHT, KC_HOME, KC_END,
					 KC_DELETE, KC_INSERT, 0,	 KC_FN,	  KC_ALT | 'f' };
	struct keymap *m = keymap_new();

	add_keys_of(w, m, NULL);
	for (size_t i = 0; views[i]; i++)
		add_keys_of(w, m, views[i]->name);
	add_keys_of(w, m, "help");
	add_keys_of(w, m, "values");
	keymap_free(m);
	assert_true(w->key_count > 60);
	for (size_t i = 0; i < ARRAY_SIZE(named); i++)
		add_key(w, named[i]);
	for (keycode k = 1; k < 27; k++)
		add_key(w, k);
	for (keycode k = '0'; k <= '9'; k++)
		add_key(w, k);
	for (keycode k = KC_FN + 1; k <= KC_FN + 12; k++)
		add_key(w, k);
}

/* ---- steps ---- */

static void press(struct walk *w)
{
	keycode k = w->keys[dice(w, w->key_count)];
	struct err e = ERR_INIT;

	/* Keys that leave would make it a walk of ten steps. */
	if ((k == 'q' || k == 3 || k == KC_FN + 10) && dice(w, 12))
		return;
	if (w->trace) {
		_cleanup_strbuf_ struct strbuf name = { 0 };

		key_label(k, &name);
		say(w, "key %s %s", strbuf_cstr(&name), e.text);
	}
	stage_key(&w->stage, k);
}

static void press_several(struct walk *w)
{
	keycode k = w->keys[dice(w, w->key_count)];

	if (k == 'q' || k == 3)
		return;
	say(w, "key %x many times", k);
	for (unsigned n = dice(w, 40); n; n--)
		stage_key(&w->stage, k);
}

static const char *const phrases[] = {
	"pid == 1003",
	"comm ~ \"*sh\" and tid > 1100",
	"event == sys_enter or cpu = 2",
	"not (id == 57",
	"nonsense == ",
	"prev_comm ~ \"a\\x",
	"lost > 0",
	"id & 3",
	"漢字",
	"e\xcc\x81",
	"sys",
	"^.*$",
	"[",
	"1d",
	"+0.5",
	"-1",
	"5000.02",
	"23:59:59.999",
	"99999999999999999999",
	"time cpu:3 event:40 info",
	"time time time",
	"by comm, event show count, p99(id)",
	"process, cpu show rate, distinct(id), last(prev_comm), first",
	"prev_comm",
	"id, thread show",
	"out.txt",
	"out.csv",
	"out.json",
	"no/such/dir/out.json",
	"a very long text a very long text a very long text a very long text a very long text",
};

static const char *phrase(struct walk *w)
{
	return phrases[dice(w, ARRAY_SIZE(phrases))];
}

/* ":ACTION", with something behind it or not. */
static void command(struct walk *w)
{
	enum action a = (enum action)(1 + dice(w, ACT_COUNT - 1));
	const char *text = dice(w, 2) ? phrase(w) : "";

	if (a == ACT_QUIT && dice(w, 12))
		return;
	say(w, ":%s %s", actions[a].name, text);
	stage_key(&w->stage, KC_ESC);
	stage_key(&w->stage, ':');
	stage_write(&w->stage, actions[a].name);
	stage_key(&w->stage, ' ');
	stage_write(&w->stage, text);
	stage_key(&w->stage, dice(w, 8) ? KC_RETURN : KC_ESC);
}

static void type(struct walk *w)
{
	const char *text = phrase(w);

	say(w, "type %s", text);
	if (dice(w, 2))
		stage_key(&w->stage, (keycode) "/sg"[dice(w, 3)]);
	stage_write(&w->stage, text);
	for (unsigned n = dice(w, 4); n; n--)
		stage_key(&w->stage, dice(w, 2) ? KC_TAB : KC_UP);
	if (dice(w, 4))
		stage_key(&w->stage, KC_RETURN);
}

static void paste(struct walk *w)
{
	static const keycode odd[] = { KC_RETURN, 'q', 0x6f22, 0x301, 0x202e, 1, KC_TAB, 0x1f600 };

	say(w, "paste");
	for (unsigned n = dice(w, 12); n; n--) {
		struct input in = { .type = INPUT_PASTE, .key = odd[dice(w, ARRAY_SIZE(odd))] };

		ui_input(w->stage.ui, &in);
	}
}

static void click(struct walk *w)
{
	enum mouse_what what = (enum mouse_what)dice(w, 4);
	const struct canvas *c = ui_draw(w->stage.ui);
	int y = (int)dice(w, (uint32_t)c->rows + 2), x = (int)dice(w, (uint32_t)c->cols + 2);

	say(w, "mouse %d at %d,%d", what, y, x);
	stage_mouse(&w->stage, what, y, x);
}

static void resize(struct walk *w)
{
	static const int sizes[][2] = { { 1, 1 },   { 2, 3 },	 { 5, 20 },    { 20, 5 },
					{ 24, 80 }, { 50, 200 }, { 100, 300 }, { 1, 200 },
					{ 60, 1 },  { 24, 80 },	 { 24, 80 } };
	size_t i = dice(w, ARRAY_SIZE(sizes) + 4);
	int rows = i < ARRAY_SIZE(sizes) ? sizes[i][0] : 1 + (int)dice(w, 60);
	int cols = i < ARRAY_SIZE(sizes) ? sizes[i][1] : 1 + (int)dice(w, 250);

	say(w, "size %dx%d", cols, rows);
	stage_resize(&w->stage, rows, cols);
}

static void blow(struct walk *w)
{
	struct err e = ERR_INIT;
	unsigned n = 1 + dice(w, FEED_MAX);

	say(w, "%u events", n);
	if (feed_blow(&w->feed, n, &e) < 0)
		fail_msg("%s", e.text);
	w->stage.now = w->feed.ts;
}

static void lose(struct walk *w)
{
	uint64_t lost = dice(w, 3) ? 1 + dice(w, 100000) : LOST_UNKNOWN;

	say(w, "%llu lost", (unsigned long long)lost);
	feed_lose(&w->feed, lost);
}

static void wait(struct walk *w)
{
	w->stage.now += dice(w, 3000) * NSEC_PER_MSEC;
	say(w, "later");
}

static const struct way {
	uint32_t weight;
	void (*go)(struct walk *w);
} ways[] = {
	{ 60, press }, { 4, press_several }, { 8, command }, { 5, type }, { 1, paste },
	{ 8, click },  { 3, resize },	     { 9, blow },    { 1, lose }, { 1, wait },
};

static void go(struct walk *w)
{
	uint32_t sum = 0, n;

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
		sum += ways[i].weight;
	n = dice(w, sum);
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		if (n < ways[i].weight) {
			ways[i].go(w);
			return;
		}
		n -= ways[i].weight;
	}
}

/* The views get as much time as they may get between two keys: often none. */
static void look(struct walk *w)
{
	const struct canvas *c;
	char words[128];

	for (unsigned n = dice(w, 4); n && ui_update(w->stage.ui); n--)
		;
	if (!dice(w, 50) && !stage_settle(&w->stage))
		fail_msg("step %u: the views never end their work", w->step);
	c = ui_draw(w->stage.ui);
	if (canvas_complaint(c, words, sizeof(words)))
		fail_msg("step %u: %s", w->step, words);
	if (ui_dirty(w->stage.ui))
		fail_msg("step %u: drawn, and still dirty", w->step);
}

static void come_back(struct walk *w)
{
	const struct canvas *c = ui_draw(w->stage.ui);
	struct err e = ERR_INIT;

	say(w, "left");
	w->stage.ui_conf.rows = c->rows;
	w->stage.ui_conf.cols = c->cols;
	w->stage.ui_conf.ascii = !w->stage.ui_conf.ascii;
	if (stage_reopen(&w->stage, &e) < 0)
		fail_msg("step %u: what was remembered is not taken back: %s", w->step, e.text);
}

static uint64_t number_of(const char *name, uint64_t dflt)
{
	const char *s = getenv(name);

	return s && *s ? strtoull(s, NULL, 0) : dflt;
}

static void test_ten_thousand_steps(void **state)
{
	static const char *const files[] = { CATALOG ".dat", NULL };
	struct stage_conf c = {
		24, 80, .remember = true, .captures = true, .memory = MEMORY, .files = files
	};
	uint64_t seed = number_of("WALK_SEED", clock_mono() % 1000000), ended = 0;
	uint64_t steps = number_of("WALK_STEPS", STEPS);
	struct walk w = { .random = seed, .trace = number_of("WALK_TRACE", 0) != 0 };
	struct err e = ERR_INIT;

	print_message("# WALK_SEED=%llu\n", (unsigned long long)seed);
	fflush(NULL);
	learn_keys(&w);
	if (stage_open(&w.stage, &c, &e) < 0 || feed_open(&w.feed, w.stage.deck, seed, &e) < 0)
		fail_msg("%s", e.text);
	for (w.step = 0; w.step < steps; w.step++) {
		go(&w);
		look(&w);
		if (!ui_ended(w.stage.ui))
			continue;
		ended++;
		come_back(&w);
	}
	print_message("# %u keys, left and came back %llu times\n", w.key_count,
		      (unsigned long long)ended);
	stage_close(&w.stage);
	feed_close(&w.feed);
}

/* Whoever leans on the keys may write files anywhere: he gets a place, and no rights elsewhere. */
static int setup(void **state)
{
	const char *build = getenv("BUILD_ROOT"), *source = getenv("SOURCE_ROOT");
	char command[1200];

	if (!build || !source || fixture_setup(state) < 0 || chdir(fixture()->dir) < 0)
		return -1;
	setenv("XDG_CONFIG_HOME", fixture()->dir, 1);
	setenv("XDG_STATE_HOME", fixture()->dir, 1);
	setenv("HOME", fixture()->dir, 1);
	setenv("TZ", "UTC", 1);
	snprintf(command, sizeof(command),
		 "'%s/tests/mkdat' '%s/tests/screens/dat/%s.txt' %s.dat && chmod 644 %s.dat", build,
		 source, CATALOG, CATALOG, CATALOG);
	if (system(command) || !setlocale(LC_ALL, "C.UTF-8"))
		return -1;
	if (geteuid() != 0)
		return 0;
	if (chown(fixture()->dir, NOBODY, NOBODY) < 0 || setresgid(NOBODY, NOBODY, NOBODY) < 0 ||
	    setresuid(NOBODY, NOBODY, NOBODY) < 0)
		return -1;
	/* The leak checker looks into its own process. */
	return prctl(PR_SET_DUMPABLE, 1);
}

static int teardown(void **state)
{
	return chdir("/") < 0 ? -1 : fixture_teardown(state);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ten_thousand_steps),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
