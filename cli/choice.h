/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * choice: what -e, -f and -p ask for, the same for every command that takes them.
 */
#ifndef CLI_CHOICE_H
#define CLI_CHOICE_H

#include "backends/deck.h"
#include "cli/cli.h"
#include "core/filter.h"

/* What the filter of a command takes in beside -f. */
enum choice_part {
	CHOICE_CONFIGURED = 1, /* without -f that of the configuration ([stream] filter) */
	CHOICE_PIDS = 2,       /* rows of the processes of -p, with --follow of all they make */
	CHOICE_EVENTS = 4,     /* rows of the events of -e: what a recording holds cannot be
				  switched off */
};

/* The filter for all that is asked for, joined by "and"; *ret is NULL where everything is wanted.
 */
int choice_filter(const struct opts *o, unsigned parts, struct filter **ret, struct err *e);

/* Appends the filter of -p and --follow alone; nothing where there is no -p. */
void choice_put_targets(const struct opts *o, struct strbuf *b);

/* The same as a filter, which asks for nothing but threads and times; *ret is NULL without -p. */
int choice_targets(const struct opts *o, struct filter **ret, struct err *e);

/* -EINVAL in words when --follow has nobody to follow. */
int choice_check_follow(const struct opts *o, struct err *e);

/*
 * Reads a filter's times anew by the clocks of a deck of recordings: what is relative is so to
 * their end. *f may be NULL.
 */
int choice_times(struct filter **f, struct deck *d, struct err *e);

/* True when -e asks for latency pairs. Then only rows of -e are wanted: what pairs are made of is
 * on for them alone. */
bool choice_pairs(const struct opts *o);

/* The rows of -e alone where it asks for pairs: what others a filter leaves out is nobody's wish.
 * NULL elsewhere. */
struct filter *choice_among(const struct opts *o);

/* What those others are, as in "12 WORDS". */
const char *choice_apart(const struct opts *o);

/* -ENOENT in words when a recording has no event that an -e means; switches pairs of -e on. */
int choice_events(const struct opts *o, struct deck *d, struct err *e);

/* The source whose rows need not say where they are from: the top buffer of the only file. */
const struct source *choice_top(const struct opts *o, struct deck *d);

/* -ENOENT when the filter has a field that no source of the deck has: it would show nothing,
 * silently. */
int choice_check(const struct filter *f, struct deck *d, struct err *e);

/* The same of a filter that is told to the kernel, which may ask it for more than a record holds.
 */
int choice_check_capture(struct filter *f, struct deck *d, struct err *e);

/* Says what is right in a filter and probably not meant, a line each; see filter_notes_among. */
void choice_say_notes(struct filter *f, struct filter *among, const struct schema_set *set);

/* The same of what -f says, for the events of a deck. */
void choice_notes(const struct opts *o, struct deck *d);

/*
 * Sets of whom --follow wants rows, if all it names are numbers: then those that they make are
 * followed where events are made, too. Returns what the capture points to, which must outlive the
 * deck and is freed by the caller; NULL: nothing was set.
 */
int32_t *choice_family(const struct opts *o, struct capture *ret);

/*
 * Makes it what the deck captures at all, if it has a filter. What it points to must outlive the
 * deck. *kernel tells whether the kernel does a part of it.
 */
int choice_capture(const struct capture *c, struct deck *d, bool *kernel, struct err *e);

/*
 * Switches on what -e says, else what the configuration says, else rare events that tell what goes
 * on. Failures of single tracers are said and stop nothing; -ENOENT when a pattern means none.
 */
int choice_enable(const struct opts *o, struct deck *d, struct err *e);

/* Sets options of tracers as --set says, before any is switched on; what is wrong is the command
 * line's fault. */
int choice_set(const struct opts *o, struct deck *d, struct err *e);

/* Lets SIGINT, SIGTERM and, unless it is ignored, SIGHUP end a command in order: calls fn. */
int choice_signals(struct deck *d, poller_signal_fn fn, void *data, struct err *e);

#endif
