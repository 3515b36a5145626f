/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kshark_rows: the rows of KernelShark's table for a file, as text.
 *
 *   kshark_rows FILE...
 *
 * Uses the model behind KernelShark's window (libkshark), so what is printed is what its columns
 * say: CPU, time, task, thread, event, info, one row a line, tabs between. Ids are kept in 16 bits
 * there.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <libkshark.h>
#include <libkshark-tepdata.h>

static const char *or_nothing(const char *s)
{
	return s ? s : "";
}

static void print_row(const struct kshark_entry *e)
{
	char *task = kshark_get_task(e), *event = kshark_get_event_name(e);
	char *info = kshark_get_info(e);

	printf("%d\t%" PRId64 "\t%s\t%d\t%s\t%s\n", e->cpu, e->ts, or_nothing(task), e->pid,
	       or_nothing(event), or_nothing(info));
	free(task);
	free(event);
	free(info);
}

int main(int argc, char **argv)
{
	struct kshark_context *context = NULL;
	struct kshark_entry **rows = NULL;
	ssize_t count;

	if (argc < 2 || !kshark_instance(&context)) {
		fprintf(stderr, "usage: kshark_rows FILE...\n");
		return 2;
	}
	for (int i = 1; i < argc; i++) {
		int stream = kshark_open(context, argv[i]);

		/* Named buffers are streams of their own, as in the window. */
		if (stream < 0 || kshark_tep_init_all_buffers(context, stream) < 0) {
			fprintf(stderr, "kshark_rows: %s cannot be opened\n", argv[i]);
			return 1;
		}
	}
	count = kshark_load_all_entries(context, &rows);
	for (ssize_t i = 0; i < count; i++) {
		print_row(rows[i]);
		free(rows[i]);
	}
	free(rows);
	kshark_close_all(context);
	kshark_free(context);
	return count < 0;
}
