/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tracers_fixture: a backend that counts what is asked of it, and the frame over it with the
 * tracers pane alone. It stands in place of both registries.
 */
#ifndef TRACERS_FIXTURE_H
#define TRACERS_FIXTURE_H

#include "backends/deck.h"
#include "core/util.h"
#include "tui/ui_private.h"

struct fake_tracer {
	const char *group, *name, *cost;
	bool refuses;
	enum tracer_state state;
	bool gone;
};

enum { MANY = 60 };

struct fake {
	unsigned lists, groups, enables, nap_us;
	bool many; /* a group of MANY more */
	bool many_on[MANY];
	struct schema_set *set;
	const struct schema *schema; /* of beta:switch_it */
	char last_list[64];
	int looks;
	bool other_gone;
};

extern struct fake fake;
extern const struct view_ops tracers_ops;

struct fake_tracer *find(const char *group, const char *name);
/* The i-th one, round and round. */
struct fake_tracer *fake_at(size_t i);

struct scene {
	struct deck *deck;
	struct ui *ui;
	uint64_t now;
	char yanked[256];
};

int setup(void **state);
int teardown(void **state);
void open_ui(struct scene *s, int rows, int cols);
/* The frame, and the backend in it. */
void begin(struct scene *s, int rows, int cols);
void settle(struct scene *s);
void type(struct scene *s, const char *keys);
/* Types, and lets everything go on to its end. */
void press(struct scene *s, const char *keys);
/* n events of beta:switch_it now. */
void give(struct scene *s, uint64_t n);
void screen(struct scene *s, struct strbuf *out);
void expect_line(struct scene *s, int line, const char *text, bool wanted);

#define expect(s, text)	   expect_line(s, __LINE__, text, true)
#define expect_no(s, text) expect_line(s, __LINE__, text, false)

#define t(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

#endif
