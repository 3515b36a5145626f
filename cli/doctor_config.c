/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * doctor_config: the configuration of the running kernel, to name the option that is off.
 *
 * Looked for where distributions put it. /proc/config.gz is unpacked by gzip, which every
 * system has, as a child with nothing but its two descriptors.
 */
#include "cli/doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/util.h"
#include "tracefs/dir.h"

#define CONFIG_MAX (4 << 20)
#define CONFIG_GZ  "/proc/config.gz"

static void read_all(int fd, struct strbuf *out)
{
	ssize_t n;

	while (out->len < CONFIG_MAX) {
		n = read(fd, strbuf_room(out, 65536), 65536);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		out->len += n;
	}
	if (out->len)
		out->s[out->len] = '\0';
}

static bool read_gz(struct strbuf *out)
{
	_cleanup_close_ int gz = open(CONFIG_GZ, O_RDONLY | O_CLOEXEC), in = -1;
	char *argv[] = { "gzip", "-dc", NULL }, *envp[] = { NULL };
	posix_spawn_file_actions_t files;
	int pipefd[2], r, status;
	pid_t pid;

	if (gz < 0 || pipe2(pipefd, O_CLOEXEC))
		return false;
	in = pipefd[0];
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, gz, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&files, pipefd[1], STDOUT_FILENO);
	r = posix_spawn(&pid, "/bin/gzip", &files, NULL, argv, envp);
	posix_spawn_file_actions_destroy(&files);
	close(pipefd[1]);
	if (r)
		return false;
	read_all(in, out);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return out->len > 0;
}

void config_load(struct doctor *d)
{
	static const char *const before[] = { "/boot/config-", "/lib/modules/",
					      "/usr/lib/modules/" };
	static const char *const behind[] = { "", "/config", "/config" };
	char path[sizeof(d->config_path)];
	struct utsname u;

	uname(&u);
	if (read_gz(&d->config)) {
		snprintf(d->config_path, sizeof(d->config_path), "%s", CONFIG_GZ);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(before); i++) {
		_cleanup_close_ int fd = -1;

		snprintf(path, sizeof(path), "%s%s%s", before[i], u.release, behind[i]);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		read_all(fd, &d->config);
		snprintf(d->config_path, sizeof(d->config_path), "%s", path);
		return;
	}
}

char config_of(const struct doctor *d, const char *name)
{
	size_t len = strlen(name);

	if (!d->config.len)
		return '?';
	for (const char *at = d->config.s; (at = strstr(at, name)); at += len)
		if ((at == d->config.s || at[-1] == '\n') && at[len] == '=')
			return at[len + 1] == 'm' ? 'm' : 'y';
	return 'n';
}

void helps_config(const struct doctor *d, struct finding *f, const char *name)
{
	switch (config_of(d, name)) {
	case 'n':
		helps(f, "a kernel with %s", name);
		break;
	case '?':
		helps(f, "perhaps a kernel with %s (this one's configuration is not readable)",
		      name);
		break;
	default:
		break; /* it is there: something else is wrong */
	}
}
