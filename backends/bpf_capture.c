/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bpf_capture: has programs keep out what nobody wants.
 *
 * What they are told is in the map tap_control of each (t->control, written by bpf_tracer_gate).
 */
#include "backends/bpf_private.h"

int bpf_capture(struct backend *backend, const struct capture *c, struct strbuf *took,
		struct err *e)
{
	(void)backend, (void)c, (void)took, (void)e;
	return 0; /* all of it is asked of rows again */
}

void bpf_capture_plan(struct bpf_tracer *t)
{
	t->control = (struct tap_control) { 0 };
}

void bpf_capture_close(struct bpf_backend *b)
{
	(void)b;
}
