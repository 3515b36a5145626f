/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * object_sample: programs that run every so often on each CPU: sample = CLOCK OPTION|NUMBER.
 */
#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bpf/object.h"
#include "bpf/option_value.h"
#include "core/arena.h"
#include "core/cleanup.h"
#include "core/util.h"

/* What can be sampled. Clocks are asked for times a second; of the others each so many. */
static const struct clock {
	const char *name;
	uint32_t type;
	uint64_t config;
	bool by_rate;
} clocks[] = {
	{ "cpu-clock", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK, true },
	{ "task-clock", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK, true },
	{ "page-faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS, false },
	{ "minor-faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS_MIN, false },
	{ "major-faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS_MAJ, false },
	{ "context-switches", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CONTEXT_SWITCHES, false },
	{ "cpu-migrations", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_MIGRATIONS, false },
	{ "cycles", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES, true },
	{ "instructions", PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS, true },
	{ "cache-misses", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CACHE_MISSES, false },
	{ "branch-misses", PERF_TYPE_HARDWARE, PERF_COUNT_HW_BRANCH_MISSES, false },
};

struct sample {
	const struct clock *clock;
	uint64_t times; /* a second, or each so many */
};

static const char *clock_name(size_t i, void *data)
{
	(void)data;
	return clocks[i].name;
}

/* The number, or what the option of that name says. */
static int read_times(const struct object *o, const struct loader_answer *a, const char *word,
		      uint64_t *ret, struct err *e)
{
	struct bpf_option op = { .name = (char *)"sample", .unit = OPTION_HZ };
	int64_t v;
	int rc;

	for (size_t i = 0; i < a->option_count; i++) {
		if (strcmp(a->options[i].name, word) != 0)
			continue;
		op.unit = a->options[i].unit;
		op.name = a->options[i].name;
		word = a->options[i].value;
		break;
	}
	rc = option_read(&op, *word ? word : "99", &v, e);
	if (rc)
		return err_ctx(e, "%s", o->label);
	if (v < 1)
		return err_set(e, -ERANGE, "%s: %s: a number above 0 is needed", o->label, op.name);
	*ret = (uint64_t)v;
	return 0;
}

static int read_sample(const struct object *o, const struct loader_answer *a, struct sample *ret,
		       struct err *e)
{
	const char *says = object_says(o, "sample", NULL), *near;
	size_t n = strcspn(says, " \t");
	_cleanup_free_ char *name = xstrndup(says, n);

	for (size_t i = 0; i < ARRAY_SIZE(clocks); i++) {
		if (strcmp(clocks[i].name, name) != 0)
			continue;
		ret->clock = &clocks[i];
		return read_times(o, a, says + n + strspn(says + n, " \t"), &ret->times, e);
	}
	near = util_nearest(name, clock_name, ARRAY_SIZE(clocks), NULL);
	return err_set(e, -EINVAL, "%s: sample = %s: there is no such clock%s%s%s", o->label, name,
		       near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static int open_event(const struct sample *s, int cpu)
{
	struct perf_event_attr at = {
		.size = sizeof(at),
		.type = s->clock->type,
		.config = s->clock->config,
		.freq = s->clock->by_rate,
	};

	if (s->clock->by_rate)
		at.sample_freq = s->times;
	else
		at.sample_period = s->times;
	return (int)syscall(SYS_perf_event_open, &at, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
}

static int say_open(const struct object *o, const struct sample *s, struct err *e)
{
	int code = -errno;

	if (code == -ENOENT || code == -EOPNOTSUPP)
		return err_set(e, code, "%s: this machine cannot sample by %s", o->label,
			       s->clock->name);
	if (code == -EINVAL && s->clock->by_rate)
		return err_set(e, code,
			       "%s: %llu times a second is more than "
			       "/proc/sys/kernel/perf_event_max_sample_rate allows",
			       o->label, (unsigned long long)s->times);
	return err_set(e, code, "%s: cannot sample by %s: %s", o->label, s->clock->name,
		       strerror(-code));
}

int object_sample(struct object *o, const struct loader_answer *a, struct bpf_program *prog,
		  struct err *e)
{
	int cpus = libbpf_num_possible_cpus(), done = 0, rc;
	struct sample s = { 0 };

	rc = read_sample(o, a, &s, e);
	for (int cpu = 0; cpu < cpus && !rc; cpu++) {
		int fd = open_event(&s, cpu);
		struct bpf_link *link;

		if (fd < 0 && errno == ENODEV)
			continue; /* it is off */
		if (fd < 0)
			return say_open(o, &s, e);
		link = bpf_program__attach_perf_event(prog, fd);
		if (!link) {
			rc = -errno;
			close(fd);
			return err_set(e, rc, "%s: cannot be attached to %s: %s", o->label,
				       s.clock->name, strerror(-rc));
		}
		object_add_link(o, link);
		done++;
	}
	return rc || done ? rc : err_set(e, -ENODEV, "%s: there is no CPU to sample", o->label);
}
