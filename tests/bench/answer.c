/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * answer: how soon a program on a terminal paints, and how soon it answers a key.
 *
 *   answer [-w WORD] [-k KEYS] [-s SECONDS] COMMAND...
 *
 * Runs the command on a pty of 200x50 and reads what it writes. Prints the time from exec to WORD
 * on the screen and the resident memory then and a second later. With -k it waits SECONDS, opens
 * the command line with ":" and types letters that nothing else would write; the answer to a key is
 * that letter in the output. Prints the median, the 95th percentile and the worst. Then it hangs
 * up.
 */
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define KEYS_MAX 2000
#define PATIENCE 5000 /* ms until a key counts as never answered */

static const char *const letters[] = { "ß", "ø", "æ", "þ", "ð", "ŋ", "ħ", "ł" };

struct tail {
	char bytes[64]; /* the end of what was read, for words cut by a read */
	size_t len;
};

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* Reads for at most ms; 1 when word came, 0 when not, -1 at the end. */
static int wait_for(int fd, const char *word, int ms, struct tail *t)
{
	uint64_t until = now() + (uint64_t)ms * 1000000u;
	size_t n = word ? strlen(word) : 0;

	for (;;) {
		int64_t left = (int64_t)(until - now()) / 1000000;
		struct pollfd p = { .fd = fd, .events = POLLIN };
		char buf[65536];
		ssize_t len;

		if (left < 0 || poll(&p, 1, (int)left + 1) == 0)
			return 0;
		memcpy(buf, t->bytes, t->len);
		errno = 0;
		len = read(fd, buf + t->len, sizeof(buf) - t->len);
		if (len <= 0)
			return errno == EINTR ? 0 : -1;
		len += (ssize_t)t->len;
		if (n && memmem(buf, (size_t)len, word, n)) {
			t->len = 0;
			return 1;
		}
		t->len = n && (size_t)len > n ? n : 0;
		memcpy(t->bytes, buf + len - t->len, t->len);
	}
}

static long resident_kb(pid_t pid)
{
	char path[64], line[256];
	long kb = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "VmRSS: %ld", &kb) == 1)
			break;
	if (f)
		fclose(f);
	return kb;
}

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void send_key(int fd, const char *key)
{
	if (write(fd, key, strlen(key)) < 0)
		perror("answer: write");
}

/* Types letters; fills ms and returns how many were answered. */
static unsigned type(int fd, unsigned keys, double *ms, unsigned *never)
{
	struct tail t = { .len = 0 };
	unsigned count = 0;

	send_key(fd, ":");
	wait_for(fd, NULL, 300, &t);
	for (unsigned i = 0; i < keys; i++) {
		const char *letter = letters[(i + i / 8) % (sizeof(letters) / sizeof(*letters))];
		uint64_t sent;
		int rc;

		if (i % 8 == 0) { /* an empty line, so that each letter is new on the screen */
			send_key(fd, "\025");
			wait_for(fd, NULL, 120, &t);
		}
		sent = now();
		send_key(fd, letter);
		rc = wait_for(fd, letter, PATIENCE, &t);
		if (rc < 0)
			break;
		if (rc == 0)
			++*never;
		else
			ms[count++] = (double)(now() - sent) / 1e6;
		wait_for(fd, NULL, 20 + (int)(i * 37 % 60), &t); /* in step with nothing */
	}
	return count;
}

static void report_keys(double *ms, unsigned count, unsigned never)
{
	qsort(ms, count, sizeof(*ms), compare);
	if (!count)
		printf("no key was answered\n");
	else
		printf("keys %u: median %.1f ms, 95th percentile %.1f ms, worst %.1f ms; %u never "
		       "answered\n",
		       count, ms[count / 2], ms[count * 95 / 100], ms[count - 1], never);
}

static int run(char **argv, const char *word, unsigned keys, unsigned seconds)
{
	static double ms[KEYS_MAX];
	struct winsize size = { .ws_row = 50, .ws_col = 200 };
	struct tail t = { .len = 0 };
	uint64_t start = now(), painted;
	unsigned never = 0, count;
	long first;
	int fd, rc;
	pid_t pid = forkpty(&fd, NULL, NULL, &size);

	if (pid < 0)
		return perror("answer: forkpty"), 1;
	if (!pid) {
		execvp(argv[0], argv);
		_exit(127);
	}
	rc = wait_for(fd, word, 10000, &t);
	painted = now();
	first = resident_kb(pid);
	if (rc != 1)
		return fprintf(stderr, "answer: '%s' never came\n", word), kill(pid, SIGKILL), 1;
	wait_for(fd, NULL, (int)seconds * 1000, &t);
	printf("first paint %.1f ms after exec; resident %.1f MB then, %.1f MB after %u s\n",
	       (double)(painted - start) / 1e6, (double)first / 1024,
	       (double)resident_kb(pid) / 1024, seconds);
	if (keys) {
		count = type(fd, keys, ms, &never);
		report_keys(ms, count, never);
	}
	kill(pid, SIGHUP);
	while (wait_for(fd, NULL, 100, &t) >= 0)
		;
	waitpid(pid, NULL, 0);
	return 0;
}

int main(int argc, char **argv)
{
	const char *word = "Tracers";
	unsigned keys = 0, seconds = 1;
	int o;

	while ((o = getopt(argc, argv, "+w:k:s:")) != -1) {
		if (o == 'w')
			word = optarg;
		else if (o == 'k')
			keys = (unsigned)strtoul(optarg, NULL, 10);
		else if (o == 's')
			seconds = (unsigned)strtoul(optarg, NULL, 10);
		else
			return 2;
	}
	if (optind == argc || keys > KEYS_MAX)
		return fputs("usage: answer [-w WORD] [-k KEYS] [-s SECONDS] COMMAND...\n", stderr),
		       2;
	return run(argv + optind, word, keys, seconds);
}
