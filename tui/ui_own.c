/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ui_own: our own terminal's processes, hidden from the rows.
 *
 * Showing a row makes the shell's, tmux's and sshd's processes work, which makes rows. One key
 * takes the chain of our ancestors out of sight; the capture is not touched.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "tui/ui_private.h"

#define ANCESTORS_MAX 32

/* The parent of a process; 0 when it cannot be told. The name may hold anything, also ")". */
static int parent_of(int pid)
{
	_cleanup_fclose_ FILE *f = NULL;
	char path[64], line[512], *at;
	int parent = 0;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "re");
	if (!f || !fgets(line, sizeof(line), f))
		return 0;
	at = strrchr(line, ')');
	if (!at || sscanf(at + 1, " %*c %d", &parent) != 1)
		return 0;
	return parent;
}

static char *own_filter(void)
{
	struct strbuf b = { 0 };
	int pid = getpid();

	strbuf_str(&b, "not (");
	/* Everything hangs on process 1, so it is not one of us. */
	for (int i = 0; pid > 1 && i < ANCESTORS_MAX; i++) {
		strbuf_fmt(&b, "%spid == %d", i ? " or " : "", pid);
		pid = parent_of(pid);
	}
	strbuf_char(&b, ')');
	return strbuf_take(&b);
}

/* Takes the crumb away wherever it stands in the trail; false: somebody went back over it. */
static bool show_own(struct ui *ui)
{
	struct scope *s = &ui->scope;
	bool found = false;

	for (size_t i = 0; ui->own && i < s->count && !found; i++) {
		found = !strcmp(s->crumbs[i].text, ui->own);
		if (found)
			scope_remove(s, i);
	}
	free(ui->own);
	ui->own = NULL;
	return found;
}

void ui_hide_own(struct ui *ui)
{
	struct err e = ERR_INIT;

	ui->dirty = true;
	if (show_own(ui)) {
		ui_say(ui, LOOK_GOOD, "our own terminal's processes are shown");
		return;
	}
	ui->own = own_filter();
	if (scope_push(&ui->scope, "not our terminal", ui->own, &e) < 0) {
		ui_say(ui, LOOK_ERROR, "%s", e.text);
		free(ui->own);
		ui->own = NULL;
	}
}
