/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cockpit_layout: where head and sections stand.
 *
 * A narrow view has the sections below one another and scrolls; a wider one has two or three
 * columns, in which sections get what they want as far as there is room, and scroll themselves.
 */
#include "core/util.h"
#include "tui/cockpit.h"

#define WIDE	      100 /* columns of the screen from which on there are two of sections */
#define VERY_WIDE     165 /* ... three */
#define SECTION_MOST  10  /* lines of a section where all stand below one another */
#define SECTION_LEAST 3	  /* title, header, a row */
#define GAP	      2

/* Which column a section stands in, where there are two or three. */
static const uint8_t places[2][COCKPIT_SECTIONS] = {
	{
	    [COCKPIT_EVENTS] = 0,
	    [COCKPIT_CPUS] = 0,
	    [COCKPIT_OFFCPU] = 0,
	    [COCKPIT_RUNQ] = 0,
	    [COCKPIT_SYSCALLS] = 1,
	    [COCKPIT_FILES] = 1,
	    [COCKPIT_WAKERS] = 1,
	    [COCKPIT_WAKEES] = 1,
	},
	{
	    [COCKPIT_EVENTS] = 0,
	    [COCKPIT_CPUS] = 0,
	    [COCKPIT_SYSCALLS] = 1,
	    [COCKPIT_FILES] = 1,
	    [COCKPIT_OFFCPU] = 2,
	    [COCKPIT_RUNQ] = 2,
	    [COCKPIT_WAKERS] = 2,
	    [COCKPIT_WAKEES] = 2,
	},
};

/* Lines of a section that has all the room there is. */
static int wants(const struct cockpit_section *s)
{
	if (!s->count)
		return 2;
	return (int)MIN(s->count, 10000u) + 2;
}

int head_lines(const struct cockpit *c, int rows, int cols)
{
	int lines = 1 + (*c->head.cmdline || *c->head.exe) + (*c->head.parents != '\0') +
		    (*c->head.cgroup || *c->head.container);

	(void)cols;
	return rows < 8 ? 1 : MIN(lines, rows / 4);
}

/* ---- one column ---- */

static void stack(struct cockpit_view *p, struct cockpit_box room)
{
	int y = 0, top;

	for (unsigned i = 0; i < COCKPIT_SECTIONS; i++) {
		int rows = MIN(wants(&p->c.sections[i]), SECTION_MOST);

		p->box[i] = (struct cockpit_box) { .y = y, .rows = rows, .cols = room.cols };
		y += rows;
	}
	/* The section with the keys is in sight, and what stands on top begins there. */
	p->first = MIN(p->first, p->focus);
	while (p->first < p->focus &&
	       p->box[p->focus].y + p->box[p->focus].rows - p->box[p->first].y > room.rows)
		p->first++;
	while (p->first && y - p->box[p->first - 1].y <= room.rows)
		p->first--;
	top = p->box[p->first].y;
	for (unsigned i = 0; i < COCKPIT_SECTIONS; i++) {
		struct cockpit_box *b = &p->box[i];

		b->y -= top;
		b->rows = b->y < 0 ? 0 : MAX(MIN(b->rows, room.rows - b->y), 0);
		b->y += room.y;
		b->x = room.x;
	}
}

/* ---- several columns ---- */

/* Shares lines out: nobody gets more than he wants, and who wants more shares what is left. */
static void share_out(int rows[COCKPIT_SECTIONS], const int want[COCKPIT_SECTIONS], int left)
{
	for (bool given = true; given && left > 0;) {
		given = false;
		for (unsigned i = 0; i < COCKPIT_SECTIONS && left > 0; i++) {
			if (rows[i] >= want[i])
				continue;
			rows[i]++;
			left--;
			given = true;
		}
	}
}

static bool column(struct cockpit_view *p, struct cockpit_box room, const uint8_t *places_of,
		   unsigned which)
{
	int rows[COCKPIT_SECTIONS] = { 0 }, want[COCKPIT_SECTIONS] = { 0 }, least = 0, y = room.y;

	for (unsigned i = 0; i < COCKPIT_SECTIONS; i++) {
		if (places_of[i] != which)
			continue;
		want[i] = wants(&p->c.sections[i]) + 1; /* a blank line below */
		rows[i] = MIN(want[i], SECTION_LEAST);
		least += rows[i];
	}
	if (least > room.rows)
		return false;
	share_out(rows, want, room.rows - least);
	for (unsigned i = 0; i < COCKPIT_SECTIONS; i++) {
		if (places_of[i] != which)
			continue;
		p->box[i] = (struct cockpit_box) { y, room.x, rows[i], room.cols };
		y += rows[i];
		if (rows[i] == want[i])
			p->box[i].rows--;
	}
	return true;
}

static bool columns(struct cockpit_view *p, struct cockpit_box room, int n)
{
	int cols = (room.cols - GAP * (n - 1)) / n;

	for (int i = 0; i < n; i++) {
		struct cockpit_box b = room;

		b.x = room.x + i * (cols + GAP);
		b.cols = i == n - 1 ? room.cols - i * (cols + GAP) : cols;
		if (!column(p, b, places[n - 2], (unsigned)i))
			return false;
	}
	return true;
}

/* ---- all ---- */

void cockpit_lay_out(struct view *v)
{
	struct cockpit_view *p = v->state;
	int head = head_lines(&p->c, v->rows, v->cols);
	int notes = p->c.notes.len && v->rows - head > 4;
	struct cockpit_box room = { head, 0, MAX(v->rows - head - notes, 0), v->cols };
	int n = v->cols >= VERY_WIDE ? 3 : v->cols >= WIDE ? 2 : 1;

	p->rows = v->rows;
	p->cols = v->cols;
	if (p->max) {
		for (unsigned i = 0; i < COCKPIT_SECTIONS; i++)
			p->box[i].rows = 0;
		p->box[p->focus] = room;
	} else if (n == 1 || !columns(p, room, n)) {
		stack(p, room);
	}
	for (unsigned i = 0; i < COCKPIT_SECTIONS; i++) {
		struct cockpit_section *s = &p->c.sections[i];

		if (p->box[i].rows > 1)
			table_fit(&s->state, s->count, p->box[i].rows - 1);
	}
}
