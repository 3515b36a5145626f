/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * top_tables: tables that the kernel counts, on standard output, once a second.
 */
#ifndef CLI_TOP_TABLES_H
#define CLI_TOP_TABLES_H

#include "cli/cli.h"

#define TOP_TABLES_NOT (-1)

/* Runs where nothing but tracers that count in the kernel are asked for; an exit status, or
 * TOP_TABLES_NOT. */
int top_tables_run(struct opts *o);

#endif
