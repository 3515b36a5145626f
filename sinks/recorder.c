/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * recorder: see the header.
 */
#include "sinks/recorder.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/clock.h"
#include "sinks/recorder_path.h"

struct recorder {
	struct recorder_conf conf;
	struct recorder_path path;
	int fd;
	enum recorder_state state;
	uint64_t began;
};

int recorder_new(const struct recorder_conf *c, struct recorder **ret, struct err *e)
{
	struct recorder *r = xcalloc(1, sizeof(*r));
	int rc = recorder_path_open(&r->path, c->path, c->force, e);

	r->conf = *c;
	r->fd = rc;
	r->began = clock_mono();
	if (rc < 0) {
		recorder_free(r);
		return rc;
	}
	*ret = r;
	return 0;
}

bool recorder_step(struct recorder *r, uint64_t horizon, uint64_t budget)
{
	return false;
}

void recorder_stop(struct recorder *r)
{
	r->state = RECORDER_DONE;
}

void recorder_end_at(struct recorder *r, uint64_t to)
{
	r->conf.to = to;
}

bool recorder_ended(struct recorder *r, bool wait)
{
	return r->state >= RECORDER_DONE;
}

void recorder_status(const struct recorder *r, struct recorder_status *ret)
{
	*ret = (struct recorder_status) { .state = r->state, .path = r->path.path, .version = 6 };
	ret->began = r->began;
}

uint64_t recorder_position(const struct recorder *r)
{
	return UINT64_MAX;
}

void recorder_free(struct recorder *r)
{
	if (!r)
		return;
	if (r->fd >= 0)
		close(r->fd);
	recorder_path_done(&r->path);
	filter_free(r->conf.filter);
	free(r);
}
