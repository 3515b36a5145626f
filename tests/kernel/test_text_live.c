/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * text_live: our text of real records is the kernel's own text of the same records.
 *
 * All events of an instance of our own are on while a few things happen, then tracing is
 * stopped, each CPU's text is read from `trace` (which takes nothing away) and its pages from
 * trace_pipe_raw, and the two are compared line by line. What may differ is said by same_value.
 */
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "core/page.h"
#include "core/util.h"
#include "tests/kernel/text_fixture.h"

#define PAGE_BYTES 65536
#define SHOWN_MAX  2 /* an event */

struct live {
	char dir[256];
	struct schema_set *set;
	struct symbols *symbols;
	bool hashed; /* the kernel's text has no addresses */
	unsigned long lines, different;
	unsigned seen[SCHEMA_ID_MAX + 1], shown[SCHEMA_ID_MAX + 1];
};

/* ---- the instance ---- */

static int write_file(const struct live *l, const char *name, const char *value)
{
	char path[512];
	int fd, err = 0;

	snprintf(path, sizeof(path), "%s/%s", l->dir, name);
	fd = open(path, O_WRONLY | O_CLOEXEC | O_TRUNC);
	if (fd < 0)
		return -errno;
	if (write(fd, value, strlen(value)) < 0)
		err = -errno;
	close(fd);
	return err;
}

static int setup(void **state)
{
	struct live *l = xcalloc(1, sizeof(*l));
	unsigned count;

	*state = l;
	snprintf(l->dir, sizeof(l->dir), TRACEFS "/instances/test.text.%d", getpid());
	if (geteuid() || mkdir(l->dir, 0700)) {
		l->dir[0] = '\0';
		return 0;
	}
	l->set = kernel_schemas(&count);
	l->symbols = kernel_symbols();
	return 0;
}

static int teardown(void **state)
{
	struct live *l = *state;

	if (l->dir[0]) {
		write_file(l, "events/enable", "0");
		for (int i = 0; i < 100 && rmdir(l->dir); i++)
			usleep(10000);
		assert_int_equal(access(l->dir, F_OK), -1);
	}
	schema_set_free(l->set);
	symbols_free(l->symbols);
	free(l);
	return 0;
}

/* ---- something to trace ---- */

static void use_files(void)
{
	char path[] = "/var/tmp/test-text.XXXXXX", buf[4096] = "";
	int fd = mkstemp(path);

	if (fd < 0)
		return;
	for (int i = 0; i < 50; i++)
		if (write(fd, buf, sizeof(buf)) < 0)
			break;
	fsync(fd);
	close(fd);
	unlink(path);
}

static void use_tcp(int family)
{
	struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr_in four = { .sin_family = AF_INET };
	struct sockaddr *addr = family == AF_INET ? (void *)&four : (void *)&six;
	socklen_t len = family == AF_INET ? sizeof(four) : sizeof(six);
	int server = socket(family, SOCK_STREAM, 0), client = socket(family, SOCK_STREAM, 0), peer;

	four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (!bind(server, addr, len) && !listen(server, 1) && !getsockname(server, addr, &len) &&
	    !connect(client, addr, len)) {
		char buf[4096] = "";

		peer = accept(server, NULL, NULL);
		if (send(client, buf, sizeof(buf), 0) > 0 && recv(peer, buf, sizeof(buf), 0) > 0)
			shutdown(peer, SHUT_RDWR);
		close(peer);
	}
	close(server);
	close(client);
}

/* A name with all that must not reach a terminal, and one that is too long. */
static void use_processes(void)
{
	char *const argv[] = { "true", "\x1b[31m\xff", NULL };
	pid_t pid = fork();

	if (!pid) {
		FILE *f = fopen("/proc/self/comm", "w");

		if (f) {
			fputs("a\tb\x7f\x1b[1m", f);
			fclose(f);
		}
		usleep(1000);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	if (!posix_spawnp(&pid, "true", NULL, NULL, argv, NULL))
		waitpid(pid, NULL, 0);
	kill(getpid(), SIGCONT);
}

static void do_things(const struct live *l)
{
	struct timespec nap = { .tv_nsec = 2000000 };

	for (int i = 0; i < 5; i++) {
		use_processes();
		use_tcp(AF_INET);
		use_tcp(AF_INET6);
		use_files();
		nanosleep(&nap, NULL);
		write_file(l, "trace_marker", "a mark with 100%\n");
	}
}

/* ---- comparing ---- */

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

static size_t hex_len(const char *p)
{
	size_t n = 0;

	while (is_hex(p[n]))
		n++;
	return n;
}

/*
 * What our text says otherwise, on purpose:
 * - an address of %p is 0x and the number; the kernel, told not to hash, writes 16 digits, which
 *   are others where it cannot be told so
 * - a value that only the kernel has (vmemmap_base, jiffies) is "?"
 * - a tab or a line end in a format is a blank
 * - bytes that a terminal would act on are escaped, see core/safe.h
 * - system calls: the kernel does not use their print format; the values are the same
 */
static bool same_value(const struct live *l, const char **ours, const char **theirs)
{
	const char *o = *ours, *t = *theirs;
	char escape[8];

	if (*o == ' ' && (*t == '\t' || *t == '\n')) {
		*ours = o + 1;
		*theirs = t + 1;
		return true;
	}
	if (*o == '?') {
		*ours = o + 1;
		*theirs = t + strcspn(t, " ,)");
		return true;
	}
	if (*o == '0' && o[1] == 'x' && hex_len(t) == 16 &&
	    (l->hashed || strtoull(o + 2, NULL, 16) == strtoull(t, NULL, 16))) {
		*ours = o + 2 + hex_len(o + 2);
		*theirs = t + 16;
		return true;
	}
	snprintf(escape, sizeof(escape), "\\x%02x", (uint8_t)*t);
	if (*t == '\t')
		strcpy(escape, "\\t");
	if (*t && !strncmp(o, escape, strlen(escape))) {
		*ours = o + strlen(escape);
		*theirs = t + 1;
		return true;
	}
	return false;
}

static bool same_text(const struct live *l, const char *o, const char *t)
{
	while (*o || *t) {
		if (same_value(l, &o, &t))
			continue;
		if (*o++ != *t++)
			return false;
	}
	return true;
}

/* "          comm-123   [000] d..2.  1.000000: event: text" -> "event: text" */
static const char *skip_head(const char *line)
{
	const char *p = line;

	/* a comm may hold anything: look for " [ddd] fffff ssss.uuuuuu: " */
	while ((p = strstr(p, " ["))) {
		unsigned cpu, s, us;
		char flags[16];
		int n = 0;

		if (sscanf(p, " [%3u] %5s %u.%6u: %n", &cpu, flags, &s, &us, &n) == 4 && n)
			return p + n;
		p++;
	}
	return NULL;
}

/* The flags stand behind the CPU. */
static const char *find_flags(const char *line, const char *text)
{
	const char *p = text;

	while (p > line && *p != ']')
		p--;
	return p + 2;
}

/* "sys_read(fd: 4, count: 0x1fff)" and "sys_read -> 0x1f", against "fd: 0x00000004, ..." */
static bool same_syscall(const char *o, const char *t)
{
	o = strchr(o, ':');
	t += strcspn(t, "(>") + 1;
	for (o += 2; *o; o++, t++) {
		if (*o == '0' && o[1] == 'x') {
			char *o_end, *t_end;

			/* Some kernels say it without 0x. */
			if (strtoull(o, &o_end, 16) != strtoull(t, &t_end, 16) || t == t_end)
				return false;
			o = o_end;
			t = t_end;
		}
		if (!*o)
			break;
		while (*t == ' ' && *o != ' ')
			t++;
		if (*o != *t)
			return false;
	}
	return !*t || !strcmp(t, ")");
}

static void compare(struct live *l, const struct schema *s, const struct page_event *ev,
		    const char *line)
{
	const struct text_env env = { .symbols = l->symbols };
	const char *theirs = skip_head(line);
	struct strbuf ours = { 0 }, flags = { 0 };
	bool own_name = !strcmp(s->system, "ftrace"); /* they have no "event: " in front */

	if (!theirs)
		fail_msg("no event: '%s'", line);
	if (!own_name) {
		strbuf_str(&ours, s->name);
		strbuf_str(&ours, ": ");
	}
	text_print(s, &env, ev->rec, ev->size, &ours);
	text_flags(s, ev->rec, ev->size, &flags);
	l->lines++;
	l->seen[s->id]++;
	if (!(strcmp(s->system, "syscalls") ? same_text(l, strbuf_cstr(&ours), theirs)
					    : same_syscall(strbuf_cstr(&ours), theirs)) ||
	    strncmp(flags.s, find_flags(line, theirs), flags.len)) {
		l->different++;
		if (l->shown[s->id]++ < SHOWN_MAX)
			print_message("# %s ours:   %s\n# %s kernel: %s\n", flags.s, ours.s,
				      flags.s, line);
	}
	strbuf_done(&ours);
	strbuf_done(&flags);
}

/* The next line that is an event; the lines of a text are cut apart. Some texts end in a line end
 * of their own. */
static char *next_line(char **text)
{
	char *line = *text, *end;

	while (*line == '#' || *line == '\n')
		line += strcspn(line, "\n") + 1;
	if (!*line)
		return NULL;
	end = line + strcspn(line, "\n");
	*text = *end ? end + 1 : end;
	*end = '\0';
	return line;
}

static void compare_page(struct live *l, const uint8_t *page, char **text)
{
	struct page_walk w = page_walk_init(
	    page + PAGE_HEADER, (uint32_t)load_u64(page + 8) & PAGE_COMMIT_MASK, load_u64(page));
	struct page_event ev;

	while (page_next(&w, &ev)) {
		const struct schema *s = schema_set_get(l->set, load_u16(ev.rec), UINT32_MAX);
		char *line = next_line(text);

		assert_non_null(s);
		if (!line)
			return; /* the text was cut off before */
		compare(l, s, &ev, line);
	}
	assert_false(w.damaged);
}

static void compare_cpu(struct live *l, unsigned cpu)
{
	static uint8_t page[PAGE_BYTES];
	char path[512], *text, *at;
	size_t size;
	int fd;

	snprintf(path, sizeof(path), "%s/per_cpu/cpu%u/trace", l->dir, cpu);
	text = at = read_all(path, &size);
	snprintf(path, sizeof(path), "%s/per_cpu/cpu%u/trace_pipe_raw", l->dir, cpu);
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_non_null(text);
	while (read(fd, page, sizeof(page)) > PAGE_HEADER)
		compare_page(l, page, &at);
	close(fd);
	free(text);
}

/*
 * Some kernels (Debian's 6.1.0-56) lose most %s of their text when pointers are not to be hashed.
 * Asked of one event that every sleep gives.
 */
static bool says_strings(const struct live *l)
{
	char path[512], *text;
	size_t size;
	bool said;

	write_file(l, "events/sched/sched_waking/enable", "1");
	usleep(20000);
	write_file(l, "events/sched/sched_waking/enable", "0");
	snprintf(path, sizeof(path), "%s/trace", l->dir);
	text = read_all(path, &size);
	said = text && !strstr(text, "sched_waking: comm= ");
	free(text);
	write_file(l, "trace", "");
	return said;
}

static void same_as_kernel(void **state)
{
	struct live *l = *state;
	unsigned events = 0;

	if (!l->dir[0]) {
		print_message("# needs root and tracefs\n");
		skip();
	}
	write_file(l, "buffer_size_kb", "4096");
	write_file(l, "trace_clock", "mono");
	if (write_file(l, "options/hash-ptr", "0"))
		l->hashed = true;
	if (!says_strings(l) && !write_file(l, "options/hash-ptr", "1"))
		l->hashed = true;
	if (l->hashed)
		print_message("# the kernel hashes pointers: those of %%p are not compared\n");
	assert_int_equal(write_file(l, "events/enable", "1"), 0);
	do_things(l);
	write_file(l, "tracing_on", "0");
	write_file(l, "events/enable", "0");
	for (unsigned cpu = 0; cpu < (unsigned)sysconf(_SC_NPROCESSORS_ONLN); cpu++)
		compare_cpu(l, cpu);
	for (size_t id = 0; id <= SCHEMA_ID_MAX; id++)
		events += !!l->seen[id];
	print_message("# %lu lines of %u events, %lu differ\n", l->lines, events, l->different);
	assert_true(l->lines > 100);
	assert_int_equal(l->different, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(same_as_kernel, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
