/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_screens: a script of keys in, screens out, compared with what somebody looked at.
 *
 * Every tests/screens/NAME.script is a test. Each "shot WHAT" in it is the file NAME.WHAT.golden:
 * the canvas as canvas_dump says it. With UPDATE=1 in the environment the files are written
 * instead. A golden without a shot is an error too. Lines of a script (# begins a comment line):
 *
 *   size ROWS COLS      ascii       remember       before the first of the others; size also later
 *   dat NAME            plays tests/screens/dat/NAME.txt          set SECTION KEY VALUE
 *   missing BACKEND WHY                            could not be opened
 *   keys KEY...         write TEXT                 the names of ui_type; plain characters
 *   click TEXT          double TEXT    wheel-up TEXT    wheel-down TEXT     where TEXT stands
 *   live                the frame takes what it shows for what happens now; before the first too
 *   file NAME           an empty file is there
 *   loading PERCENT     so much of the recording is loaded, and it goes on
 *   recorder KEY N...   what the recorder says, see fake_recorder_set
 *   later SECONDS       reopen                     the clock; the frame closed and made again
 *   shot WHAT           expect TEXT    absent TEXT    yanked TEXT           what must be
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <fcntl.h>
#include <glob.h>
#include <locale.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/arena.h"
#include "tests/dat_fixture.h"
#include "tests/screens/fake_play.h"
#include "tests/screens/fake_recorder.h"
#include "tests/screens/golden.h"
#include "tests/screens/stage.h"

#define DATS_MAX 4

struct show {
	const char *path; /* of the script */
	char name[64];
	unsigned line;
	struct stage_conf conf;
	char dats[DATS_MAX][64];
	const char *files[DATS_MAX + 1];
	unsigned file_count, wrong;
	bool open;
	struct stage stage;
};

static char source_root[512];
static struct strbuf shots; /* the names of all goldens that scripts know, each closed by '\n' */

static void complain(struct show *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void complain(struct show *s, const char *fmt, ...)
{
	char text[600];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	print_message("# %s.script:%u: %s\n", s->name, s->line, text);
	s->wrong++;
}

/* ---- the screen ---- */

static void raise_curtain(struct show *s)
{
	struct err e = ERR_INIT;

	if (s->open)
		return;
	if (s->file_count)
		s->conf.files = s->files;
	if (stage_open(&s->stage, &s->conf, &e) < 0)
		fail_msg("%s.script:%u: %s", s->name, s->line, e.text);
	s->open = true;
}

/* The views have done all they want, twice drawn is drawn the same, and every cell is sound. */
static void look(struct show *s, struct strbuf *out)
{
	_cleanup_strbuf_ struct strbuf again = { 0 };
	const struct canvas *c;
	char words[128];

	strbuf_clear(out);
	if (!stage_settle(&s->stage))
		complain(s, "the views never end their work");
	c = ui_draw(s->stage.ui);
	if (canvas_complaint(c, words, sizeof(words)))
		complain(s, "%s", words);
	canvas_dump(c, out);
	if (c->cursor_y >= 0)
		strbuf_fmt(out, "-- cursor %d %d\n", c->cursor_y, c->cursor_x);
	if (ui_dirty(s->stage.ui))
		complain(s, "drawn, and still dirty");
	canvas_dump(ui_draw(s->stage.ui), &again);
	if (strncmp(strbuf_cstr(out), strbuf_cstr(&again), again.len))
		complain(s, "drawing changed the screen");
}

/* Where a text stands on the canvas, its first cell. */
static bool find_text(struct show *s, const char *text, int *y, int *x)
{
	const struct canvas *c = ui_draw(s->stage.ui);
	size_t n = strlen(text);

	for (int at = 0; at < c->rows * c->cols; at++) {
		_cleanup_strbuf_ struct strbuf run = { 0 };
		int end = at - at % c->cols + c->cols;

		for (int i = at; i < end && run.len < n; i++)
			strbuf_add(&run, c->cells[i].s, strnlen(c->cells[i].s, CELL_BYTES));
		if (run.len < n || memcmp(run.s, text, n))
			continue;
		*y = at / c->cols;
		*x = at % c->cols;
		return true;
	}
	return false;
}

/* ---- the lines of a script ---- */

static void do_size(struct show *s, char *rest)
{
	int rows, cols;

	if (sscanf(rest, "%d %d", &rows, &cols) != 2)
		complain(s, "size ROWS COLS");
	else if (s->open)
		stage_resize(&s->stage, rows, cols);
	s->conf.rows = rows;
	s->conf.cols = cols;
}

static void do_ascii(struct show *s, char *rest)
{
	s->conf.ascii = true;
}

static void do_live(struct show *s, char *rest)
{
	s->conf.live = true;
}

static void do_remember(struct show *s, char *rest)
{
	s->conf.remember = true;
}

static void do_dat(struct show *s, char *rest)
{
	char command[1200];
	unsigned n = s->file_count++;

	assert_true(n < DATS_MAX);
	snprintf(s->dats[n], sizeof(s->dats[n]), "%s.dat", rest);
	s->files[n] = s->dats[n];
	snprintf(command, sizeof(command), "'%s/tests/mkdat' '%s/tests/screens/dat/%s.txt' '%s'",
		 getenv("BUILD_ROOT"), source_root, rest, s->dats[n]);
	if (system(command))
		fail_msg("mkdat cannot make %s", rest);
}

static void do_set(struct show *s, char *rest)
{
	char *section = strsep(&rest, " "), *key = strsep(&rest, " ");

	if (!rest) {
		complain(s, "set SECTION KEY VALUE");
		return;
	}
	if (!s->conf.conf)
		s->conf.conf = conf_new();
	conf_set(s->conf.conf, section, key, rest);
}

static void do_missing(struct show *s, char *rest)
{
	char *backend = strsep(&rest, " ");

	raise_curtain(s);
	ui_set_unavailable(s->stage.ui, backend, rest ? rest : "");
}

static void do_keys(struct show *s, char *rest)
{
	struct err e = ERR_INIT;
	char *key;

	/* As people type: what a key leads to is there before the next one. */
	while ((key = strsep(&rest, " "))) {
		if (ui_type(s->stage.ui, key, &e) < 0)
			complain(s, "%s", e.text);
		stage_settle(&s->stage);
	}
}

static void do_write(struct show *s, char *rest)
{
	stage_write(&s->stage, rest);
	stage_settle(&s->stage);
}

static void mouse(struct show *s, const char *text, const enum mouse_what *what, unsigned count)
{
	int y, x;

	stage_settle(&s->stage);
	if (!find_text(s, text, &y, &x)) {
		complain(s, "'%s' is not on the screen", text);
		return;
	}
	for (unsigned i = 0; i < count; i++)
		stage_mouse(&s->stage, what[i], y, x);
	stage_settle(&s->stage);
}

static void do_click(struct show *s, char *rest)
{
	mouse(s, rest, &(enum mouse_what) { MOUSE_PRESS }, 1);
}

static void do_double(struct show *s, char *rest)
{
	mouse(s, rest, (enum mouse_what[]) { MOUSE_PRESS, MOUSE_DOUBLE }, 2);
}

static void do_wheel_up(struct show *s, char *rest)
{
	mouse(s, rest, &(enum mouse_what) { MOUSE_WHEEL_UP }, 1);
}

static void do_wheel_down(struct show *s, char *rest)
{
	mouse(s, rest, &(enum mouse_what) { MOUSE_WHEEL_DOWN }, 1);
}

static void do_file(struct show *s, char *rest)
{
	int fd = open(rest, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		complain(s, "%s cannot be made", rest);
	else
		close(fd);
}

static void do_loading(struct show *s, char *rest)
{
	fake_play = (struct fake_play) {
		.on = true,
		.loading = true,
		.percent = (unsigned)strtoul(rest, NULL, 10),
	};
	stage_settle(&s->stage);
}

static void do_recorder(struct show *s, char *rest)
{
	if (!fake_recorder_set(rest))
		complain(s, "no recorder says that");
	stage_settle(&s->stage);
}

static void do_later(struct show *s, char *rest)
{
	s->stage.now += (uint64_t)(strtod(rest, NULL) * NSEC_PER_SEC);
	stage_settle(&s->stage);
}

static void do_reopen(struct show *s, char *rest)
{
	struct err e = ERR_INIT;

	if (stage_reopen(&s->stage, &e) < 0)
		fail_msg("%s.script:%u: %s", s->name, s->line, e.text);
}

static void do_shot(struct show *s, char *rest)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };
	char golden[800], file[200];

	snprintf(file, sizeof(file), "%s.%s.golden", s->name, rest);
	snprintf(golden, sizeof(golden), "%s/tests/screens/%s", source_root, file);
	look(s, &text);
	strbuf_fmt(&shots, "%s\n", file);
	if (golden_same(golden, &text))
		return;
	golden_write(golden_update() ? golden : file, &text);
	if (golden_update())
		return;
	complain(s, "%s differs", file);
	golden_diff(golden, file);
}

/* Is the text in the characters of the screen? */
static bool is_on_screen(struct show *s, const char *text)
{
	int y, x;

	stage_settle(&s->stage);
	return find_text(s, text, &y, &x);
}

static void do_expect(struct show *s, char *rest)
{
	if (!is_on_screen(s, rest))
		complain(s, "'%s' is not on the screen", rest);
}

static void do_absent(struct show *s, char *rest)
{
	if (is_on_screen(s, rest))
		complain(s, "'%s' is on the screen", rest);
}

static void do_yanked(struct show *s, char *rest)
{
	if (strcmp(strbuf_cstr(&s->stage.yanked), rest))
		complain(s, "'%s' was copied", strbuf_cstr(&s->stage.yanked));
}

static const struct verb {
	const char *word;
	bool before; /* the frame need not be there yet */
	void (*run)(struct show *s, char *rest);
} verbs[] = {
	{ "size", true, do_size },
	{ "ascii", true, do_ascii },
	{ "remember", true, do_remember },
	{ "dat", true, do_dat },
	{ "set", true, do_set },
	{ "missing", true, do_missing },
	{ "live", true, do_live },
	{ "file", true, do_file },
	{ "loading", false, do_loading },
	{ "recorder", false, do_recorder },
	{ "keys", false, do_keys },
	{ "write", false, do_write },
	{ "click", false, do_click },
	{ "double", false, do_double },
	{ "wheel-up", false, do_wheel_up },
	{ "wheel-down", false, do_wheel_down },
	{ "later", false, do_later },
	{ "reopen", false, do_reopen },
	{ "shot", false, do_shot },
	{ "expect", false, do_expect },
	{ "absent", false, do_absent },
	{ "yanked", false, do_yanked },
};

static void run_line(struct show *s, char *line)
{
	char *rest = line, *word;

	line[strcspn(line, "\n")] = '\0';
	if (!*line || *line == '#')
		return;
	word = strsep(&rest, " ");
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
		if (strcmp(verbs[i].word, word))
			continue;
		if (!verbs[i].before)
			raise_curtain(s);
		verbs[i].run(s, rest ? rest : word + strlen(word));
		return;
	}
	complain(s, "'%s' is no line of a script", word);
}

/* ---- tests ---- */

static void play_script(struct show *s)
{
	_cleanup_fclose_ FILE *f = fopen(s->path, "re");
	_cleanup_free_ char *line = NULL;
	size_t cap = 0;

	assert_non_null(f);
	s->conf.rows = 24;
	s->conf.cols = 80;
	fake_recorder_reset();
	fake_play = (struct fake_play) { 0 };
	while (getline(&line, &cap, f) > 0) {
		s->line++;
		run_line(s, line);
	}
	stage_close(&s->stage);
}

static void test_script(void **state)
{
	struct show *s = *state;

	play_script(s);
	if (s->wrong)
		fail_msg("%s: %u complaints; look at the difference, and if it is meant: "
			 "UPDATE=1 ./dev test --suite screens",
			 s->name, s->wrong);
}

/* A golden that no shot makes is one that nobody proves. */
static void test_no_golden_is_left_over(void **state)
{
	char dir[700];

	snprintf(dir, sizeof(dir), "%s/tests/screens", source_root);
	assert_int_equal(golden_left_over(dir, false, strbuf_cstr(&shots)), 0);
}

/* Nothing of this machine may be in a screen: not its place, its user, its language, its colours.
 */
static int setup(void **state)
{
	const char *root = getenv("SOURCE_ROOT");

	if (!root || !getenv("BUILD_ROOT") || fixture_setup(state) < 0 || chdir(fixture()->dir) < 0)
		return -1;
	snprintf(source_root, sizeof(source_root), "%s", root);
	setenv("XDG_CONFIG_HOME", fixture()->dir, 1);
	setenv("XDG_STATE_HOME", fixture()->dir, 1);
	setenv("HOME", fixture()->dir, 1);
	setenv("TZ", "UTC", 1);
	return setlocale(LC_ALL, "C.UTF-8") ? 0 : -1;
}

static int teardown(void **state)
{
	strbuf_done(&shots);
	return chdir("/") < 0 ? -1 : fixture_teardown(state);
}

static struct show *show_new(const char *path)
{
	struct show *s = xcalloc(1, sizeof(*s));
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;

	s->path = path;
	snprintf(s->name, sizeof(s->name), "%.*s", (int)strcspn(name, "."), name);
	return s;
}

int main(void)
{
	static const struct CMUnitTest last[] = {
		cmocka_unit_test(test_no_golden_is_left_over),
	};
	const char *root = getenv("SOURCE_ROOT");
	struct CMUnitTest *tests;
	glob_t found = { 0 };
	char pattern[700];
	size_t n;
	int rc;

	snprintf(pattern, sizeof(pattern), "%s/tests/screens/*.script", root ? root : ".");
	glob(pattern, 0, NULL, &found);
	n = found.gl_pathc;
	tests = xcalloc(n + ARRAY_SIZE(last), sizeof(*tests));
	for (size_t i = 0; i < n; i++) {
		struct show *s = show_new(found.gl_pathv[i]);

		tests[i] = (struct CMUnitTest) { s->name, test_script, NULL, NULL, s };
	}
	memcpy(tests + n, last, sizeof(last));
	rc = _cmocka_run_group_tests("screens", tests, n + ARRAY_SIZE(last), setup, teardown);
	for (size_t i = 0; i < n; i++)
		free(tests[i].initial_state);
	free(tests);
	globfree(&found);
	return rc;
}
