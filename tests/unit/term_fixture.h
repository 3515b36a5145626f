/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * term_fixture: a pseudo-terminal whose other end the test holds, and a term on it.
 *
 * Every test that includes it includes cmocka and its companions first.
 */
#ifndef TESTS_UNIT_TERM_FIXTURE_H
#define TESTS_UNIT_TERM_FIXTURE_H

#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/util.h"
#include "tui/term.h"

/* A terminal of a pseudo-terminal: what we send comes out of master. */
struct pty {
	int master, slave;
	struct termios before;
};

static inline void pty_open(struct pty *p, int rows, int cols)
{
	struct winsize w = { .ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols };

	p->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(p->master >= 0);
	assert_int_equal(grantpt(p->master), 0);
	assert_int_equal(unlockpt(p->master), 0);
	p->slave = open(ptsname(p->master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(p->slave >= 0);
	assert_int_equal(ioctl(p->slave, TIOCSWINSZ, &w), 0);
	assert_int_equal(tcgetattr(p->slave, &p->before), 0);
	fcntl(p->master, F_SETFL, O_NONBLOCK);
}

static inline void pty_close(struct pty *p)
{
	close(p->master);
	close(p->slave);
}

/* Takes all that was sent so far. */
static inline void pty_take(const struct pty *p, struct strbuf *b)
{
	ssize_t n;

	while ((n = read(p->master, strbuf_room(b, 4096), 4096)) > 0) {
		b->len += (size_t)n;
		b->s[b->len] = '\0';
	}
}

static inline void pty_type(const struct pty *p, const char *s)
{
	struct pollfd wait = { .fd = p->slave, .events = POLLIN };

	assert_int_equal(write(p->master, s, strlen(s)), strlen(s));
	poll(&wait, 1, 1000);
}

static inline void check_modes(const struct pty *p)
{
	struct termios now;

	assert_int_equal(tcgetattr(p->slave, &now), 0);
	assert_int_equal(now.c_lflag, p->before.c_lflag);
	assert_int_equal(now.c_iflag, p->before.c_iflag);
	assert_int_equal(now.c_oflag, p->before.c_oflag);
}

/* Opens on a pseudo-terminal, or with a NULL one on nothing at all. */
static inline struct term *open_term(const struct pty *p, const char *type)
{
	struct term_conf c = { .type = type, .mouse = true, .color = true };
	struct err e = ERR_INIT;
	struct term *t = NULL;
	int null = -1;

	if (!p)
		null = open("/dev/null", O_RDWR | O_CLOEXEC);
	c.in = c.out = p ? p->slave : null;
	if (term_open(&c, &t, &e) < 0)
		fail_msg("%s: %s", type, e.text);
	return t;
}

static inline void close_term(struct term *t, const struct pty *p)
{
	int fd = term_fd(t);

	term_close(t);
	if (!p)
		close(fd);
}

static inline void check_cell(const struct term *t, int y, int x, const char *text)
{
	struct term_seen s;

	assert_true(term_peek(t, y, x, &s));
	if (strcmp(s.text, text))
		fail_msg("%d,%d: '%s', not '%s'", y, x, s.text, text);
}

static inline void fill(struct canvas *c, int rows, int cols)
{
	struct area a;

	canvas_resize(c, rows, cols);
	a = area_all(c);
	for (int y = 0; y < rows; y++)
		draw_fill(&a, y, 0, cols, (enum look)(y % LOOK_COUNT), "x");
}

/* The environment as the tests want it. */
static inline int setup(void **state)
{
	unsetenv("NO_COLOR");
	unsetenv("LINES");
	unsetenv("COLUMNS");
	return setlocale(LC_ALL, "C.UTF-8") ? 0 : -1;
}

#endif
