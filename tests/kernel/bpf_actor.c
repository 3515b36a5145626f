/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bpf_actor: see bpf_actor.h.
 */
#include "tests/kernel/bpf_actor.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

unsigned actor_slow(void)
{
	const char *slow = getenv("TEST_SLOW");
	unsigned n = slow ? (unsigned)strtoul(slow, NULL, 10) : 1;

	return n ? n : 1;
}

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((unsigned)cpu, &set);
	if (cpu >= 0)
		sched_setaffinity(0, sizeof(set), &set);
}

static void rest(unsigned ms)
{
	struct timespec t = { ms / 1000, (long)(ms % 1000) * 1000000 };

	nanosleep(&t, NULL);
}

/* ---- the CPU ---- */

static bool put(const char *dir, const char *name, const char *text)
{
	char path[256];
	int fd;
	bool ok;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	ok = fd >= 0 && write(fd, text, strlen(text)) > 0;
	if (fd >= 0)
		close(fd);
	return ok;
}

static unsigned lines_with(const char *dir, const char *word)
{
	char path[256], line[512];
	unsigned count = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/trace", dir);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		count += strstr(line, word) != NULL;
	if (f)
		fclose(f);
	return count;
}

int actor_cpu_that_tells(void)
{
	char dir[128], word[32];
	cpu_set_t were;
	int found = -1;

	snprintf(dir, sizeof(dir), "/sys/kernel/tracing/instances/test.bpf.%d", getpid());
	snprintf(word, sizeof(word), "next_pid=%d ", getpid());
	sched_getaffinity(0, sizeof(were), &were);
	for (int cpu = 0; cpu < CPU_SETSIZE && found < 0; cpu++) {
		if (!CPU_ISSET((unsigned)cpu, &were) || mkdir(dir, 0700))
			continue;
		pin(cpu);
		put(dir, "events/sched/sched_switch/enable", "1");
		for (int i = 0; i < 5; i++)
			rest(20);
		put(dir, "tracing_on", "0");
		if (lines_with(dir, word) >= 5)
			found = cpu;
		rmdir(dir);
	}
	sched_setaffinity(0, sizeof(were), &were);
	return found;
}

/* ---- the actor ---- */

void actor_start(struct actor *a, int cpu, void (*act)(void *data), void *data)
{
	int go[2], done[2];
	char c = 0;

	if (pipe2(go, O_CLOEXEC) || pipe2(done, O_CLOEXEC))
		abort();
	a->pid = fork();
	if (!a->pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_NAME, ACTOR_NAME);
		pin(cpu);
		close(go[1]);
		while (write(done[1], &c, 1) == 1 && read(go[0], &c, 1) == 1)
			act(data);
		_exit(0);
	}
	close(go[0]);
	close(done[1]);
	*a = (struct actor) { .pid = a->pid, .go = go[1], .done = done[0], .cpu = cpu };
	actor_wait(a);
	/* So that it does wait when the program looks. */
	rest(20 * actor_slow());
}

void actor_tell(struct actor *a)
{
	char c = 0;

	if (write(a->go, &c, 1) != 1)
		abort();
}

void actor_wait(struct actor *a)
{
	char c;

	if (read(a->done, &c, 1) != 1)
		abort();
}

void actor_go(struct actor *a, struct tap_program *p)
{
	actor_tell(a);
	actor_wait(a);
	/* It may be at its last call still. */
	rest(20 * actor_slow());
	tap_look(p);
}

void actor_end(struct actor *a)
{
	close(a->go);
	close(a->done);
	/* Another one's fork may hold its pipe. */
	kill(a->pid, SIGKILL);
	waitpid(a->pid, NULL, 0);
}

bool actor_watch(struct actor *a, struct tap_program *p, const char *name,
		 const struct actor_option *options, const uint64_t sample[2])
{
	ring_buffer_sample_fn take = p->take;
	void *data = p->data;
	char why[256];

	if (geteuid() != 0) {
		printf("# SKIP needs root\n");
		return false;
	}
	if (!tap_open(p, name, why)) {
		printf("# SKIP %s: %s\n", name, why);
		return false;
	}
	p->take = take;
	p->data = data;
	for (; options && options->name; options++)
		if (!tap_option(p, options->name, options->value)) {
			printf("# no option %s\n", options->name);
			abort();
		}
	if (!strncmp(name, "pagefault", 9))
		tap_without(p, sample ? "fault_user" : "fault_any");
	if (!strncmp(name, "pagefault", 9) && sample)
		tap_without(p, "fault_kernel");
	if (!tap_load(p, sample ? sample[0] : 0, sample ? sample[1] : 0, why)) {
		printf("# %s: %s\n", name, why);
		tap_close(p);
		abort();
	}
	tap_say_pids(p, (uint32_t[]) { (uint32_t)a->pid, 0 });
	return true;
}

/* ---- addresses ---- */

bool actor_is_code(uint64_t address)
{
	FILE *f = fopen("/proc/self/maps", "re");
	char line[512], rights[8];
	unsigned long from, to;
	bool found = false;

	while (f && !found && fgets(line, sizeof(line), f))
		found = sscanf(line, "%lx-%lx %7s", &from, &to, rights) == 3 && address >= from &&
			address < to && rights[2] == 'x';
	if (f)
		fclose(f);
	return found;
}

const char *actor_kernel_name(uint64_t address)
{
	static char best[128];
	FILE *f = fopen("/proc/kallsyms", "re");
	char line[512], name[128];
	unsigned long at, nearest = 0;

	best[0] = '\0';
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%lx %*c %127s", &at, name) == 2 && at <= address &&
		    at > nearest) {
			nearest = at;
			strcpy(best, name);
		}
	if (f)
		fclose(f);
	return best;
}
