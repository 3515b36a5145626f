/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cleanup: removes what dead decks left in tracefs, and says what it did.
 *
 * Needed only where a deck and its guard were both killed. What a living deck uses is locked
 * and never touched, whoever's it is.
 */
#include <stdlib.h>

#include "cli/cli.h"
#include "core/strbuf.h"
#include "tracefs/dir.h"
#include "tracefs/instance.h"

struct report {
	struct strbuf out;
	bool dry_run;
	int left; /* could not be removed */
};

static void report_one(const struct leftover *l, bool removed, const char *why, void *data)
{
	struct report *r = data;

	strbuf_fmt(&r->out, "%s: ", l->name);
	if (removed) {
		strbuf_str(&r->out, "removed\n");
	} else if (r->dry_run) {
		strbuf_fmt(&r->out, "would be removed: %s\n", why);
	} else {
		strbuf_fmt(&r->out, "not removed: %s\n", why);
		r->left++;
	}
}

static int sweep(struct report *r, struct err *e)
{
	char *tracefs = NULL;
	int n = tracefs_find(false, &tracefs, e);

	if (!n)
		n = instance_sweep(tracefs, !r->dry_run, report_one, r, e);
	free(tracefs);
	return n;
}

static int run(struct opts *o)
{
	struct report r = { .dry_run = o->dry_run };
	struct err e = ERR_INIT;
	int n = sweep(&r, &e), status = CLI_OK;

	if (n < 0) {
		cli_error(&e);
		status = CLI_FAILED;
	} else if (!n) {
		cli_say("nothing was left behind");
	} else {
		status = cli_status(cli_out(r.out.s, r.out.len));
		if (r.left) {
			cli_error(&e);
			status = CLI_FAILED;
		}
	}
	strbuf_done(&r.out);
	return status;
}

const struct command cmd_cleanup = {
	.name = "cleanup",
	.args = "[--dry-run]",
	.blurb = "remove what dead decks left in the kernel",
	.help =
	    "Removes the tracing instances of decks that are gone and whose guard could not "
	    "clean up\nafter them (both were killed). What a living deck uses is not touched. "
	    "The exit status\nis 0 when nothing is left, 1 when something could not be removed.",
	.opts =
	    OPT_BIT(OPT_DRY_RUN) | OPT_BIT(OPT_CONFIG) | OPT_BIT(OPT_HELP) | OPT_BIT(OPT_VERSION),
	.run = run,
};
