/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * loading: how long each program of ours takes from being asked for to being attached and in our
 * hands: the loader's work, libbpf's, the verifier's and the way back.
 *
 * The first one has the start of the loader in it. Each is loaded some times; "first" is the first
 * of them, "best" and "worst" are of those after it. "CPU" is the least that the loader was on a
 * CPU, on a machine that has other things to do as well. "asking" and "closing" are the
 * longest that the asker was held up by it and by its end, which the screen would be. loading
 * [NAME...] measures these alone.
 */
#include <stdio.h>
#include <string.h>

#include "bpf/loader.h"
#include "bpf/programs.h"
#include "core/clock.h"
#include "core/util.h"

#define TIMES 4
#define RING  (8 << 20) /* as tracers have by default */
#define WAIT  (60 * NSEC_PER_SEC)

struct took {
	uint64_t first, best, worst, cpu, asking, closing;
};

/* How long the loader, our only child, was on a CPU so far; 0: that cannot be known. */
static uint64_t cpu_of_loader(void)
{
	FILE *f = fopen("/proc/thread-self/children", "re");
	unsigned long long ns = 0;
	char path[64];
	int pid = 0;

	if (f && fscanf(f, "%d", &pid) == 1) {
		fclose(f);
		snprintf(path, sizeof(path), "/proc/%d/schedstat", pid);
		f = fopen(path, "re");
	}
	if (f && (!pid || fscanf(f, "%llu", &ns) != 1))
		ns = 0;
	if (f)
		fclose(f);
	return ns;
}

static double ms(uint64_t ns)
{
	return (double)ns / 1e6;
}

/* Loads one once, and lets it go. Returns the ns; 0: it failed, and said why. */
static uint64_t load(struct loader *l, const char *name, struct took *t)
{
	struct loader_request r = {
		.what = LOADER_LOAD, .name = name, .builtin = name, .fd = -1, .ring = RING
	};
	uint64_t start = clock_mono(), ns;
	struct loader_answer *a = NULL;
	struct err e = ERR_INIT;
	int64_t id = loader_ask(l, &r, &e);
	int rc;

	t->asking = MAX(t->asking, clock_mono() - start);
	rc = id < 0 ? (int)id : loader_take(l, WAIT, &a, &e);
	if (rc != 1) {
		printf("%-18s failed: %s\n", name, rc ? e.text : "no answer");
		return 0;
	}
	ns = clock_mono() - start;
	if (a->err.code)
		printf("%-18s failed: %s\n", name, a->err.text);
	ns = a->err.code ? 0 : ns;
	start = clock_mono();
	loader_answer_free(a);
	t->closing = MAX(t->closing, clock_mono() - start);
	return ns;
}

static bool measure(struct loader *l, const char *name, struct took *t)
{
	*t = (struct took) { .best = UINT64_MAX, .cpu = UINT64_MAX };
	for (int i = 0; i < TIMES; i++) {
		uint64_t before = cpu_of_loader(), ns = load(l, name, t);

		if (!ns)
			return false;
		if (before)
			t->cpu = MIN(t->cpu, cpu_of_loader() - before);
		if (!i) {
			t->first = ns;
			continue;
		}
		t->best = MIN(t->best, ns);
		t->worst = MAX(t->worst, ns);
	}
	return true;
}

/* Whether one is to be measured: all are when none is named. */
static bool is_named(const char *name, int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (!strcmp(argv[i], name))
			return true;
	return argc < 2;
}

int main(int argc, char **argv)
{
	struct loader *l = NULL;
	struct err e = ERR_INIT;

	if (argc > 1 && !strcmp(argv[1], LOADER_ARG))
		return loader_main(argc, argv);
	if (loader_start(&l, NULL, &e) < 0) {
		fprintf(stderr, "loading: %s\n", e.text);
		return 1;
	}
	printf("%-18s %9s %9s %9s %9s %9s %9s   (ms)\n", "program", "first", "best", "worst", "CPU",
	       "asking", "closing");
	for (const struct bpf_object_file *o = bpf_programs; o->name; o++) {
		struct took t;

		if (is_named(o->name, argc, argv) && measure(l, o->name, &t))
			printf("%-18s %9.1f %9.1f %9.1f %9.1f %9.3f %9.3f\n", o->name, ms(t.first),
			       ms(t.best), ms(t.worst), t.cpu == UINT64_MAX ? 0 : ms(t.cpu),
			       ms(t.asking), ms(t.closing));
		fflush(stdout);
	}
	loader_stop(l);
	return 0;
}
