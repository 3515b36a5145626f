/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * processes_fixture: a frame and a deck that the processes pane takes for the real ones.
 *
 * What the pane asks of them is here, and what it says to them is kept to be looked at.
 */
#ifndef TESTS_UNIT_PROCESSES_FIXTURE_H
#define TESTS_UNIT_PROCESSES_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>

#include "core/arena.h"
#include "tests/unit/identity_fixture.h"
#include "tui/cockpit.h"
#include "tui/processes_pane.h"
#include "tui/values.h"

#define S    NSEC_PER_SEC
#define ROWS 8
#define COLS 100

extern const struct view_ops processes_ops;

/* ---- the deck and the frame ---- */

struct deck {
	struct fixture fx;
	struct schema *kind;
	struct schema_set *schemas;
	struct summary *summary;
	struct store *store;
	struct source *source;
	bool ended;
};

struct ui {
	struct deck deck;
	struct scope scope;
	struct keymap *keymap;
	uint64_t now;
	struct view view;
	struct deck_play play;
	char said[256], yanked[256], acted[64], prompted[256], counted[64];
	const struct prompt_ops *prompt;
	struct cockpit_who cockpit; /* whose was opened last */
	unsigned cockpits;	    /* how many were */
};

struct store *deck_store(struct deck *d)
{
	return d->store;
}

struct identity *deck_identity(struct deck *d)
{
	return d->fx.id;
}

struct summary *deck_summary(struct deck *d)
{
	return d->summary;
}

bool deck_at_end(const struct deck *d)
{
	return d->ended;
}

/* What deck_play.c asks of the one above. */
void deck_derive(struct deck *d);
void deck_derive(struct deck *d)
{
}

struct deck *ui_deck(struct ui *ui)
{
	return &ui->deck;
}

struct scope *ui_scope(struct ui *ui)
{
	return &ui->scope;
}

const struct keymap *ui_keymap(struct ui *ui)
{
	return ui->keymap;
}

const struct deck_play *ui_playing(struct ui *ui)
{
	return &ui->play;
}

uint64_t ui_now(struct ui *ui)
{
	return ui->now;
}

void ui_say(struct ui *ui, enum look look, const char *fmt, ...)
{
	va_list ap;

	(void)look;
	va_start(ap, fmt);
	vsnprintf(ui->said, sizeof(ui->said), fmt, ap);
	va_end(ap);
}

void ui_yank(struct ui *ui, const char *text, size_t n)
{
	snprintf(ui->yanked, sizeof(ui->yanked), "%.*s", (int)n, text);
}

void ui_prompt(struct ui *ui, const struct prompt_ops *ops, const char *initial, void *data)
{
	(void)data;
	ui->prompt = ops;
	snprintf(ui->prompted, sizeof(ui->prompted), "%s", initial);
}

void ui_act(struct ui *ui, const char *view, enum action action, const struct act_arg *arg)
{
	(void)arg;
	snprintf(ui->acted, sizeof(ui->acted), "%s %s", view, actions[action].name);
}

void values_open(struct ui *ui, const char *key)
{
	snprintf(ui->counted, sizeof(ui->counted), "%s", key);
}

void cockpit_open(struct ui *ui, const struct cockpit_who *who)
{
	ui->cockpit = *who;
	ui->cockpits++;
}

/* ---- help for tests ---- */

static int setup(void **state)
{
	static const char format[] = EVENT("alpha", 301, FIELD("u64 number", 8, 8, 0));
	struct ui *ui = xcalloc(1, sizeof(*ui));
	struct machine machine = { .long_size = 8 };
	struct store_conf conf = { .memory = 1 << 20, .page_size = 4096 };

	fixture_init(&ui->deck.fx, machine, NULL);
	assert_int_equal(
	    schema_parse("test", format, strlen(format), machine, &ui->deck.kind, NULL), 0);
	ui->deck.kind->index = 1000;
	ui->deck.schemas = schema_set_new(machine);
	ui->deck.summary = summary_new();
	assert_int_equal(store_new(&conf, &ui->deck.store, NULL), 0);
	ui->deck.source = store_source(ui->deck.store, "test", "test", ui->deck.schemas, 0);
	ui->keymap = keymap_new();
	ui->now = 100 * S;
	ui->view = (struct view) {
		.ops = &processes_ops,
		.ui = ui,
		.state = xcalloc(1, processes_ops.size),
		.rows = ROWS,
		.cols = COLS,
		.focus = true,
	};
	assert_int_equal(processes_ops.open(&ui->view, NULL), 0);
	*state = ui;
	return 0;
}

static int teardown(void **state)
{
	struct ui *ui = *state;

	processes_ops.close(&ui->view);
	free(ui->view.state);
	scope_done(&ui->scope);
	keymap_free(ui->keymap);
	store_free(ui->deck.store);
	summary_free(ui->deck.summary);
	schema_set_free(ui->deck.schemas);
	schema_free(ui->deck.kind);
	fixture_done(&ui->deck.fx);
	free(ui);
	return 0;
}

#endif
