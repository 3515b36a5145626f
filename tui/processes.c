/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * processes: the pane with one row a process.
 *
 * Looks at the summary once a second and draws what it knows then. The cursor stays with the
 * process it was put on as long as that is in sight; on the first row it stays on top. Narrowing
 * goes to the scope, which is the events pane's: here everything captured is counted. What keys do
 * is in tui/processes_act.c.
 */
#include "tui/processes_pane.h"

#include "core/clock.h"
#include "tui/play.h"

#define PERIOD	    NSEC_PER_SEC
#define COST_SHARE  20 /* a look takes at most so small a part of the time */
#define DETAIL_STEP 32 /* processes whose /proc is read in one step */
#define WIDE_PANE   100

/* ---- looking ---- */

const struct process_row *pane_row(const struct pane *p)
{
	return processes_at(&p->model, p->table.cursor);
}

void pane_remember(struct pane *p)
{
	const struct process_row *r = pane_row(p);

	p->key = r ? r->key : 0;
}

/*
 * Puts the cursor where its row is now. A row that sank out of sight, as most do soon after a
 * burst, takes the cursor with it only when its events are being looked at: who reads the top of
 * the list keeps it.
 */
void pane_follow(struct view *v)
{
	struct pane *p = v->state;
	struct table_state *t = &p->table;
	uint64_t sight = (uint64_t)MAX(v->rows - table_header(v->rows), 1), at = t->cursor;

	if (!p->picked)
		t->cursor = 0;
	else if (processes_find(&p->model, p->key, &at) &&
		 (p->held || (at >= t->top && at - t->top < sight)))
		t->cursor = at;
	table_fit(t, p->model.shown, v->rows);
	pane_remember(p);
}

void pane_arrange(struct view *v)
{
	struct pane *p = v->state;

	processes_arrange(&p->model, deck_identity(ui_deck(v->ui)));
	p->table.sort = (int)p->model.sort;
	p->table.reverse = p->model.descending;
	pane_follow(v);
}

static void count_losses(struct pane *p, struct store *s)
{
	const struct source *src;

	p->lost = 0;
	p->lost_unknown = false;
	for (unsigned i = 0; (src = store_source_at(s, i)); i++) {
		if (src->flags & SOURCE_HIDDEN)
			continue;
		p->lost += src->lost;
		p->lost_unknown |= src->lost_unknown != 0;
	}
}

/* A recording that was read, or played, through. */
static bool has_ended(const struct view *v)
{
	struct deck *d = ui_deck(v->ui);

	return store_source_at(deck_store(d), 0) && play_has_ended(ui_playing(v->ui), d);
}

void pane_look(struct view *v, uint64_t now)
{
	struct pane *p = v->state;
	struct deck *d = ui_deck(v->ui);
	struct processes_look l = {
		.summary = deck_summary(d),
		.identity = deck_identity(d),
		.now = now,
		.ended = has_ended(v),
	};
	uint64_t began = clock_mono(), version = store_version(deck_store(d));

	processes_look(&p->model, &l);
	count_losses(p, deck_store(d));
	pane_show_tids(p, p->model.threads || (l.ended && p->model.unknown));
	/* What plays changes though nothing comes. */
	p->quiet = version == p->version && !ui_playing(v->ui)->playing ? p->quiet + 1 : 0;
	p->version = version;
	p->looked = now;
	p->looking = true;
	/* With very many rows less often, so that keys are answered. */
	p->period = MAX(PERIOD, (clock_mono() - began) * COST_SHARE);
	pane_follow(v);
}

static bool is_due(const struct view *v, uint64_t now)
{
	const struct pane *p = v->state;

	if (ui_playing(v->ui)->still && now != p->looked) /* somebody went a step */
		return true;
	if (!p->looking || now < p->looked || now - p->looked >= p->period)
		return true;
	return p->version != store_version(deck_store(ui_deck(v->ui))) && has_ended(v);
}

static unsigned processes_update(struct view *v)
{
	struct pane *p = v->state;
	struct deck *d = ui_deck(v->ui);
	uint64_t now = ui_now(v->ui);
	unsigned react = REACT_NONE;

	if (is_due(v, now)) {
		if (p->quiet > PROCESS_TREND && p->version == store_version(deck_store(d))) {
			p->model.now = p->looked = now; /* only ages change */
			react = p->model.shown ? REACT_DRAW : REACT_NONE;
		} else {
			pane_look(v, now);
			react = REACT_DRAW;
		}
	}
	if (p->model.details && processes_detail(&p->model, deck_identity(d), DETAIL_STEP))
		return react | REACT_MORE;
	return react;
}

/* ---- on the screen ---- */

static void put_key(const struct view *v, enum action a, struct strbuf *b)
{
	if (!keymap_key(ui_keymap(v->ui), v->ops->name, a, b))
		strbuf_fmt(b, ":%s", actions[a].name);
}

/* Nothing to show is a state too, and says what to do. */
static void draw_empty(const struct view *v, struct area *a)
{
	const struct pane *p = v->state;
	struct strbuf key = { 0 };
	int x;

	if (p->model.count) {
		x = draw_fmt(a, 1, 1, LOOK_DIM, "all %u ended; ", p->model.count);
		put_key(v, ACT_GONE, &key);
		x += draw_str(a, 1, 1 + x, LOOK_KEY, key.s);
		draw_str(a, 1, 1 + x, LOOK_DIM, " shows them");
	} else {
		draw_str(a, 1, 1, LOOK_DIM, "who gives events stands here, the busiest on top");
		put_key(v, ACT_TRACERS, &key);
		x = draw_str(a, 2, 1, LOOK_KEY, key.s);
		x += draw_str(a, 2, 1 + x, LOOK_DIM, " goes to the tracers, ");
		strbuf_clear(&key);
		if (!keymap_key(ui_keymap(v->ui), "tracers", ACT_TOGGLE, &key))
			strbuf_str(&key, ":toggle");
		x += draw_str(a, 2, 1 + x, LOOK_KEY, key.s);
		draw_str(a, 2, 1 + x, LOOK_DIM, " switches one on");
	}
	strbuf_done(&key);
}

static void processes_draw(const struct view *v, struct area *a)
{
	const struct pane *p = v->state;

	table_draw(&p->table, &process_model, &p->model, a, v->focus);
	if (!p->model.shown)
		draw_empty(v, a);
}

static void processes_status(const struct view *v, struct strbuf *out)
{
	const struct pane *p = v->state;

	if (!p->model.count)
		return;
	strbuf_fmt(out, "%u%s%s", p->model.count - p->model.others, p->model.others ? "+" : "",
		   p->model.threads ? " threads" : "");
	if (p->model.gone)
		strbuf_fmt(out, ", %u gone%s", p->model.gone, p->model.hide_gone ? " hidden" : "");
	if (p->lost_unknown || p->lost)
		strbuf_str(out, "; at least, events were lost");
	if (scope_parts(ui_scope(v->ui)))
		strbuf_str(out, v->cols >= WIDE_PANE
				    ? "; all events; the filter applies to the events pane"
				    : "; all events (unfiltered)");
	else if (ui_scope(v->ui)->guard)
		strbuf_str(out, "; all that the kernel let pass");
}

/* ---- life ---- */

static int processes_open(struct view *v, struct err *e)
{
	struct pane *p = v->state;

	(void)e;
	processes_init(&p->model);
	memcpy(p->columns, process_columns, sizeof(p->columns));
	table_init(&p->table, p->columns, PROCESS_COLUMNS);
	table_set_columns(&p->table, PROCESS_COLUMNS_FIRST, NULL);
	p->table.cells = true;
	p->table.column = 1; /* the name: what one includes and excludes */
	p->table.sort = (int)p->model.sort;
	p->table.reverse = p->model.descending;
	p->period = PERIOD;
	return 0;
}

static void processes_close(struct view *v)
{
	struct pane *p = v->state;

	processes_done(&p->model);
}

static const char *yes_no(bool b)
{
	return b ? "yes" : "no";
}

static void processes_save(const struct view *v, struct strbuf *out)
{
	const struct pane *p = v->state;
	const struct processes *m = &p->model;

	if (p->chosen) {
		strbuf_str(out, "columns = ");
		table_get_columns(&p->table, out);
		strbuf_char(out, '\n');
	}
	strbuf_fmt(out, "sort = %s\ndescending = %s\n", process_columns[m->sort].name,
		   yes_no(m->descending));
	strbuf_fmt(out, "threads = %s\ntree = %s\nhide-gone = %s\n", yes_no(m->threads),
		   yes_no(m->tree), yes_no(m->hide_gone));
}

/* What an older or newer version wrote and this one does not know is left out. */
static void processes_load(struct view *v, const char *key, const char *value)
{
	struct pane *p = v->state;
	struct processes *m = &p->model;
	bool yes = !strcmp(value, "yes");

	if (!strcmp(key, "columns"))
		p->chosen |= table_set_columns(&p->table, value, NULL) >= 0;
	else if (!strcmp(key, "sort") && pane_column(value) >= 0)
		m->sort = (enum process_column)pane_column(value);
	else if (!strcmp(key, "descending"))
		m->descending = yes;
	else if (!strcmp(key, "threads"))
		m->threads = yes;
	else if (!strcmp(key, "tree"))
		m->tree = yes;
	else if (!strcmp(key, "hide-gone"))
		m->hide_gone = yes;
	p->table.sort = (int)m->sort;
	p->table.reverse = m->descending;
	pane_adapt(p);
}

static const enum action hints[] = {
	ACT_ENTER, ACT_ITS_EVENTS, ACT_SORT, ACT_REVERSE, ACT_THREADS, ACT_TREE, ACT_GONE, ACT_NONE,
};

const struct view_ops processes_ops = {
	.name = "processes",
	.title = "Processes",
	.size = sizeof(struct pane),
	.hints = hints,
	.open = processes_open,
	.close = processes_close,
	.update = processes_update,
	.draw = processes_draw,
	.act = pane_act,
	.status = processes_status,
	.save = processes_save,
	.load = processes_load,
};
