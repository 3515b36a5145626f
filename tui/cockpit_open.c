/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cockpit_open: whose cockpit is meant, and the way back into it.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/util.h"
#include "tui/cockpit.h"

static void start(struct ui *ui, const struct cockpit_start *s)
{
	ui_dialog(ui, &cockpit_ops, (void *)(uintptr_t)s);
}

void cockpit_open(struct ui *ui, const struct cockpit_who *who)
{
	start(ui, &(struct cockpit_start) { .who = *who });
}

void cockpit_open_task(struct ui *ui, int32_t tid, uint64_t ts)
{
	const struct task *t = identity_task(deck_identity(ui_deck(ui)), tid, ts);
	struct cockpit_who who = { .pid = -1, .tid = tid, .at = ts };

	if (t && t->process) {
		who.pid = t->process->pid;
		who.index = t->process->index;
	}
	cockpit_open(ui, &who);
}

/* ---- by number ---- */

struct found {
	int32_t pid;
	const struct process *process;
};

static bool find_pid(struct process *p, void *data)
{
	struct found *f = data;

	if (p->pid == f->pid)
		f->process = p; /* the youngest life of the number */
	return !f->process;
}

/* ":cockpit 123": the process that has or had the number last, or whose thread has it. */
static void open_number(struct ui *ui, const char *text)
{
	struct identity *id = deck_identity(ui_deck(ui));
	char *end;
	long n = strtol(text, &end, 10);
	struct found f = { .pid = (int32_t)n };
	uint64_t now = ui_now(ui);

	if (end == text || *(end + strspn(end, " ")) || n < 0 || n > INT32_MAX) {
		ui_say(ui, LOOK_ERROR, "'%s' is no process id", text);
		return;
	}
	identity_each(id, find_pid, &f);
	if (f.process)
		cockpit_open(ui, &(struct cockpit_who) { .pid = f.pid,
							 .tid = f.pid,
							 .index = f.process->index,
							 .at = MIN(f.process->end, now) });
	else if (identity_task(id, f.pid, now))
		cockpit_open_task(ui, f.pid, now);
	else
		ui_say(ui, LOOK_ERROR, "nobody with the id %d is known", f.pid);
}

bool cockpit_act(struct ui *ui, enum action a, const struct act_arg *arg)
{
	if (a != ACT_COCKPIT)
		return false;
	if (arg->text)
		open_number(ui, arg->text);
	else
		ui_say(ui, LOOK_WARN, "whose? go to a process or an event, or say :cockpit PID");
	return true;
}

/* ---- back ---- */

static void come_back(struct ui *ui, void *data)
{
	start(ui, data);
}

void cockpit_come_back(struct view *v)
{
	const struct cockpit_view *p = v->state;
	struct cockpit_start *s = xcalloc(1, sizeof(*s));

	*s = (struct cockpit_start) {
		.who = p->c.who, .focus = p->focus, .max = p->max, .threads = p->c.threads
	};
	ui_return(v->ui, come_back, s);
}
