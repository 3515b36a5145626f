/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trust: who else could have written a file that we are about to obey.
 *
 * tapdeck usually runs as root, and a file of its may name commands, hooks and programs. Such
 * a file is obeyed only when nobody but root and the caller could have changed it or
 * put another in its place.
 */
#ifndef CORE_TRUST_H
#define CORE_TRUST_H

#include "core/err.h"

/*
 * 0 when the file opened as fd is owned by root or the caller and nobody else may write to
 * it, and the same holds for every directory on the way to it, symbolic links followed, and path
 * still leads to that very file. Else -EPERM with the name of what is not safe and what would help;
 * other -Exxx where it cannot be found out. The caller is the effective user: under sudo, root.
 */
int path_trusted(int fd, const char *path, struct err *e);

#endif
