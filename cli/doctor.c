/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * doctor: what works on this machine, what does not, why, and what would help.
 *
 * Runs three tables of checks and prints a line for each, with its state as a word. Finds out
 * by trying what is cheap; what takes seconds or touches every function needs --try. The
 * exit status says whether events can be streamed.
 */
#include "cli/doctor.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/safe.h"
#include "core/util.h"
#include "tracefs/dir.h"

static const char *const state_words[STATE_COUNT] = {
	[STATE_OK] = "ok",
	[STATE_LIMITED] = "limited",
	[STATE_MISSING] = "missing",
	[STATE_INFO] = "info",
};

static void __attribute__((format(printf, 2, 0)))
add_words(struct strbuf *b, const char *fmt, va_list ap)
{
	char text[ERR_TEXT];

	vsnprintf(text, sizeof(text), fmt, ap);
	if (b->len)
		strbuf_str(b, "; ");
	strbuf_str(b, text);
}

void found(struct finding *f, enum state state, const char *why, ...)
{
	va_list ap;

	f->state = state;
	va_start(ap, why);
	add_words(&f->why, why, ap);
	va_end(ap);
}

void helps(struct finding *f, const char *help, ...)
{
	va_list ap;

	va_start(ap, help);
	add_words(&f->help, help, ap);
	va_end(ap);
}

void found_err(struct finding *f, enum state state, const struct err *e)
{
	const char *remedy = strstr(e->text, "; ");

	found(f, state, "%.*s", remedy ? (int)(remedy - e->text) : -1, e->text);
	if (remedy)
		helps(f, "%s", remedy + 2);
}

/* ---- saying it ---- */

static unsigned columns(void)
{
	struct winsize ws;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) || ws.ws_col < 40)
		return isatty(STDOUT_FILENO) ? 80 : 0;
	return ws.ws_col;
}

/* Appends text broken between words at width (0: never), later lines behind indent. */
static void wrap(struct strbuf *out, const char *text, unsigned at, unsigned indent, unsigned width)
{
	size_t len;

	while (*text) {
		text += strspn(text, " ");
		len = strcspn(text, " ");
		if (!len)
			break;
		if (width && at > indent && at + 1 + len > width) {
			strbuf_fmt(out, "\n%*s", (int)indent, "");
			at = indent;
		} else if (at > indent) {
			strbuf_char(out, ' ');
			at++;
		}
		strbuf_add(out, text, len);
		at += len;
		text += len;
	}
	strbuf_char(out, '\n');
}

static void say_text(struct strbuf *out, const char *name, const struct finding *f)
{
	_cleanup_strbuf_ struct strbuf safe = { 0 };
	unsigned width = columns();

	strbuf_fmt(out, "%-8s %-20s ", state_words[f->state], name);
	safe_text(&safe, strbuf_cstr(&f->why), f->why.len);
	wrap(out, strbuf_cstr(&safe), 30, 30, width);
	if (!f->help.len)
		return;
	strbuf_fmt(out, "%30s", "");
	strbuf_clear(&safe);
	strbuf_str(&safe, "-> ");
	safe_text(&safe, f->help.s, f->help.len);
	wrap(out, safe.s, 30, 30, width);
}

static void say_json(struct strbuf *out, const char *name, const struct finding *f)
{
	strbuf_fmt(out, "{\"check\":\"%s\",\"state\":\"%s\",\"why\":", name, state_words[f->state]);
	safe_json(out, strbuf_cstr(&f->why), f->why.len);
	strbuf_str(out, ",\"help\":");
	if (f->help.len)
		safe_json(out, f->help.s, f->help.len);
	else
		strbuf_str(out, "null");
	strbuf_str(out, "}\n");
}

/* ---- running the checks ---- */

/*
 * Each line goes out at once: the next check may take seconds. *fine falls when something that is
 * needed is missing. Fails when a line could not be written.
 */
static int run_checks(struct doctor *d, const struct check *checks, bool *fine)
{
	int rc = 0;

	for (const struct check *c = checks; c->name && rc >= 0; c++) {
		struct finding f = { .state = STATE_OK };
		_cleanup_strbuf_ struct strbuf out = { 0 };

		if (c->dear && !d->opts->try) {
			found(&f, STATE_INFO, "not tried: %s", c->dear);
			helps(&f, "tapdeck doctor --try");
		} else {
			c->fn(d, &f);
		}
		if (c->needed && f.state == STATE_MISSING)
			*fine = false;
		(d->opts->json ? say_json : say_text)(&out, c->name, &f);
		strbuf_done(&f.why);
		strbuf_done(&f.help);
		rc = cli_out(out.s, out.len);
	}
	return rc;
}

static unsigned long long effective_caps(void)
{
	_cleanup_strbuf_ struct strbuf status = { 0 };
	const char *line;

	if (tracefs_read("/proc/self", &status, NULL, "status"))
		return 0;
	line = strstr(strbuf_cstr(&status), "\nCapEff:");
	return line ? strtoull(line + strlen("\nCapEff:"), NULL, 16) : 0;
}

static int run(struct opts *o)
{
	struct doctor d = { .opts = o, .no_tracefs = ERR_INIT };
	bool fine = true;
	int rc;

	d.caps = effective_caps();
	config_load(&d);
	tracefs_find(false, &d.tracefs, &d.no_tracefs);
	rc = run_checks(&d, checks_tracing, &fine);
	if (rc >= 0)
		rc = run_checks(&d, checks_system, &fine);
	if (rc >= 0)
		rc = run_checks(&d, checks_bpf, &fine);
	if (!o->json && rc >= 0)
		cli_say(fine ? "events can be streamed here"
			     : "events cannot be streamed here: see what is missing above");
	strbuf_done(&d.config);
	free(d.tracefs);
	return fine ? cli_status(rc) : CLI_FAILED;
}

const struct command cmd_doctor = {
	.name = "doctor",
	.args = "[--try] [--json]",
	.blurb = "what works on this machine, what does not, and what would help",
	.help =
	    "Looks at rights, tracefs, the kernel's configuration and the terminal, and says for "
	    "each\nwhether it is ok, limited or missing, why, and what would help. --try also does "
	    "what takes\nseconds: it makes an instance of its own and switches the function tracer "
	    "on in it.\nThe exit status is 0 when events can be streamed.",
	.opts = OPT_BIT(OPT_TRY) | OPT_BIT(OPT_JSON) | OPT_BIT(OPT_BUFFER) | OPT_BIT(OPT_CONFIG) |
		OPT_BIT(OPT_HELP) | OPT_BIT(OPT_VERSION),
	.run = run,
};
