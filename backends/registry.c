/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * registry: every backend there is, in the order in which they are asked and shown.
 *
 * To add one: its file, its line here, its line in meson.build.
 */
#include "backends/backend.h"

extern const struct backend_ops tracefs_ops;
extern const struct backend_ops bpf_ops;
extern const struct backend_ops replay_ops;
extern const struct backend_ops pair_ops;

const struct backend_ops *const backends[] = {
	&tracefs_ops, &bpf_ops, &replay_ops, &pair_ops, /* behind what its rows are made of */
	NULL,
};
