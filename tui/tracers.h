/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tracers: what the parts of the tracers pane share; nobody else includes it.
 *
 * tracers.c has the slots of the view, tracers_act.c what keys do, tracers_tree.c knows which
 * tracers there are, tracers_meter.c what they give, tracers_cost.c what that costs,
 * tracers_lines.c which of them are on the screen, tracers_cells.c how they look, tracers_switch.c
 * switches them step by step, tracers_search.c finds them, tracers_option.c sets their options,
 * tracers_detail.c is the dialog about one (tracers_fields.c the part about its fields),
 * tracers_log.c the one with all that was said when it failed.
 */
#ifndef TUI_TRACERS_H
#define TUI_TRACERS_H

#include "tui/sheet.h"
#include "tui/table.h"
#include "tui/view.h"

enum { TREND = 20 }; /* seconds of a sparkline */

enum node_kind {
	NODE_ROOT,
	NODE_BACKEND,
	NODE_MISSING, /* a backend that could not be opened */
	NODE_GROUP,
	NODE_TRACER,
	NODE_OTHERS, /* what others have made */
	NODE_OTHER,
};

/* What a node gave, second by second. */
struct meter {
	uint64_t events; /* in all, when last looked at */
	uint64_t rate;	 /* events a second, in the last one */
	uint32_t trend[TREND];
	bool begun; /* events is of a look before: rates mean something */
};

/* What the programs of a tracer cost, between two looks a second apart. */
struct run_cost {
	uint64_t at;		   /* of the last look; 0: none */
	uint64_t runs, run_ns;	   /* until then */
	uint64_t new_runs, new_ns; /* since the one before */
	uint64_t span;		   /* ns between them; 0: nothing is known */
	uint64_t held, room, lost; /* of its ring */
};

struct node {
	enum node_kind kind;
	char *name;  /* as the backend says it */
	char *label; /* safe to draw; NULL: the name is */
	char *text; /* blurb of a tracer or group, facts of an other, reason of a missing backend */
	char *note; /* of a group: a line below its tracers */
	char *cost; /* of a tracer: what to ask before it is switched on; owner of an other */
	struct node *parent;
	struct node **children;
	size_t count, cap;
	bool unfolded, loaded;
	bool seen; /* while children are listed anew */
	bool hit;  /* (search) it, or something below it, is meant */
	/* of a tracer */
	enum tracer_gives gives;
	enum tracer_state state; /* of an other: on or off */
	char *reason;		 /* why it failed; NULL */
	/* of what has tracers below */
	unsigned total, on, failed, starting;
	uint64_t fresh;		/* while events are added up */
	struct meter *meter;	/* NULL: it never gave anything */
	struct run_cost *spent; /* NULL: its backend does not say */
	bool watched;		/* of a backend: it is told that somebody looks at costs */
};

/* A line on the screen: a node, or a further line of its text. */
struct line_of {
	struct node *node;
	unsigned from, len; /* len > 0: this part of the node's text */
};

/* Tracers being switched, a few in every update. */
struct job {
	struct node **nodes;
	size_t count, at;
	bool on, active;
	unsigned failed;
	char what[128], first[256]; /* of whom; the first reason */
};

struct search {
	char *text;  /* NULL: none yet */
	bool narrow; /* only hits are shown */
	size_t hits;
	char *origin; /* path of the node under the cursor before */
};

struct tracers {
	struct view *view;
	struct ui *ui;
	struct node root;
	struct line_of *lines;
	size_t line_count, line_cap;
	struct table_state table;
	bool columns_chosen;
	bool only_on;
	bool stale; /* lines are not as the tree is */
	struct job job;
	struct search search;
	struct node *ask; /* which one a question is about; NULL: none */
	bool ask_table;	  /* its table is to be shown then */
	uint64_t sampled, others_at, arrived;
	uint64_t turns;		/* of the counts, see ui_turns */
	bool showed_on;		/* what was on at first was brought into sight */
	bool narrowed;		/* what a recording has no rows of was left out, once */
	bool waiting;		/* something is being switched behind our back */
	struct node **by_index; /* whose the events of a schema are; by schema->index */
	uint32_t index_count;
	/* what is remembered from the last session and was not met yet */
	char *want_unfolded, *want_cursor;
};

static inline struct tracers *tracers_of(const struct view *v)
{
	return v->state;
}

/* ---- tracers_tree.c ---- */

/* Backends that were opened or refused since; true when there are some. */
bool tree_backends(struct tracers *t);
/* Lists the children of a node that has none yet; anew: also when it has. */
void tree_load(struct tracers *t, struct node *n, bool anew);
/* Everything below a node: all names of the kernel cost 2 ms. */
void tree_load_all(struct tracers *t, struct node *n);
void tree_done(struct tracers *t);

/* The backend a node belongs to; NULL when it is none that is open. */
struct backend *node_backend(const struct tracers *t, const struct node *n);
/* The next tracer behind n in order of the tree (from NULL: the first); NULL behind the last. */
struct node *node_next_tracer(struct tracers *t, const struct node *n);
/* Appends "backend:group:name". */
void node_path(const struct node *n, struct strbuf *out);
/* Appends "group:name" as people know it. */
void node_title(const struct node *n, struct strbuf *out);
static inline bool node_has_children(const struct node *n)
{
	return n->kind == NODE_BACKEND || n->kind == NODE_GROUP || n->kind == NODE_OTHERS;
}

/* ---- tracers_meter.c ---- */

/* Asks for states and adds up events, when it is time; true when something looks different. */
bool tree_sample(struct tracers *t);
/* The state of one tracer, and what follows for those above. */
void tree_status(struct tracers *t, struct node *n);
/* Adds up what is on from the leaves to the root. */
void tree_count(struct node *n);

/* ---- tracers_cost.c ---- */

/* Takes what a tracer says over, once a second; true when it did and something is known. */
bool cost_take(struct run_cost *c, const struct tracer_status *s, uint64_t now);
/* The part of one CPU that it takes, in percent; false when nobody knows. */
bool cost_percent(const struct run_cost *c, double *ret);
/* Appends what it costs and how full its ring is, in words; nothing where nothing is known. */
void cost_words(const struct run_cost *c, struct strbuf *out);
/* Tells backends whether costs are on the screen. */
void cost_watch(struct tracers *t, bool shown);

/* ---- tracers_lines.c ---- */

enum tracers_column {
	COLUMN_STATE,
	COLUMN_NAME,
	COLUMN_EVENTS,
	COLUMN_TREND,
	COLUMN_CPU,
	COLUMN_TOTAL,
	COLUMN_RUNS,
	COLUMN_EACH,
	COLUMN_RING,
	COLUMN_LOST,
};

extern const struct table_column tracers_columns[];
extern const unsigned tracers_column_count;

/* Makes the lines of the tree; the cursor stays on its node. */
void lines_build(struct tracers *t);
/* The node under the cursor, or NULL. */
struct node *lines_cursor(const struct tracers *t);
/* Puts the cursor on a node, unfolding what is above it. */
void lines_go(struct tracers *t, struct node *n);
/* Which columns fit, unless somebody chose. */
void lines_fit(struct tracers *t);
/* True for a tracer that is not off, and for what has one below. */
bool lines_is_on(const struct node *n);
/* What stands below a node in words: the reason of a missing backend, the note of a group. */
const char *lines_text(const struct node *n);
/* Whether what programs cost has a place on the screen. */
bool lines_show_cost(const struct tracers *t);

/* ---- tracers_cells.c ---- */

void lines_draw(const struct view *v, struct area *a);

/* ---- tracers_switch.c ---- */

/* Switches a tracer, a group or a backend on or off; asks before what is dear. */
unsigned switch_toggle(struct tracers *t, struct node *n);
unsigned switch_noisiest(struct tracers *t, unsigned count);
unsigned switch_all_off(struct tracers *t);
/* Shows the table of a tracer that counts; asks to switch it on where it is off. */
unsigned switch_table(struct tracers *t, struct node *n);
/* A bounded piece of what is being done; true while there is more. */
bool switch_work(struct tracers *t);
/* Stops it; false when there was nothing. */
bool switch_stop(struct tracers *t);
/* The question that is open is about a node that goes. */
void switch_done(struct tracers *t);

/* ---- tracers_search.c ---- */

unsigned search_open(struct tracers *t, const struct act_arg *arg);
unsigned search_step(struct tracers *t, unsigned count, bool backwards);
/* Shows everything again; false when it did. */
bool search_clear(struct tracers *t);
/* Marks hits anew, as the tree has changed. */
void search_mark(struct tracers *t);
void search_done(struct tracers *t);

/* ---- tracers_act.c ---- */

unsigned tracers_act(struct view *v, enum action a, const struct act_arg *arg);

/* ---- tracers_option.c ---- */

/* ACT_OPTION: a prompt for an option of the tracer under the cursor, or the argument's at once. */
unsigned option_prompt(struct tracers *t, const struct act_arg *arg);
/* Appends what could stand there, as prompt_ops.complete. */
void option_complete(struct tracers *t, const char *text, size_t at, size_t *from,
		     struct strbuf *out);

/* ---- tracers_log.c ---- */

/* Shows all that was said when a tracer failed; says so where nothing was. */
unsigned log_open(struct tracers *t, const struct node *n);

/* ---- tracers_fields.c ---- */

/* Appends the fields of an event as a table. */
void fields_put(struct sheet *page, const struct schema *s);

/* ---- tracers_detail.c ---- */

/* Opens the dialog about a node. */
void detail_open_node(struct tracers *t, struct node *n);

#endif
