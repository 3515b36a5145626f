/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dat_dump: every record of a trace.dat in plain lines, read by libtracecmd or by us.
 *
 *   dat_dump lib|own FILE
 *
 * Both readers print the same lines, CPU by CPU of each buffer: losses, time, event, thread and
 * every field, so that cmp(1) can tell whether they agree. The two halves share nothing but
 * printf. The text of a latency tracer is printed by our half alone.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event-parse.h>
#include <trace-cmd.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "tracefs/dat.h"

static void print_head(const char *buffer, int cpu, uint64_t ts, const char *event, int tid)
{
	printf("%s %d %" PRIu64 " %s %d", *buffer ? buffer : "-", cpu, ts, event, tid);
}

static void print_number(const char *name, uint64_t v, bool is_signed)
{
	if (is_signed)
		printf(" %s=%" PRId64, name, (int64_t)v);
	else
		printf(" %s=%" PRIu64, name, v);
}

/* What is no number and no text: its bytes. */
static void print_bytes(const char *name, const uint8_t *p, unsigned size)
{
	printf(" %s=", name);
	for (unsigned i = 0; i < size; i++)
		printf("%02x", p[i]);
}

/* ---- libtracecmd ---- */

static void lib_field(struct tep_event *event, struct tep_record *rec, struct tep_format_field *f)
{
	unsigned long long v = 0;

	if (f->flags & TEP_FIELD_IS_DYNAMIC) {
		tep_read_number_field(f, rec->data, &v);
		printf(" %s='%s'", f->name, (char *)rec->data + (v & 0xffff));
	} else if (f->flags & TEP_FIELD_IS_STRING) {
		printf(" %s='%.*s'", f->name, f->size, (char *)rec->data + f->offset);
	} else if (f->size > 8) {
		print_bytes(f->name, (const uint8_t *)rec->data + f->offset, (unsigned)f->size);
	} else {
		tep_read_number_field(f, rec->data, &v);
		/* The library widens by the size alone. */
		if (f->flags & TEP_FIELD_IS_SIGNED && f->size < 8)
			v = (unsigned long long)((int64_t)(v << (64 - 8 * f->size)) >>
						 (64 - 8 * f->size));
		print_number(f->name, v, f->flags & TEP_FIELD_IS_SIGNED);
	}
	(void)event;
}

static void lib_record(struct tracecmd_input *in, const char *buffer, struct tep_record *rec)
{
	struct tep_handle *tep = tracecmd_get_tep(in);
	struct tep_event *event = tep_find_event_by_record(tep, rec);

	if (rec->missed_events)
		printf("%s %d lost %lld\n", *buffer ? buffer : "-", rec->cpu, rec->missed_events);
	if (!event) {
		printf("no event\n");
		return;
	}
	print_head(buffer, rec->cpu, rec->ts, event->name, tep_data_pid(tep, rec));
	for (struct tep_format_field *f = event->format.fields; f; f = f->next)
		lib_field(event, rec, f);
	putchar('\n');
}

static void lib_buffer(struct tracecmd_input *in, const char *buffer)
{
	for (int cpu = 0; cpu < tep_get_cpus(tracecmd_get_tep(in)); cpu++) {
		struct tep_record *rec = tracecmd_read_cpu_first(in, cpu);

		while (rec) {
			lib_record(in, buffer, rec);
			tracecmd_free_record(rec);
			rec = tracecmd_read_data(in, cpu);
		}
	}
}

static int dump_lib(const char *path)
{
	struct tracecmd_input *in = tracecmd_open(path, 0);

	if (!in) {
		fprintf(stderr, "dat_dump: libtracecmd cannot open %s\n", path);
		return 1;
	}
	lib_buffer(in, "");
	for (int i = 0; i < tracecmd_buffer_instances(in); i++) {
		struct tracecmd_input *one = tracecmd_buffer_instance_handle(in, i);

		if (!one) {
			fprintf(stderr, "dat_dump: libtracecmd cannot open buffer %d\n", i);
			return 1;
		}
		lib_buffer(one, tracecmd_buffer_instance_name(in, i));
		tracecmd_close(one);
	}
	tracecmd_close(in);
	return 0;
}

/* ---- ours ---- */

static void own_field(const struct schema *s, const struct field *f, const struct page_event *ev)
{
	uint32_t len;
	uint64_t v = 0;
	const char *str = field_str(s, f, ev->rec, ev->size, &len);

	if (str)
		printf(" %s='%.*s'", f->name, (int)len, str);
	else if (field_int(s, f, ev->rec, ev->size, &v))
		print_number(f->name, v, f->is_signed);
	else if (f->size > 8 && f->offset + f->size <= ev->size)
		print_bytes(f->name, ev->rec + f->offset, f->size);
	else
		printf(" %s=?", f->name);
}

static void own_record(const struct schema_set *set, const char *buffer, unsigned cpu,
		       const struct page_event *ev)
{
	uint64_t type = field_load(set->machine, ev->rec + set->type_offset, 2, false);
	const struct schema *s = schema_set_get(set, (unsigned)type, UINT32_MAX);
	uint64_t tid = 0;

	if (!s) {
		printf("no event\n");
		return;
	}
	field_int(s, s->pid, ev->rec, ev->size, &tid);
	print_head(buffer, (int)cpu, ev->ts, s->name, (int)tid);
	schema_for_each_field (s, f)
		if (!f->is_common)
			own_field(s, f, ev);
	putchar('\n');
}

static int own_page(struct dat *d, unsigned buffer, unsigned cpu, uint64_t n, uint64_t date)
{
	const char *name = dat_buffer(d, buffer)->name;
	const struct time_map *time = dat_time(d, cpu);
	struct page_data *keep;
	struct err e = ERR_INIT;
	struct page_event ev;
	struct page_walk w;
	struct page p;

	if (dat_page_load(d, buffer, cpu, n, &p, &keep, &e) < 0) {
		fprintf(stderr, "dat_dump: %s\n", e.text);
		return 1;
	}
	if (p.lost)
		printf("%s %u lost %" PRId64 "\n", *name ? name : "-", cpu, (int64_t)p.lost);
	w = page_walk_init(p.records, p.size, p.ts);
	while (page_next(&w, &ev)) {
		if (time)
			ev.ts = time_map_apply(time, ev.ts);
		ev.ts += date; /* the library adds it unasked */
		own_record(dat_schemas(d), name, cpu, &ev);
	}
	page_data_unref(keep);
	return w.damaged;
}

static int dump_own(const char *path)
{
	struct err e = ERR_INIT;
	struct dat_info info;
	struct dat *d = NULL;
	const char *text;
	size_t size;
	int bad;

	if (dat_open(path, &d, &e) < 0) {
		fprintf(stderr, "dat_dump: %s\n", e.text);
		return 1;
	}
	dat_info(d, &info);
	bad = info.damage != NULL;
	text = dat_latency(d, &size);
	fwrite(text ? text : "", 1, size, stdout);
	for (unsigned b = 0; b < info.buffers; b++)
		for (unsigned cpu = 0; cpu < dat_buffer(d, b)->cpus; cpu++)
			for (uint64_t n = 0; n < dat_pages(d, b, cpu); n++)
				bad |= own_page(d, b, cpu, n, info.date_offset);
	dat_close(d);
	return bad;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "lib"))
		return dump_lib(argv[2]);
	if (argc == 3 && !strcmp(argv[1], "own"))
		return dump_own(argv[2]);
	fputs("usage: dat_dump lib|own FILE\n", stderr);
	return 2;
}
