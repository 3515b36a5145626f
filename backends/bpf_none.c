/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bpf_none: stands for the backend of BPF programs where the program was built without them.
 */
#include <errno.h>

#include "backends/backend.h"

static int refuse(struct err *e)
{
	return err_set(
	    e, -ENOTSUP,
	    "this tapdeck was built without BPF: it needs clang, libbpf, libelf and libdw "
	    "when it is built");
}

static int none_probe(const struct backend_env *env, struct err *e)
{
	(void)env;
	return refuse(e);
}

static int none_open(struct backend *b, struct err *e)
{
	(void)b;
	return refuse(e);
}

static void none_close(struct backend *b)
{
	(void)b;
}

static int none_list(struct backend *b, const char *pattern, tracer_visit_fn visit, void *data,
		     struct err *e)
{
	(void)b, (void)pattern, (void)visit, (void)data, (void)e;
	return 0;
}

static int none_enable(struct backend *b, const char *group, const char *name, bool on,
		       struct err *e)
{
	(void)b, (void)group, (void)name, (void)on;
	return refuse(e);
}

static int none_status(struct backend *b, const char *group, const char *name,
		       struct tracer_status *ret)
{
	(void)b, (void)group, (void)name;
	*ret = (struct tracer_status) { .state = TRACER_OFF };
	return -ENOENT;
}

static int none_start(struct backend *b, struct err *e)
{
	(void)b, (void)e;
	return 0;
}

static int64_t none_drain(struct backend *b, size_t budget, bool final, struct err *e)
{
	(void)b, (void)budget, (void) final, (void)e;
	return 0;
}

static uint64_t none_next(struct backend *b, uint64_t now)
{
	(void)b, (void)now;
	return UINT64_MAX;
}

const struct backend_ops bpf_ops = {
	.name = "bpf",
	.blurb = "BPF programs (not in this build)",
	.size = 1,
	.caps = BACKEND_LIVE | BACKEND_ALONG,
	.probe = none_probe,
	.open = none_open,
	.close = none_close,
	.list = none_list,
	.enable = none_enable,
	.status = none_status,
	.start = none_start,
	.stop = none_close,
	.drain = none_drain,
	.next = none_next,
};
