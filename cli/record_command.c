/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * record_command: found before anything is written, started when the tap is open.
 */
#include "cli/record_command.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/cli.h"
#include "core/clock.h"
#include "core/strbuf.h"

#define PATH_DEFAULT "/bin:/usr/bin"

/* 0, or why exec would refuse this file. */
static int try_file(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EACCES;
	return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) < 0 ? -errno : 0;
}

/* As execvp looks: a directory after the other, an empty one is the current. */
static int search(const char *name)
{
	const char *path = getenv("PATH");
	int rc = -ENOENT;

	if (!path)
		path = PATH_DEFAULT;
	for (;;) {
		struct strbuf b = { 0 };
		size_t len = strcspn(path, ":");
		int got;

		strbuf_add(&b, path, len);
		strbuf_fmt(&b, "%s%s", len ? "/" : "", name);
		got = try_file(strbuf_cstr(&b));
		strbuf_done(&b);
		if (!got)
			return 0;
		if (got == -EACCES)
			rc = got;
		if (!path[len])
			return rc;
		path += len + 1;
	}
}

int record_command_check(const struct record_command *c, struct err *e)
{
	const char *name = c->argv[0];
	int rc = strchr(name, '/') ? try_file(name) : *name ? search(name) : -ENOENT;

	if (rc == -ENOENT)
		return err_set(e, rc, "there is no command '%s'", name);
	if (rc < 0)
		return err_set(e, rc, "'%s' cannot be started: %s", name, strerror(-rc));
	return 0;
}

/* The signals as the user had them; what we ignore is not for it to ignore. */
static int attributes(posix_spawnattr_t *at, const sigset_t *mask)
{
	sigset_t ours;
	int ret;

	sigemptyset(&ours);
	sigaddset(&ours, SIGPIPE);
	sigaddset(&ours, SIGXFSZ);
	ret = posix_spawnattr_setsigmask(at, mask);
	if (!ret)
		ret = posix_spawnattr_setsigdefault(at, &ours);
	if (!ret)
		ret = posix_spawnattr_setflags(at, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	return ret;
}

static int actions(posix_spawn_file_actions_t *fa, int out)
{
	int ret = 0;

	if (out < 0)
		return 0;
	ret = posix_spawn_file_actions_addopen(fa, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (!ret)
		ret = posix_spawn_file_actions_adddup2(fa, out, STDOUT_FILENO);
	if (!ret)
		ret = posix_spawn_file_actions_adddup2(fa, out, STDERR_FILENO);
	return ret;
}

int record_command_start(struct record_command *c, struct err *e)
{
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t at;
	int ret;

	posix_spawn_file_actions_init(&fa);
	posix_spawnattr_init(&at);
	ret = actions(&fa, c->out);
	if (!ret)
		ret = attributes(&at, &c->mask);
	c->from = clock_mono();
	if (!ret)
		ret = posix_spawnp(&c->pid, c->argv[0], &fa, &at, (char *const *)c->argv, environ);
	c->to = clock_mono();
	posix_spawnattr_destroy(&at);
	posix_spawn_file_actions_destroy(&fa);
	if (!ret)
		return 0;
	c->pid = 0;
	return err_set(e, -ret, "'%s' cannot be started: %s", c->argv[0], strerror(ret));
}

void record_command_say(const struct record_command *c)
{
	if (!c->pid)
		return;
	if (!c->ended)
		cli_say("'%s' goes on as process %d", c->argv[0], (int)c->pid);
	else if (WIFSIGNALED(c->status))
		cli_say("'%s' was ended by signal %d (%s)", c->argv[0], WTERMSIG(c->status),
			strsignal(WTERMSIG(c->status)));
	else if (WEXITSTATUS(c->status))
		cli_say("'%s' ended with status %d", c->argv[0], WEXITSTATUS(c->status));
}
