/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: the frame on a terminal, until somebody leaves.
 */
#ifndef TUI_RUN_H
#define TUI_RUN_H

#include <stdbool.h>

#include "backends/deck.h"

struct dash;

struct run_conf {
	const struct conf *conf;
	struct deck *deck;   /* no backend opened yet: that comes after the first paint */
	struct dash **self;  /* the deck's user data: where run_changed finds the dashboard */
	const char *backend; /* which one */
	const char *const *tracers;  /* patterns to switch on, NULL-ended; NULL: the default set */
	const char *const *objects;  /* BPF objects whose tracers are meant instead; or NULL */
	const char *const *settings; /* of options, see deck_set; NULL-ended, or NULL */
	const char *filter;	     /* for the filter bar; NULL: none */
	const char *capture;	     /* the capture filter to begin with; NULL: none */
	struct strbuf *said;	     /* takes what is to be said behind the screen */
	bool live;
	bool color;
};

/* Shows the deck until the user quits or the terminal goes away. 0 or -Exxx. */
int run_dashboard(const struct run_conf *c, struct err *e);

/* The deck's changed callback; data is a struct dash **, NULL in it while there is no dashboard. */
void run_changed(struct deck *d, void *data);

/* The deck's forgetting callback, with the same data. */
void run_forgetting(struct deck *d, uint64_t ts, void *data);

#endif
