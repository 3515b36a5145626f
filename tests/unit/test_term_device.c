/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The terminal as a device: what is sent and read, that nothing waits for it, and that it is
 * given back in every case.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "tests/unit/term_fixture.h"

/* A newterm that fails leaks in libtinfo; the program ends then. */
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
	return "leak:new_prescr\n";
}

static void test_refusals(void **state)
{
	static const struct {
		const char *type, *says;
	} rows[] = {
		{ "dumb", "TERM=dumb cannot show a dashboard: set TERM" },
		{ "", "TERM is not set" },
		{ "no-such-terminal", "'no-such-terminal' is not known here: set TERM" },
	};
	struct term_conf c = { .in = 0, .out = 1 };
	struct err e = ERR_INIT;
	struct term *t = NULL;
	struct pty p;

	pty_open(&p, 24, 80);
	c.in = c.out = p.slave;
	for (size_t i = 0; i < ARRAY_SIZE(rows) * 2; i++) {
		_cleanup_strbuf_ struct strbuf sent = { 0 };
		const char *type = rows[i / 2].type, *says = rows[i / 2].says;

		c.type = i % 2 ? NULL : type;
		setenv("TERM", i % 2 ? type : "xterm", 1);
		assert_int_equal(term_open(&c, &t, &e), -ENOTTY);
		if (!strstr(e.text, says))
			fail_msg("'%s': %s", type, e.text);
		pty_take(&p, &sent);
		assert_int_equal(sent.len, 0);
		check_modes(&p);
	}
	unsetenv("TERM");
	assert_int_equal(term_open(&c, &t, &e), -ENOTTY);
	assert_non_null(strstr(e.text, "TERM is not set"));
	setenv("TERM", "xterm", 1);
	c.in = c.out = open("/dev/null", O_RDWR | O_CLOEXEC);
	assert_int_equal(term_open(&c, &t, &e), -ENOTTY);
	assert_non_null(strstr(e.text, "no terminal"));
	assert_null(t);
	close(c.in);
	pty_close(&p);
	term_close(NULL);
}

static void test_gives_back(void **state)
{
	_cleanup_strbuf_ struct strbuf sent = { 0 };
	struct canvas c = { 0 };
	struct termios now;
	struct term *t;
	struct pty p;
	int rows, cols;

	pty_open(&p, 30, 100);
	t = open_term(&p, "xterm-256color");
	tcgetattr(p.slave, &now);
	assert_int_equal(now.c_lflag & (ICANON | ECHO | ISIG), 0);
	term_size(t, &rows, &cols);
	assert_true(rows == 30 && cols == 100);
	canvas_resize(&c, 30, 100);
	term_show(t, &c, false);
	pty_take(&p, &sent);
	assert_non_null(strstr(sent.s, "\033[?1049h"));
	assert_non_null(strstr(sent.s, "\033[?1006h"));
	assert_non_null(strstr(sent.s, "\033[?2004h"));
	assert_non_null(strstr(sent.s, "\033[?25l"));
	strbuf_clear(&sent);
	term_mouse(t, false);
	pty_take(&p, &sent);
	assert_non_null(strstr(sent.s, "\033[?1000l"));
	term_mouse(t, true);
	strbuf_clear(&sent);
	term_close(t);
	pty_take(&p, &sent);
	assert_non_null(strstr(sent.s, "\033[?1000l"));
	assert_non_null(strstr(sent.s, "\033[?2004l"));
	assert_non_null(strstr(sent.s, "\033[?1049l"));
	check_modes(&p);
	canvas_done(&c);
	pty_close(&p);
}

static void test_suspend(void **state)
{
	_cleanup_strbuf_ struct strbuf sent = { 0 };
	struct winsize w = { .ws_row = 12, .ws_col = 50 };
	struct canvas c = { 0 };
	struct term *t;
	struct pty p;
	long first;
	int rows, cols;

	pty_open(&p, 24, 80);
	t = open_term(&p, "xterm-256color");
	fill(&c, 24, 80);
	first = term_show(t, &c, false);
	term_suspend(t);
	check_modes(&p);
	pty_take(&p, &sent);
	assert_non_null(strstr(sent.s, "\033[?1049l"));
	strbuf_clear(&sent);
	ioctl(p.slave, TIOCSWINSZ, &w);
	term_resume(t);
	term_size(t, &rows, &cols);
	assert_true(rows == 12 && cols == 50);
	w = (struct winsize) { .ws_row = 24, .ws_col = 80 };
	ioctl(p.slave, TIOCSWINSZ, &w);
	term_resize(t);
	assert_true(term_show(t, &c, false) >= first / 2);
	assert_int_equal(term_show(t, &c, false), 0);
	pty_take(&p, &sent);
	assert_non_null(strstr(sent.s, "\033[?1049h"));
	assert_non_null(strstr(sent.s, "\033[?1000h"));
	check_cell(t, 23, 79, "x");
	term_close(t);
	check_modes(&p);
	canvas_done(&c);
	pty_close(&p);
}

static void test_keys(void **state)
{
	struct timespec begin, end;
	struct input i;
	struct term *t;
	struct pty p;

	pty_open(&p, 24, 80);
	t = open_term(&p, "xterm-256color");
	assert_false(term_read(t, &i));
	pty_type(&p, "a\033[A\x1a\x03\033");
	assert_true(term_read(t, &i) && i.key == 'a');
	assert_true(term_read(t, &i) && i.key == KC_UP);
	assert_true(term_read(t, &i) && i.key == 26);
	assert_true(term_read(t, &i) && i.key == 3);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	assert_true(term_read(t, &i) && i.key == KC_ESC);
	clock_gettime(CLOCK_MONOTONIC, &end);
	/* It waited for what might have followed. */
	assert_true((end.tv_sec - begin.tv_sec) * 1000000000L + end.tv_nsec - begin.tv_nsec >
		    20000000L);
	assert_false(term_read(t, &i));
	assert_false(term_gone(t));
	pty_type(&p, "\033[<0;3;2M\033[200~hi\033[201~");
	assert_true(term_read(t, &i) && i.type == INPUT_MOUSE && i.y == 1 && i.x == 2);
	assert_true(term_read(t, &i) && i.type == INPUT_PASTE && i.key == 'h');
	assert_true(term_read(t, &i) && i.type == INPUT_PASTE && i.key == 'i');
	assert_false(term_read(t, &i));
	term_close(t);
	pty_close(&p);
}

/* Whether it is found by reading or by writing: it ends quietly. */
static void test_hang_up(void **state)
{
	for (int by_reading = 0; by_reading < 2; by_reading++) {
		struct canvas c = { 0 };
		struct input i;
		struct term *t;
		struct pty p;

		pty_open(&p, 24, 80);
		t = open_term(&p, "xterm-256color");
		fill(&c, 24, 80);
		assert_false(term_gone(t));
		close(p.master);
		if (by_reading)
			assert_false(term_read(t, &i));
		else
			term_show(t, &c, false);
		assert_true(term_gone(t));
		assert_int_equal(term_show(t, &c, true), 0);
		assert_false(term_read(t, &i));
		assert_false(term_pending(t));
		assert_false(term_yank(t, "x", 1));
		term_close(t);
		close(p.slave);
		canvas_done(&c);
	}
}

/* Nobody reads what we send: nothing blocks, frames are left out, the last one is right. */
static void test_slow_terminal(void **state)
{
	_cleanup_strbuf_ struct strbuf sent = { 0 };
	struct canvas c = { 0 };
	struct term *t;
	struct pty p;
	struct area a;
	int frames = 0;

	pty_open(&p, 50, 200);
	t = open_term(&p, "xterm-256color");
	canvas_resize(&c, 50, 200);
	a = area_all(&c);
	alarm(20);
	for (; frames < 200 && !term_pending(t); frames++) {
		draw_fill(&a, frames % 50, 0, 200, LOOK_TEXT, frames % 2 ? "a" : "b");
		term_show(t, &c, true);
	}
	assert_true(term_pending(t));
	draw_str(&a, 0, 0, LOOK_TEXT, "newest");
	assert_int_equal(term_show(t, &c, false), 0);
	for (int i = 0; i < 1000 && term_pending(t); i++)
		pty_take(&p, &sent);
	assert_false(term_pending(t));
	strbuf_clear(&sent);
	assert_true(term_show(t, &c, false) > 0);
	pty_take(&p, &sent);
	assert_non_null(strstr(sent.s, "newest"));
	alarm(0);
	term_close(t);
	canvas_done(&c);
	pty_close(&p);
}

static void test_yank(void **state)
{
	_cleanup_strbuf_ struct strbuf sent = { 0 };
	char *large = calloc(1, 70000);
	struct term *t;
	struct pty p;

	unsetenv("TMUX");
	pty_open(&p, 24, 80);
	t = open_term(&p, "xterm-256color");
	assert_true(term_yank(t, "hello", 5));
	assert_true(term_yank(t, "", 0));
	assert_true(term_yank(t, "\xff\xfe\xfd\xfc", 4));
	assert_false(term_yank(t, large, 70000));
	pty_take(&p, &sent);
	assert_non_null(strstr(sent.s, "\033]52;c;aGVsbG8=\a"));
	assert_non_null(strstr(sent.s, "\033]52;c;\a"));
	assert_non_null(strstr(sent.s, "\033]52;c;//79/A==\a"));
	term_close(t);
	strbuf_clear(&sent);
	t = open_term(&p, "screen");
	assert_true(term_yank(t, "hello", 5));
	pty_take(&p, &sent);
	assert_non_null(strstr(sent.s, "\033P\033]52;c;aGVsbG8=\a\033\\"));
	term_close(t);
	t = open_term(&p, "linux");
	assert_false(term_yank(t, "hello", 5));
	term_close(t);
	free(large);
	pty_close(&p);
}

static void test_signals_are_not_ours(void **state)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGTSTP, SIGWINCH, SIGSEGV, SIGABRT };
	struct sigaction before[ARRAY_SIZE(signals)], now;
	struct canvas c = { 0 };
	struct term *t;

	for (size_t i = 0; i < 4; i++)
		signal(signals[i], SIG_DFL); /* curses takes those that nobody handles */
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		sigaction(signals[i], NULL, &before[i]);
	t = open_term(NULL, "xterm-256color");
	fill(&c, 24, 80);
	term_show(t, &c, false);
	for (size_t i = 0; i < 4; i++) {
		sigaction(signals[i], NULL, &now);
		assert_ptr_equal(now.sa_handler, before[i].sa_handler);
	}
	close_term(t, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
		sigaction(signals[i], NULL, &now);
		assert_ptr_equal(now.sa_handler, before[i].sa_handler);
	}
	canvas_done(&c);
}

/* What a child does with the terminal before it ends, one way or the other. */
__attribute__((noreturn)) static void live(const struct pty *p, int signo)
{
	struct term_conf conf = { .type = "xterm-256color", .color = true, .mouse = true };
	struct canvas c = { 0 };
	struct err e = ERR_INIT;
	struct term *t = NULL;

	if (signo)
		signal(signo, SIG_DFL); /* cmocka and sanitizers have handlers of their own */
	dup2(p->slave, STDERR_FILENO);
	conf.in = conf.out = p->slave;
	if (term_open(&conf, &t, &e) < 0)
		_exit(99);
	fill(&c, 24, 80);
	term_show(t, &c, false);
	if (write(STDERR_FILENO, "a library speaks\n", 17) != 17)
		_exit(98);
	if (signo)
		raise(signo);
	term_close(t);
	_exit(0);
}

static void test_dies_clean(void **state)
{
	static const int signals[] = { 0, SIGABRT, SIGQUIT, SIGSEGV, SIGBUS, SIGILL, SIGFPE };

	for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
		_cleanup_strbuf_ struct strbuf sent = { 0 };
		const char *leave, *said;
		int status = 0;
		struct pty p;
		pid_t pid;

		pty_open(&p, 24, 80);
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0)
			live(&p, signals[i]);
		while (waitpid(pid, &status, WNOHANG) == 0) {
			pty_take(&p, &sent);
			usleep(1000);
		}
		pty_take(&p, &sent);
		if (signals[i])
			assert_true(WIFSIGNALED(status) && WTERMSIG(status) == signals[i]);
		else
			assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
		leave = strstr(sent.s, "\033[?1049l");
		said = strstr(sent.s, "a library speaks");
		if (!leave || !said || said < leave)
			fail_msg("signal %d: '%s'", signals[i], sent.s);
		assert_non_null(strstr(sent.s, "\033[?1000l"));
		check_modes(&p);
		pty_close(&p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refusals),   cmocka_unit_test(test_gives_back),
		cmocka_unit_test(test_suspend),	   cmocka_unit_test(test_keys),
		cmocka_unit_test(test_hang_up),	   cmocka_unit_test(test_slow_terminal),
		cmocka_unit_test(test_yank),	   cmocka_unit_test(test_signals_are_not_ours),
		cmocka_unit_test(test_dies_clean),
	};

	return cmocka_run_group_tests_name("term_device", tests, setup, NULL);
}
