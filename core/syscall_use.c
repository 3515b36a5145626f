/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * syscall_use: what system calls do with descriptors.
 */
#include "core/fds.h"
#include "core/syscall_private.h"
#include "core/util.h"

bool syscalls_use(struct syscalls *sc, const struct row *r, struct syscall_use *ret)
{
	struct call_row c;

	if (!call_row_read(sc, r, &c) || !c.call || !c.shape->is_enter)
		return false;
	for (unsigned i = 0; i < c.call->count; i++) {
		if (c.call->args[i].how != VALUE_FD)
			continue;
		*ret = (struct syscall_use) {
			.fd = (int32_t)c.args[i],
			.nr = c.nr,
			.began = c.began,
			.latency = c.latency,
		};
		if (c.shape->ret && c.ret > 0 && syscall_moves_bytes(c.call->name))
			ret->bytes = (uint64_t)c.ret;
		return ret->fd >= 0;
	}
	return false;
}

bool syscalls_explained(struct syscalls *sc, const struct row *r)
{
	struct call_row c;

	return call_row_read(sc, r, &c) && c.call && c.call->known;
}

bool syscalls_fd_name(struct syscalls *sc, int32_t tid, uint64_t ts, int fd, struct strbuf *out)
{
	return sc->conf.fds && fds_name(sc->conf.fds, tid, ts, fd, out) != FD_UNKNOWN;
}
