/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * opts: the command line, parsed. For cli/main.c; commands see struct opts.
 */
#ifndef CLI_OPTS_H
#define CLI_OPTS_H

#include "cli/cli.h"
#include "core/strbuf.h"

/* Parses what follows the command's name. argv[0] is skipped; words that are no options go to args.
 */
int opts_parse(struct opts *o, const struct command *cmd, int argc, char **argv, struct err *e);

/* Reads the configuration files, checks their keys and fills what the command line left open. */
int opts_read_conf(struct opts *o, struct err *e);

void opts_done(struct opts *o);

/* Appends one line for each option the command takes. */
void opts_help(const struct command *cmd, struct strbuf *b);

#endif
