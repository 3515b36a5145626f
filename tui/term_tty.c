/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * term_tty: modes, bytes, fatal signals and standard error.
 *
 * The handler of fatal signals uses nothing but calls that POSIX allows there, and bytes made
 * ready before. It is the one place with state of the file: a handler is given nothing.
 */
#include "tui/term_tty.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/util.h"

enum { FATAL_SIGNALS = 6, SIGNAL_STACK = 65536, CLOSE_MS = 300 };

static const int fatal[FATAL_SIGNALS] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGQUIT };

/* What the handler needs. There is one controlling terminal in a process. */
static struct {
	struct tty *tty; /* NULL: no terminal is ours */
	pid_t pid;
	struct sigaction before[FATAL_SIGNALS];
} owner;

int tty_check(int in, int out, const char *type, struct err *e)
{
	if ((in >= 0 && !isatty(in)) || (out >= 0 && !isatty(out)))
		return err_set(e, -ENOTTY,
			       "this is no terminal: the dashboard needs one; \"tapdeck stream\" "
			       "prints to files and pipes");
	if (!type || !type[0])
		return err_set(e, -ENOTTY,
			       "TERM is not set, so the terminal's type is not known: set it, for "
			       "example TERM=xterm-256color");
	if (!strcmp(type, "dumb"))
		return err_set(e, -ENOTTY,
			       "TERM=dumb cannot show a dashboard: set TERM to what the terminal "
			       "is, for example xterm-256color, or use \"tapdeck stream\"");
	return 0;
}

/* Writes all of it to a descriptor that may block; gives up on errors. */
static void write_all(int fd, const char *s, size_t n)
{
	while (n) {
		ssize_t w = write(fd, s, n);

		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0)
			return;
		s += w;
		n -= (size_t)w;
	}
}

/* Puts standard error back and says what was said meanwhile. */
static void replay_stderr(struct tty *t)
{
	char buf[4096];
	off_t at = 0;
	ssize_t n;

	if (t->real_stderr < 0)
		return;
	dup2(t->real_stderr, STDERR_FILENO);
	while ((n = pread(t->said, buf, sizeof(buf), at)) > 0) {
		write_all(STDERR_FILENO, buf, (size_t)n);
		at += n;
	}
}

/* Gives the terminal back from anywhere; only calls that are allowed in a signal handler. */
static void emergency(void)
{
	struct tty *t = owner.tty;

	owner.tty = NULL;
	if (!t || getpid() != owner.pid)
		return;
	write_all(t->own_out >= 0 ? t->own_out : t->out, t->leave.s, t->leave.len);
	if (t->has_modes)
		tcsetattr(t->in, TCSANOW, &t->saved);
	replay_stderr(t);
}

/*
 * The handler before ours gets the signal next: one raised by an instruction comes again by itself,
 * with the place where it happened; one that was sent is sent again.
 */
static void on_fatal(int signo, siginfo_t *info, void *context)
{
	emergency();
	for (size_t i = 0; i < FATAL_SIGNALS; i++)
		if (fatal[i] == signo)
			sigaction(signo, &owner.before[i], NULL);
	if (info->si_code <= 0 || signo == SIGABRT || signo == SIGQUIT)
		raise(signo);
}

static void catch_signals(struct tty *t)
{
	struct sigaction sa = { .sa_sigaction = on_fatal,
				.sa_flags = (int)(SA_SIGINFO | SA_RESETHAND | SA_ONSTACK) };
	stack_t old = { 0 }, stack = { .ss_size = SIGNAL_STACK };

	owner.tty = t;
	owner.pid = getpid();
	/* Without a stack of its own the handler could not run after an overflow. */
	if (sigaltstack(NULL, &old) == 0 && old.ss_flags & SS_DISABLE) {
		t->signal_stack = xcalloc(1, SIGNAL_STACK);
		stack.ss_sp = t->signal_stack;
		sigaltstack(&stack, NULL);
	}
	sigemptyset(&sa.sa_mask);
	for (size_t i = 0; i < FATAL_SIGNALS; i++)
		sigaction(fatal[i], &sa, &owner.before[i]);
	xalloc_on_failure(emergency);
}

static void release_signals(struct tty *t)
{
	stack_t none = { .ss_flags = SS_DISABLE };

	xalloc_on_failure(NULL);
	for (size_t i = 0; i < FATAL_SIGNALS; i++)
		sigaction(fatal[i], &owner.before[i], NULL);
	owner.tty = NULL;
	if (t->signal_stack)
		sigaltstack(&none, NULL);
	free(t->signal_stack);
	t->signal_stack = NULL;
}

/* What libraries say must not be written over the screen. A file is none of our business. */
static void catch_stderr(struct tty *t)
{
	t->real_stderr = t->said = -1;
	if (!isatty(STDERR_FILENO))
		return;
	t->said = memfd_create("tapdeck-stderr", MFD_CLOEXEC);
	t->real_stderr = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	if (t->said >= 0 && t->real_stderr >= 0) {
		dup2(t->said, STDERR_FILENO);
		return;
	}
	close(t->said);
	close(t->real_stderr);
	t->real_stderr = t->said = -1;
}

/*
 * A description of our own: setting the one that the shell shares with us not to block would
 * outlive us. Not possible for who may not open the terminal, as after su.
 */
static int open_again(int fd)
{
	char path[40];

	if (!isatty(fd))
		return -1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
}

void tty_raw(struct tty *t)
{
	struct termios raw = t->saved;

	if (!t->has_modes)
		return;
	cfmakeraw(&raw);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	tcsetattr(t->in, TCSANOW, &raw);
}

void tty_cooked(struct tty *t)
{
	if (!t->has_modes)
		return;
	tcflush(t->in, TCIFLUSH); /* what was typed or clicked at us is no command for the shell */
	tcsetattr(t->in, TCSANOW, &t->saved);
}

void tty_open(struct tty *t, int in, int out, const struct strbuf *leave)
{
	*t = (struct tty) { .in = in, .out = out };
	t->has_modes = tcgetattr(in, &t->saved) == 0;
	t->own_out = open_again(out);
	strbuf_add(&t->leave, strbuf_cstr(leave), leave->len);
	catch_signals(t);
	catch_stderr(t);
	tty_raw(t);
}

void tty_close(struct tty *t)
{
	tty_flush(t, CLOSE_MS);
	if (!t->gone)
		tty_cooked(t);
	release_signals(t);
	replay_stderr(t);
	if (t->real_stderr >= 0) {
		close(t->real_stderr);
		close(t->said);
	}
	if (t->own_out >= 0)
		close(t->own_out);
	strbuf_done(&t->pending);
	strbuf_done(&t->leave);
	t->own_out = t->real_stderr = t->said = -1;
}

/* Sends once; false when no more goes now. */
static bool send_some(struct tty *t)
{
	enum { PORTION = 512 };
	int fd = t->own_out >= 0 ? t->own_out : t->out;
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	size_t want = t->pending.len;
	ssize_t n;

	if (t->own_out < 0) { /* it may block: only what there is sure to be room for */
		if (poll(&p, 1, 0) <= 0)
			return false;
		want = MIN(want, (size_t)PORTION);
	}
	n = write(fd, t->pending.s, want);
	if (n < 0 && errno == EINTR)
		return true;
	if (n < 0 && errno != EAGAIN)
		t->gone = true;
	if (n <= 0)
		return false;
	t->pending.len -= (size_t)n;
	memmove(t->pending.s, t->pending.s + n, t->pending.len);
	return true;
}

bool tty_flush(struct tty *t, int timeout_ms)
{
	struct pollfd p = { .fd = t->own_out >= 0 ? t->own_out : t->out, .events = POLLOUT };

	while (t->pending.len && !t->gone) {
		if (send_some(t) || t->gone)
			continue;
		if (timeout_ms <= 0 || poll(&p, 1, timeout_ms) <= 0)
			return false;
		timeout_ms -= 10; /* a terminal that takes a little each time gets a few turns */
	}
	if (t->gone)
		strbuf_clear(&t->pending);
	return true;
}

void tty_write(struct tty *t, const char *s, size_t n)
{
	if (t->gone)
		return;
	strbuf_add(&t->pending, s, n);
	tty_flush(t, 0);
}

size_t tty_read(struct tty *t, char *s, size_t n, int timeout_ms)
{
	struct pollfd p = { .fd = t->in, .events = POLLIN };
	ssize_t r;

	if (t->gone || poll(&p, 1, timeout_ms) <= 0)
		return 0;
	r = read(t->in, s, n);
	if (r > 0)
		return (size_t)r;
	if (r == 0 || (errno != EINTR && errno != EAGAIN))
		t->gone = true;
	return 0;
}

bool tty_size(const struct tty *t, int *rows, int *cols)
{
	struct winsize w = { 0 };

	if (ioctl(t->out, TIOCGWINSZ, &w) < 0 && ioctl(t->in, TIOCGWINSZ, &w) < 0)
		return false;
	if (!w.ws_row || !w.ws_col)
		return false;
	*rows = w.ws_row;
	*cols = w.ws_col;
	return true;
}
