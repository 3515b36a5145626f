/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * layout_feeder: writes a trace.dat of events of BPF structs, with the formats that we make of
 * their BTF, and says on standard output what we make of each: TYPE TEXT.
 *
 *   layout_feeder OBJECT OUT
 */
#include <bpf/btf.h>
#include <stdio.h>
#include <stdlib.h>

#include "bpf/btf_format.h"
#include "core/text.h"
#include "tests/bpf/layout_events.h"
#include "tracefs/dat.h"
#include "tracefs/page_builder.h"

#define PAGE_BYTES 65536
#define FIRST_ID   32000

struct feeder {
	struct btf *btf;
	struct dat_writer *writer;
	struct page_builder page;
	uint8_t bytes[PAGE_BYTES];
	struct err e;
};

static void check(struct feeder *f, int ret)
{
	if (ret >= 0)
		return;
	fprintf(stderr, "layout_feeder: %s\n", f->e.text);
	exit(1);
}

static void feed(struct feeder *f, unsigned id, const struct layout_event *ev)
{
	struct strbuf text = { 0 };
	struct schema *s = NULL;
	uint8_t rec[1024] = { 0 };
	struct layout l;
	uint32_t size;
	int type = btf_find_struct(f->btf, ev->type, &f->e);

	check(f, type);
	check(f, btf_format_event(f->btf, (uint32_t)type, NULL, ev->type, &l, &f->e));
	check(f, layout_schema(&l, "bpf", id, &s, &f->e));
	size = layout_record(&l, (uint32_t)ev->size);
	layout_put(&l, id, ev->bytes, (uint32_t)ev->size, rec);
	page_builder_add(&f->page, 1000000000 + id, rec, (size + 3) & ~3u);
	dat_writer_format(f->writer, "bpf", s->format);
	text_print(s, NULL, rec, size, &text);
	printf("%s %s\n", ev->type, strbuf_cstr(&text));
	strbuf_done(&text);
	schema_free(s);
	layout_done(&l);
}

int main(int argc, char **argv)
{
	static struct feeder f;
	struct dat_writer_conf conf = { { .long_size = 8 }, PAGE_BYTES, 1, NULL };
	struct dat_writer_cpu cpu;

	if (argc != 3)
		return 2;
	f.btf = btf__parse(argv[1], NULL);
	if (!f.btf)
		check(&f, err_set(&f.e, -1, "no BTF in %s", argv[1]));
	f.writer = dat_writer_new(&conf);
	page_builder_begin(&f.page, f.bytes, PAGE_BYTES, conf.machine);
	for (unsigned i = 0; i < ARRAY_SIZE(layout_events); i++)
		feed(&f, FIRST_ID - i, &layout_events[i]);
	page_builder_finish(&f.page);
	cpu = (struct dat_writer_cpu) { f.bytes, PAGE_BYTES };
	dat_writer_pages(f.writer, 0, 0, &cpu);
	check(&f, dat_writer_write(f.writer, argv[2], true, &f.e));
	dat_writer_free(f.writer);
	btf__free(f.btf);
	return 0;
}
