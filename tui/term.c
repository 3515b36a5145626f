/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * term: a canvas onto the screen, by way of curses. The only file that includes <curses.h>.
 *
 * Curses knows terminals and what to send for a change; it writes into a memory file, and
 * tui/term_tty.c takes the bytes to the terminal, so that a slow one never holds anybody up. It
 * reads nothing and handles no signal here.
 */
#include "tui/term.h"

#include <curses.h>
#include <errno.h>
#include <langinfo.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "core/util.h"
#include "tui/glyph.h"
#include "tui/term_bytes.h"
#include "tui/term_device.h"

enum {
	MARK_SETS = 1 << THEME_MARKS,
	PAIRS_MAX = LOOK_COUNT * MARK_SETS + 1,
	LEAVE_MS = 300,
};

/* What curses calls an attribute, and what a theme does. */
static const unsigned attributes[][2] = {
	{ A_BOLD, ATTR_BOLD },		 { A_DIM, ATTR_DIM },	      { A_ITALIC, ATTR_ITALIC },
	{ A_UNDERLINE, ATTR_UNDERLINE }, { A_REVERSE, ATTR_REVERSE },
};

/* A blank in a look with its marks. */
struct style {
	cchar_t cell;
	bool known, is_bare; /* bare: a blank in it shows nothing, no background, no line */
};

struct term {
	SCREEN *screen;
	FILE *curses_in, *curses_out;
	int drawn; /* the memory file that curses writes into */
	struct term_device *device;
	struct theme theme;
	struct shade shade;
	bool ascii;
	bool stale; /* what is on the screen is not what was shown last */
	int rows, cols;
	struct cell *shown; /* rows * cols */
	int cursor_y, cursor_x;
	struct style styles[LOOK_COUNT][MARK_SETS];
	struct {
		int fg, bg;
	} pairs[PAIRS_MAX];
	int pair_count; /* pair 0 is the terminal's own */
	cchar_t *run;	/* cols + 1 cells on their way to curses */
	struct strbuf bytes;
};

/* Takes what curses wrote since the last time to the terminal; returns how much it was. */
static long send_drawn(struct term *t)
{
	off_t n = lseek(t->drawn, 0, SEEK_CUR);
	ssize_t got;

	if (n <= 0)
		return 0;
	strbuf_clear(&t->bytes);
	got = pread(t->drawn, strbuf_room(&t->bytes, (size_t)n), (size_t)n, 0);
	if (lseek(t->drawn, 0, SEEK_SET) < 0 || ftruncate(t->drawn, 0) < 0 || got <= 0)
		return 0;
	tty_write(&t->device->tty, t->bytes.s, (size_t)got);
	return (long)got;
}

/* What the terminal's description says of a name; NULL when it has none. */
static const char *capability(const char *name)
{
	const char *s = tigetstr(name);

	return s == (const char *)-1 ? NULL : s;
}

/* Appends it without its padding. */
static void add_capability(struct strbuf *b, const char *name)
{
	const char *s = capability(name), *pad, *end;

	for (; s; s = end + 1) {
		pad = strstr(s, "$<");
		end = pad ? strchr(pad, '>') : NULL;
		strbuf_add(b, s, end ? (size_t)(pad - s) : strlen(s));
		if (!end)
			return;
	}
}

/* The pair of two colours, made when first needed; 0 when there is no more room. */
static int color_pair(struct term *t, int fg, int bg)
{
	int i = 1;

	if (fg == -1 && bg == -1)
		return 0;
	while (i < t->pair_count && (t->pairs[i].fg != fg || t->pairs[i].bg != bg))
		i++;
	if (i < t->pair_count)
		return i;
	if (i == PAIRS_MAX || i >= COLOR_PAIRS || init_extended_pair(i, fg, bg) == ERR)
		return 0;
	t->pairs[i].fg = fg;
	t->pairs[i].bg = bg;
	t->pair_count = i + 1;
	return i;
}

static attr_t curses_attrs(unsigned attrs)
{
	attr_t a = A_NORMAL;

	for (size_t i = 0; i < ARRAY_SIZE(attributes); i++)
		if (attrs & attributes[i][1])
			a |= attributes[i][0];
	return a;
}

static const struct style *style_of(struct term *t, const struct cell *c)
{
	unsigned marks = c->marks % MARK_SETS, look = c->look < LOOK_COUNT ? c->look : LOOK_TEXT;
	struct style *s = &t->styles[look][marks];
	struct theme_style want;
	attr_t attrs;
	int pair = 0, bg = -1;

	if (likely(s->known))
		return s;
	want = theme_style(&t->theme, (enum look)look, marks);
	attrs = curses_attrs(want.attrs | shade_attrs(&t->shade, &want.fg));
	if (t->shade.colors) {
		bg = shade_number(&t->shade, &want.bg, false);
		pair = color_pair(t, shade_number(&t->shade, &want.fg, true), bg);
	}
	setcchar(&s->cell, L" ", attrs, (short)MIN(pair, INT16_MAX), &pair);
	s->known = true;
	s->is_bare = bg < 0 && !(want.attrs & (ATTR_UNDERLINE | ATTR_REVERSE));
	return s;
}

/*
 * What the C library takes for another width than we do, curses would put into the wrong place;
 * so it is replaced, as is all but ASCII where there is nothing else.
 */
static unsigned put_replaced(const struct term *t, const struct cell *c, uint32_t code, cchar_t *to)
{
	wchar_t instead = t->ascii ? (wchar_t)glyph_ascii(code) : L'?';

	for (unsigned i = 1; i < c->width; i++) {
		to[i] = to[0];
		to[i].chars[0] = instead;
	}
	to[0].chars[0] = instead;
	return c->width;
}

/* Makes what curses wants of a cell; returns how many of its cells that takes. */
static unsigned put_cell(struct term *t, const struct cell *c, const struct style *s, cchar_t *to)
{
	size_t n, at, i = 0;
	uint32_t code = 0;

	*to = s->cell;
	if (likely(!(c->s[0] & 0x80) && !c->s[1])) {
		to->chars[0] = c->s[0];
		return 1;
	}
	n = strnlen(c->s, CELL_BYTES);
	at = utf8_decode(c->s, n ? n : 1, &code);
	if (t->ascii || !at || wcwidth((wchar_t)code) != c->width)
		return put_replaced(t, c, code, to);
	to->chars[i++] = (wchar_t)code;
	while (at < n && i < CCHARW_MAX) {
		unsigned len = utf8_decode(c->s + at, n - at, &code);

		if (!len)
			break;
		if (wcwidth((wchar_t)code) == 0)
			to->chars[i++] = (wchar_t)code;
		at += len;
	}
	return 1;
}

/*
 * Gives curses the changed part of a row. A blank that shows nothing takes the style before it: to
 * change colours for it and back is half of what a frame would send.
 */
static void show_run(struct term *t, const struct cell *row, int y, int from, int to)
{
	static const struct cell blank = { .s = " ", .width = 1 };
	const struct style *last = NULL;
	int count = 0;

	for (int x = from; x < to; x++) {
		/* Cut by an edge that the canvas does not know of: the size just changed. */
		const struct cell *c = x + row[x].width > t->cols ? &blank : &row[x];
		const struct style *s = style_of(t, c);

		if (last && c->s[0] == ' ' && !c->s[1] && s->is_bare && last->is_bare)
			s = last;
		if (c->width)
			count += (int)put_cell(t, c, s, t->run + count);
		last = s;
	}
	mvwadd_wchnstr(stdscr, y, from, t->run, count);
}

/* Compares a row with what is shown; true when it had to be drawn. */
static bool show_row(struct term *t, const struct cell *row, int y, int cols, bool all)
{
	struct cell *shown = t->shown + (size_t)y * (size_t)t->cols;
	int from = 0, to = cols;

	if (!all && !canvas_row_changed(row, shown, cols, &from, &to))
		return false;
	memcpy(shown + from, row + from, (size_t)(to - from) * sizeof(*row));
	show_run(t, row, y, from, to);
	return true;
}

static bool show_cursor(struct term *t, const struct canvas *c, bool all)
{
	int y = c->cursor_y < t->rows ? c->cursor_y : -1;
	int x = c->cursor_x < t->cols ? c->cursor_x : -1;

	if (y < 0 || x < 0)
		y = x = -1;
	if (!all && y == t->cursor_y && x == t->cursor_x)
		return false;
	t->cursor_y = y;
	t->cursor_x = x;
	curs_set(y >= 0);
	leaveok(stdscr, y < 0);
	return true;
}

static long show(struct term *t, const struct canvas *c, bool all)
{
	int rows = MIN(c->rows, t->rows), cols = MIN(c->cols, t->cols);
	bool changed = all;

	if (all) {
		werase(stdscr);
		clearok(stdscr, TRUE);
		memset(t->shown, 0, (size_t)t->rows * (size_t)t->cols * sizeof(*t->shown));
	}
	for (int y = 0; y < rows; y++)
		changed |= show_row(t, c->cells + (size_t)y * (size_t)c->cols, y, cols, all);
	changed |= show_cursor(t, c, all);
	if (!changed)
		return 0;
	wmove(stdscr, MAX(t->cursor_y, 0), MAX(t->cursor_x, 0));
	wrefresh(stdscr);
	return send_drawn(t);
}

long term_show(struct term *t, const struct canvas *c, bool whole)
{
	long n;

	t->stale |= whole;
	if (t->device->tty.gone || !tty_flush(&t->device->tty, 0))
		return 0;
	n = show(t, c, t->stale);
	t->stale = false;
	return n;
}

void term_resize(struct term *t)
{
	int rows = 24, cols = 80;

	if (!tty_size(&t->device->tty, &rows, &cols)) {
		rows = LINES;
		cols = COLS;
	}
	t->rows = MIN(MAX(rows, 1), 1000);
	t->cols = MIN(MAX(cols, 1), 1000);
	resize_term(t->rows, t->cols);
	t->shown = xrealloc(t->shown, (size_t)t->rows * (size_t)t->cols, sizeof(*t->shown));
	t->run = xrealloc(t->run, (size_t)t->cols + 1, sizeof(*t->run));
	t->stale = true;
}

void term_size(const struct term *t, int *rows, int *cols)
{
	*rows = t->rows;
	*cols = t->cols;
}

void term_theme(struct term *t, const struct theme *theme)
{
	if (t->shade.colors || theme_builtin("mono", &t->theme, NULL) < 0)
		t->theme = *theme;
	memset(t->styles, 0, sizeof(t->styles));
	t->pair_count = 1;
	t->stale = true;
}

bool term_is_ascii(const struct term *t)
{
	return t->ascii;
}

int term_colors(const struct term *t)
{
	return t->shade.colors;
}

/* How many colours are shown, of those that the terminal says it has. */
static int count_colors(const struct term_conf *c)
{
	const char *no_color = getenv("NO_COLOR");

	if (!c->color || (no_color && no_color[0]) || !has_colors() || start_color() == ERR)
		return 0;
	if (COLORS >= SHADE_DIRECT)
		return SHADE_DIRECT;
	return COLORS >= 256 ? 256 : COLORS >= 16 ? 16 : COLORS >= 8 ? 8 : 0;
}

/* What this terminal can do; curses is running. */
static void learn(struct term *t, const struct term_conf *c, const char *type)
{
	t->shade.colors = count_colors(c);
	t->shade.has_default = t->shade.colors && use_default_colors() == OK;
	device_learn(t->device, type, c->mouse, capability);
	t->ascii = c->ascii || !t->device->is_xterm || strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
}

/* Curses catches these for itself when nobody else does; here signals belong to the poller. */
static SCREEN *new_screen(const char *type, FILE *out, FILE *in)
{
	static const int caught[] = { SIGINT, SIGTERM, SIGTSTP, SIGWINCH };
	struct sigaction before[ARRAY_SIZE(caught)];
	SCREEN *s;

	for (size_t i = 0; i < ARRAY_SIZE(caught); i++)
		sigaction(caught[i], NULL, &before[i]);
	s = newterm(type, out, in);
	for (size_t i = 0; i < ARRAY_SIZE(caught); i++)
		sigaction(caught[i], &before[i], NULL);
	return s;
}

static int start_curses(struct term *t, const char *type, struct err *e)
{
	t->drawn = memfd_create("tapdeck-screen", MFD_CLOEXEC);
	if (t->drawn < 0)
		return err_errno(e, "no memory for the screen");
	t->curses_out = fdopen(t->drawn, "r+e");
	t->curses_in = fopen("/dev/null", "re");
	if (!t->curses_out || !t->curses_in)
		return err_errno(e, "no memory for the screen");
	t->screen = new_screen(type, t->curses_out, t->curses_in);
	if (!t->screen)
		return err_set(e, -ENOTTY,
			       "the terminal type '%.60s' is not known here: set TERM to one that "
			       "is (xterm-256color, screen, vt100), or install ncurses-term",
			       type);
	if (!capability("cup"))
		return err_set(
		    e, -ENOTTY,
		    "a terminal of type '%.60s' cannot place its cursor: set TERM to what "
		    "it really is, or use \"tapdeck stream\"",
		    type);
	noecho();
	nonl();
	typeahead(-1);
	keypad(stdscr, TRUE);
	return 0;
}

static void stop_curses(struct term *t)
{
	if (t->screen) {
		set_term(t->screen);
		delscreen(t->screen);
	}
	if (t->curses_in)
		fclose(t->curses_in);
	if (t->curses_out)
		fclose(t->curses_out);
	else if (t->drawn >= 0)
		close(t->drawn);
	free(t->shown);
	free(t->run);
	free(t->device);
	strbuf_done(&t->bytes);
	free(t);
}

int term_open(const struct term_conf *c, struct term **ret, struct err *e)
{
	/* What makes the terminal what it was, whatever we were doing. */
	static const char *const leaving[] = { "sgr0", "op", "cnorm", "rmkx", "rmcup" };
	const char *type = c->type ? c->type : getenv("TERM");
	_cleanup_strbuf_ struct strbuf leave = { 0 };
	struct theme theme = { 0 };
	struct term *t;
	int r = tty_check(c->type ? -1 : c->in, c->type ? -1 : c->out, type, e);

	if (r < 0)
		return r;
	t = xcalloc(1, sizeof(*t));
	t->device = xcalloc(1, sizeof(*t->device));
	t->drawn = -1;
	r = start_curses(t, type, e);
	if (r < 0) {
		stop_curses(t);
		return r;
	}
	learn(t, c, type);
	for (size_t i = 0; i < ARRAY_SIZE(leaving); i++)
		add_capability(&leave, leaving[i]);
	device_open(t->device, c->in, c->out, &leave);
	term_resize(t);
	theme_builtin(theme_names[0], &theme, NULL);
	term_theme(t, &theme);
	*ret = t;
	return 0;
}

/* A terminal with one screen keeps what was drawn: at least the shell's line is to be empty. */
static void leave_screen(struct term *t)
{
	device_leave(t->device);
	if (!tigetstr("rmcup")) {
		move(LINES - 1, 0);
		clrtoeol();
		refresh();
	}
	endwin();
	send_drawn(t);
}

void term_close(struct term *t)
{
	if (!t)
		return;
	leave_screen(t);
	tty_close(&t->device->tty);
	stop_curses(t);
}

void term_suspend(struct term *t)
{
	leave_screen(t);
	tty_flush(&t->device->tty, LEAVE_MS);
	tty_cooked(&t->device->tty);
}

void term_resume(struct term *t)
{
	device_enter(t->device);
	term_resize(t);
}

struct term_device *term_device(const struct term *t)
{
	return t->device;
}

bool term_peek(const struct term *t, int y, int x, struct term_seen *ret)
{
	wchar_t chars[CCHARW_MAX + 1] = { 0 };
	cchar_t cell;
	size_t n = 0;
	int pair = 0;
	short narrow;
	attr_t a;

	if (y < 0 || x < 0 || y >= t->rows || x >= t->cols ||
	    mvwin_wch(curscr, y, x, &cell) == ERR ||
	    getcchar(&cell, chars, &a, &narrow, &pair) == ERR)
		return false;
	*ret = (struct term_seen) { .fg = -1, .bg = -1 };
	if (pair > 0)
		extended_pair_content(pair, &ret->fg, &ret->bg);
	for (size_t i = 0; i < ARRAY_SIZE(attributes); i++)
		if (a & attributes[i][0])
			ret->attrs |= attributes[i][1];
	for (size_t i = 0; chars[i] && n + 4 < sizeof(ret->text); i++)
		n += utf8_encode((uint32_t)chars[i], ret->text + n);
	return true;
}
