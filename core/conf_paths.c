/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf_paths: where files of the program are looked for. Opens and makes nothing.
 *
 * The XDG base directories, with the rule that a relative one counts as not set. HOME is
 * taken as it is given: under sudo that is root's, unless sudo was told to keep the user's.
 */
#include "core/conf.h"

#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "core/strbuf.h"

/* The home directory, or "/" where the system knows none; caller frees. */
static char *home(void)
{
	enum { BUF = 16384 };
	const char *s = getenv("HOME");
	struct passwd pw, *found = NULL;
	_cleanup_free_ char *buf = NULL;

	if (s && s[0] == '/')
		return xstrdup(s);
	buf = xcalloc(1, BUF);
	if (getpwuid_r(geteuid(), &pw, buf, BUF, &found) != 0 || !found || pw.pw_dir[0] != '/')
		return xstrdup("/");
	return xstrdup(pw.pw_dir);
}

static char *xdg_path(const char *variable, const char *below_home, const char *name)
{
	const char *base = getenv(variable);
	struct strbuf b = { 0 };

	if (base && base[0] == '/') {
		strbuf_fmt(&b, "%s/tapdeck/%s", base, name);
	} else {
		_cleanup_free_ char *h = home();

		strbuf_fmt(&b, "%s/%s/tapdeck/%s", h, below_home, name);
	}
	return strbuf_take(&b);
}

char *conf_user_path(const char *name)
{
	return xdg_path("XDG_CONFIG_HOME", ".config", name);
}

char *conf_state_path(const char *name)
{
	return xdg_path("XDG_STATE_HOME", ".local/state", name);
}

char *conf_system_path(const char *name)
{
	struct strbuf b = { 0 };

	strbuf_fmt(&b, "/etc/tapdeck/%s", name);
	return strbuf_take(&b);
}
