/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * term_device: keys, mouse, paste and clipboard of a terminal.
 */
#include "tui/term_device.h"

#include <time.h>

#include "core/cleanup.h"
#include "core/util.h"
#include "tui/term_bytes.h"

enum { ESC_DELAY_MS = 25, YANK_MAX = 65536 };

/* Presses and the wheel, with coordinates that have no limit; a paste says that it is one. */
static const char mouse_on[] = "\033[?1000h\033[?1006h", mouse_off[] = "\033[?1006l\033[?1000l";
static const char paste_on[] = "\033[?2004h", paste_off[] = "\033[?2004l";

static bool begins_with(const char *s, const char *prefix)
{
	return !strncmp(s, prefix, strlen(prefix));
}

void device_learn(struct term_device *d, const char *type, bool mouse,
		  const char *(*capability)(const char *name))
{
	/* The console's font lacks most of what we would draw; a real vt has never heard of it. */
	d->is_xterm =
	    !begins_with(type, "linux") && !begins_with(type, "vt1") && !begins_with(type, "vt2");
	d->in_screen = begins_with(type, "screen") && !getenv("TMUX");
	d->can_mouse = d->is_xterm && capability("kmous");
	d->mouse = mouse && d->can_mouse;
	term_input_learn(&d->input, capability);
}

static void send_text(struct term_device *d, const char *s)
{
	tty_write(&d->tty, s, strlen(s));
}

void device_enter(struct term_device *d)
{
	tty_raw(&d->tty);
	if (d->is_xterm)
		send_text(d, paste_on);
	if (d->mouse)
		send_text(d, mouse_on);
}

void device_leave(struct term_device *d)
{
	if (d->mouse)
		send_text(d, mouse_off);
	if (d->is_xterm)
		send_text(d, paste_off);
}

void device_open(struct term_device *d, int in, int out, const struct strbuf *restore)
{
	_cleanup_strbuf_ struct strbuf leave = { 0 };

	if (d->can_mouse)
		strbuf_str(&leave, mouse_off);
	if (d->is_xterm)
		strbuf_str(&leave, paste_off);
	strbuf_add(&leave, strbuf_cstr(restore), restore->len);
	strbuf_str(&leave, "\r\n");
	tty_open(&d->tty, in, out, &leave);
	if (d->tty.has_modes && !d->input.erase)
		d->input.erase = (char)d->tty.saved.c_cc[VERASE];
	device_enter(d);
}

void term_mouse(struct term *t, bool on)
{
	struct term_device *d = term_device(t);

	on = on && d->can_mouse;
	if (on != d->mouse)
		send_text(d, on ? mouse_on : mouse_off);
	d->mouse = on;
}

bool term_pending(struct term *t)
{
	return !tty_flush(&term_device(t)->tty, 0);
}

bool term_gone(const struct term *t)
{
	return term_device(t)->tty.gone;
}

void term_abandon(struct term *t)
{
	struct tty *tty = &term_device(t)->tty;

	tty->gone = true;
	tty->has_modes = false;
}

int term_fd(const struct term *t)
{
	return term_device(t)->tty.in;
}

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
}

bool term_read(struct term *t, struct input *ret)
{
	struct term_device *d = term_device(t);
	char buf[256];

	for (;;) {
		size_t room = sizeof(d->input.buf) - d->input.len, n;

		if (term_input_next(&d->input, false, now(), ret))
			return true;
		n = tty_read(&d->tty, buf, MIN(room, sizeof(buf)), d->input.len ? ESC_DELAY_MS : 0);
		if (!n)
			return term_input_next(&d->input, true, now(), ret);
		term_input_add(&d->input, buf, n);
	}
}

bool term_yank(struct term *t, const char *text, size_t n)
{
	_cleanup_strbuf_ struct strbuf osc = { 0 };
	struct term_device *d = term_device(t);

	if (!d->is_xterm || d->tty.gone || n > YANK_MAX)
		return false;
	term_osc52(text, n, d->in_screen, &osc);
	tty_write(&d->tty, osc.s, osc.len);
	return true;
}
