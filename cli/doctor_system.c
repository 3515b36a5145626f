/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * doctor_system: the checks of the machine around tracefs: what the kernel lets us see, BPF,
 * memory, the terminal and the files of the program.
 *
 * Reads small files and makes harmless system calls. Changes nothing.
 */
#include "cli/doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/conf.h"
#include "core/host.h"
#include "core/util.h"
#include "tracefs/dir.h"
#include "tracefs/instance.h"

#define KALLSYMS_LOOK (256 << 10)
#define CAP(n)	      (1ULL << (n))
#define CAPS_BPF      (CAP(21) | CAP(39)) /* CAP_SYS_ADMIN, CAP_BPF */
#define CAPS_PERFMON  (CAP(21) | CAP(38)) /* CAP_SYS_ADMIN, CAP_PERFMON */
#define INITIAL_PIDNS "pid:[4026531836]"  /* the kernel gives it this number always */
#define ROOT_HELP     "run it as root (sudo tapdeck ...)"

static void check_kernel(struct doctor *d, struct finding *f)
{
	struct utsname u;
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	uname(&u);
	found(f, STATE_INFO, "%s %s %s, %ld CPU%s", u.sysname, u.release, u.machine, cpus,
	      cpus == 1 ? "" : "s");
}

static void check_config(struct doctor *d, struct finding *f)
{
	if (d->config.len) {
		found(f, STATE_OK, "read from %s", d->config_path);
		return;
	}
	found(f, STATE_LIMITED, "the kernel's configuration is not readable: reasons stay guesses");
	helps(f, "a kernel with CONFIG_IKCONFIG_PROC, or its config file in /boot");
}

static void check_lockdown(struct doctor *d, struct finding *f)
{
	_cleanup_strbuf_ struct strbuf b = { 0 };

	if (tracefs_read(host_sysfs(), &b, NULL, "kernel/security/lockdown")) {
		found(f, STATE_OK, "off, or not in this kernel");
	} else if (strstr(b.s, "[confidentiality]")) {
		found(f, STATE_MISSING,
		      "confidentiality: tracefs, kprobes and BPF are closed to root too");
		helps(f, "boot without lockdown=confidentiality");
	} else if (strstr(b.s, "[integrity]")) {
		found(f, STATE_OK, "integrity: tracing is allowed");
	} else {
		found(f, STATE_OK, "none");
	}
}

/* A number from a one-line file of /proc/sys. */
static bool sysctl_number(const char *name, long *ret)
{
	_cleanup_strbuf_ struct strbuf b = { 0 };

	if (tracefs_read(host_procfs(), &b, NULL, "sys/kernel/%s", name) || !b.len)
		return false;
	*ret = strtol(b.s, NULL, 10);
	return true;
}

/* Does any line begin with an address? The first symbols are offsets and 0 for everybody. */
static bool has_address(int fd)
{
	_cleanup_strbuf_ struct strbuf b = { 0 };
	ssize_t n;

	while (b.len < KALLSYMS_LOOK && (n = read(fd, strbuf_room(&b, 4096), 4096)) > 0)
		b.len += n;
	strbuf_char(&b, '\0');
	for (const char *line = b.s; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strtoull(line, NULL, 16) > UINT32_MAX)
			return true;
	}
	return false;
}

static void check_symbols(struct doctor *d, struct finding *f)
{
	_cleanup_close_ int fd = open("/proc/kallsyms", O_RDONLY | O_CLOEXEC);
	long restrict_to = -1;

	sysctl_number("kptr_restrict", &restrict_to);
	if (fd < 0) {
		found(f, STATE_LIMITED, "no /proc/kallsyms: addresses stay numbers");
		helps_config(d, f, "CONFIG_KALLSYMS");
	} else if (has_address(fd)) {
		found(f, STATE_OK, "addresses of the kernel have names (kptr_restrict %ld)",
		      restrict_to);
	} else {
		found(f, STATE_LIMITED,
		      "the kernel hides its addresses (kptr_restrict %ld): no names for them",
		      restrict_to);
		helps(f, "as root: sysctl kernel.kptr_restrict=1");
	}
}

static void check_perf(struct doctor *d, struct finding *f)
{
	long level;

	if (!sysctl_number("perf_event_paranoid", &level)) {
		found(f, STATE_MISSING, "no perf events");
		helps_config(d, f, "CONFIG_PERF_EVENTS");
	} else if (level <= 0 || d->caps & CAPS_PERFMON) {
		found(f, STATE_OK, "perf_event_paranoid %ld", level);
	} else {
		found(f, STATE_LIMITED,
		      "perf_event_paranoid %ld: not the whole machine for this user", level);
		helps(f, ROOT_HELP);
	}
}

static void check_btf(struct doctor *d, struct finding *f)
{
	struct stat st;
	char size[32];

	if (!stat("/sys/kernel/btf/vmlinux", &st)) {
		found(f, STATE_OK, "types of the kernel, %s",
		      util_human_size(st.st_size, size, sizeof(size)));
		return;
	}
	found(f, STATE_MISSING,
	      "no /sys/kernel/btf/vmlinux: BPF programs cannot adapt to this kernel");
	helps_config(d, f, "CONFIG_DEBUG_INFO_BTF");
}

static void check_bpf(struct doctor *d, struct finding *f)
{
	union bpf_attr attr = { .start_id = 0 };

	/* Asks for the id of the first program: changes nothing, needs the right to look. */
	if (!syscall(SYS_bpf, BPF_PROG_GET_NEXT_ID, &attr, sizeof(attr)) || errno == ENOENT) {
		found(f, STATE_OK, "the system call works");
		return;
	}
	if (errno == ENOSYS) {
		found(f, STATE_MISSING, "this kernel has no BPF");
		helps_config(d, f, "CONFIG_BPF_SYSCALL");
		return;
	}
	found(f, STATE_MISSING, "bpf: %s", strerror(errno));
	helps(f, d->caps & CAPS_BPF ? "something forbids it: seccomp of a container, or lockdown"
				    : ROOT_HELP ", or give it CAP_BPF and CAP_PERFMON");
}

static void check_pidfd(struct doctor *d, struct finding *f)
{
	_cleanup_close_ int fd = syscall(SYS_pidfd_open, getpid(), 0);

	if (fd >= 0) {
		found(f, STATE_OK, "the guard can watch the deck");
		return;
	}
	found(f, STATE_MISSING, "pidfd_open: %s", strerror(errno));
	helps(f, "Linux 5.3 or later, and no seccomp filter that forbids it");
}

/* What the environment says of where the host's files are. */
static void say_host(struct finding *f)
{
	if (host_wrong()) {
		found(f, STATE_LIMITED, "%s is no absolute path: passed over", host_wrong());
		helps(f, "name a directory by all of its path, as /host/proc");
	}
	if (strcmp(host_procfs(), "/proc") != 0)
		found(f, f->state, "procfs at %s", host_procfs());
	if (strcmp(host_sysfs(), "/sys") != 0)
		found(f, f->state, "sysfs at %s", host_sysfs());
	if (*host_root())
		found(f, f->state, "the host's other files below %s", host_root());
}

/* The pid namespace whose ids a procfs has; "" where nobody says. */
static void proc_namespace(char *to, size_t size)
{
	char path[PATH_MAX];
	ssize_t n;

	snprintf(path, sizeof(path), "%s/1/ns/pid", host_procfs());
	n = readlink(path, to, size - 1);
	if (n < 0)
		n = readlink("/proc/self/ns/pid", to, size - 1);
	to[n > 0 ? n : 0] = '\0';
}

static void check_proc(struct doctor *d, struct finding *f)
{
	char ns[64], path[PATH_MAX];

	proc_namespace(ns, sizeof(ns));
	snprintf(path, sizeof(path), "%s/1/stat", host_procfs());
	if (*ns && strcmp(ns, INITIAL_PIDNS) != 0) {
		found(f, STATE_LIMITED,
		      "a pid namespace of its own: events carry the host's process ids, "
		      "names come from events alone");
		helps(f, "run tapdeck on the host, or name the host's procfs by " HOST_PROCFS_ENV);
	} else if (access(host_procfs(), F_OK)) {
		found(f, STATE_LIMITED, "%s is not there", host_procfs());
		helps(f, "name the host's procfs by " HOST_PROCFS_ENV);
	} else if (access(path, R_OK)) {
		found(f, STATE_LIMITED, "%s hides the processes of others (hidepid)",
		      host_procfs());
		helps(f, ROOT_HELP);
	} else {
		found(f, STATE_OK, "all processes are seen");
	}
	say_host(f);
}

static void check_memory(struct doctor *d, struct finding *f)
{
	long cpus = sysconf(_SC_NPROCESSORS_CONF);
	uint64_t ram = (uint64_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE);
	uint64_t buffer = d->opts->buffer;
	char all[32], one[32];

	if (!buffer)
		buffer = instance_default_buffer(cpus);
	found(f, STATE_INFO, "%s of RAM; ring buffers of %s for each of %ld CPUs",
	      util_human_size(ram, all, sizeof(all)), util_human_size(buffer, one, sizeof(one)),
	      cpus);
	if (buffer * cpus > ram / 4) {
		f->state = STATE_LIMITED;
		helps(f, "that is more than a quarter of it: a smaller --buffer");
	}
}

/* The first of the variables that is set decides, as in the C library. */
static const char *locale_name(void)
{
	static const char *const vars[] = { "LC_ALL", "LC_CTYPE", "LANG" };
	const char *v;

	for (size_t i = 0; i < ARRAY_SIZE(vars); i++) {
		v = getenv(vars[i]);
		if (v && *v)
			return v;
	}
	return "C";
}

static void check_terminal(struct doctor *d, struct finding *f)
{
	const char *term = getenv("TERM"), *locale = locale_name();
	const char *no_color = getenv("NO_COLOR");
	bool utf8 = strcasestr(locale, "utf-8") || strcasestr(locale, "utf8");

	if (!isatty(STDOUT_FILENO))
		found(f, STATE_INFO, "standard output is no terminal");
	else if (!term || !*term || !strcmp(term, "dumb"))
		found(f, STATE_LIMITED, "TERM is %s", term && *term ? term : "not set");
	else
		found(f, STATE_OK, "TERM is %s", term);
	if (f->state == STATE_LIMITED)
		helps(f, "set TERM to what the terminal is, such as xterm-256color");
	found(f, utf8 ? f->state : STATE_LIMITED, "locale %s", locale);
	if (!utf8)
		helps(f, "a UTF-8 locale, such as LANG=C.UTF-8");
	if (no_color && *no_color)
		found(f, f->state, "NO_COLOR is set");
}

static void check_paths(struct doctor *d, struct finding *f)
{
	char *paths[] = { conf_system_path("config"), conf_user_path("config"),
			  conf_state_path("") };

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		if (paths[i])
			found(f, STATE_INFO, "%s%s", paths[i],
			      access(paths[i], F_OK) ? " (not there)" : "");
		free(paths[i]);
	}
}

const struct check checks_system[] = {
	{ "kernel", check_kernel },
	{ "kernel config", check_config },
	{ "lockdown", check_lockdown },
	{ "kernel symbols", check_symbols },
	{ "perf events", check_perf },
	{ "BTF", check_btf },
	{ "BPF", check_bpf },
	{ "pidfd", check_pidfd },
	{ "processes", check_proc },
	{ "memory", check_memory },
	{ "terminal", check_terminal },
	{ "files", check_paths },
	{ NULL },
};
