/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * users: names of users by their numbers, each looked up once.
 *
 * Where the host's files are below a root of their own (host_root), its list of users is read and
 * not ours.
 */
#ifndef CORE_USERS_H
#define CORE_USERS_H

#include <stddef.h>
#include <stdint.h>

struct users;

struct users *users_new(void);
void users_free(struct users *u);

/* The name of a user, NULL when there is none of this number; it stays as long as u does. */
const char *users_name(struct users *u, uint32_t uid);

/* The number of a user by name or by digits; UINT32_MAX when there is none. */
uint32_t users_uid(const char *name, size_t len);

#endif
