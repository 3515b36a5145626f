/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fake_recorder: see the header. The functions are those of sinks/recorder.h; the linker takes
 * these and leaves the library's out.
 */
#include "tests/screens/fake_recorder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/util.h"
#include "tracefs/dat_meta.h"

/* Of the second that the status line shows, in its middle. */
#define SECOND(n) ((n)*NSEC_PER_SEC + NSEC_PER_SEC / 2)

struct fake_recorder fake_recorder;

void fake_recorder_reset(void)
{
	fake_recorder = (struct fake_recorder) { .error = ERR_INIT };
}

bool fake_recorder_set(char *words)
{
	struct fake_recorder *f = &fake_recorder;
	const struct {
		const char *key;
		uint64_t *value;
	} keys[] = {
		{ "events", &f->events }, { "bytes", &f->bytes },   { "rate", &f->rate },
		{ "lost", &f->lost },	  { "missed", &f->missed }, { "age", &f->age },
		{ "slow", &f->slow },
	};
	char *key;

	while ((key = strsep(&words, " "))) {
		size_t i = 0;

		if (!words)
			return false;
		if (!strcmp(key, "error"))
			return err_set(&f->error, -ENOSPC, "%s", words) < 0;
		while (i < ARRAY_SIZE(keys) && strcmp(keys[i].key, key) != 0)
			i++;
		if (i == ARRAY_SIZE(keys))
			return false;
		*keys[i].value = strtoull(strsep(&words, " "), NULL, 10);
	}
	return true;
}

struct recorder {
	char *path;
	bool stopped;
};

int recorder_new(const struct recorder_conf *c, struct recorder **ret, struct err *e)
{
	if (!access(c->path, F_OK)) {
		filter_free(c->filter);
		dat_meta_free(c->meta);
		return err_set(e, -EEXIST, "%s is there already and is left alone", c->path);
	}
	*ret = xcalloc(1, sizeof(**ret));
	(*ret)->path = xstrdup(c->path);
	fake_recorder.was = *c;
	snprintf(fake_recorder.filter, sizeof(fake_recorder.filter), "%s",
		 c->filter ? filter_text(c->filter) : "");
	filter_free(c->filter);
	dat_meta_free(c->meta);
	fake_recorder.running = true;
	fake_recorder.made++;
	return 0;
}

bool recorder_step(struct recorder *r, uint64_t horizon, uint64_t budget)
{
	return false;
}

void recorder_stop(struct recorder *r)
{
	r->stopped = true;
}

void recorder_end_at(struct recorder *r, uint64_t to)
{
	r->stopped = true;
}

bool recorder_ended(struct recorder *r, bool wait)
{
	return (r->stopped && !fake_recorder.slow) || fake_recorder.error.code || wait;
}

void recorder_status(const struct recorder *r, struct recorder_status *ret)
{
	const struct fake_recorder *f = &fake_recorder;
	bool ended = recorder_ended((struct recorder *)r, false);

	*ret = (struct recorder_status) {
		.state = f->error.code ? RECORDER_FAILED
			 : ended       ? RECORDER_DONE
			 : r->stopped  ? RECORDER_ENDING
				       : RECORDER_RUNNING,
		.reason = f->error.code ? RECORDER_ERROR
			  : ended	? RECORDER_STOPPED
					: RECORDER_NOT_ENDED,
		.path = r->path,
		.began = clock_mono() - SECOND(f->age),
		.events = f->events,
		.bytes = f->bytes,
		.events_rate = f->rate,
		.lost = f->lost,
		.missed = f->missed,
		.version = 6,
		.error = f->error.code ? &f->error : NULL,
	};
}

int recorder_fd(const struct recorder *r)
{
	return -1;
}

uint64_t recorder_position(const struct recorder *r)
{
	return UINT64_MAX;
}

void recorder_abandon(struct recorder *r)
{
	if (!r)
		return;
	fake_recorder.running = false;
	fake_recorder.abandoned++;
	recorder_free(r); /* as the end of the process would */
}

void recorder_free(struct recorder *r)
{
	if (!r)
		return;
	fake_recorder.running = false;
	free(r->path);
	free(r);
}
