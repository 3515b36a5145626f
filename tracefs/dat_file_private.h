/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dat_file_private: what the parts of the writer of trace.dat share.
 *
 * dat_file.c owns the struct; dat_file_layout.c knows the disk and where regions are,
 * dat_file_pages.c writes pages and the tables of version 6, dat_file_chunks.c pages as chunks of
 * zstd, dat_file_head.c makes the beginning of a file, dat_file_sections.c keeps what version 7
 * refers to, dat_file_names.c and dat_file_ids.c the names and the formats, dat_file_pack.c takes
 * the holes out. Nobody else includes this.
 */
#ifndef TRACEFS_DAT_FILE_PRIVATE_H
#define TRACEFS_DAT_FILE_PRIVATE_H

#include "core/util.h"
#include "tracefs/dat_file.h"
#include "tracefs/dat_private.h"
#include "tracefs/dat_put.h"

#define DISK_BLOCK    4096 /* a write that stays within one is whole or not there after a kill */
#define BEGIN_SIZE    80   /* of what a switch of the version writes, at most */
#define COMM_SLOT     32   /* bytes of a name in a growing file: it never crosses a block */
#define SPARE_FORMATS 64
#define SPARE_NAMES   16384

/* The sections of version 7, in the order of their ids. */
enum dat_section {
	SEC_HEADER,
	SEC_FTRACE,
	SEC_EVENTS,
	SEC_KALLSYMS,
	SEC_PRINTK,
	SEC_COMMS,
	SECTIONS
};

struct dat_zip;

/* The pages of one CPU of one buffer. */
struct dat_track {
	uint64_t offset;  /* of its region */
	uint64_t final;	  /* where it will be when the holes are out */
	uint64_t pages;	  /* begun */
	uint64_t counted; /* bytes the file says are there */
	uint64_t ts, lost;
	uint32_t used;	   /* bytes of records in the page begun last */
	bool begun, stale; /* its header is to be written */
	bool stored;	   /* on the disk the count of losses stands behind its records */
	struct dat_zip *z; /* NULL: not compressed, or nothing yet */
};

struct dat_out_buffer {
	char *name;
	uint64_t table; /* of version 6: where the first entry stands */
	struct dat_track *tracks;
};

/* Something of version 7 that is written anew as a whole: one place counts, the other is free. */
struct dat_slot {
	uint64_t at[2], cap[2];
	unsigned now;
	bool dirty;
};

/* Names by tid, in the order they came. */
struct dat_name {
	int32_t tid;
	bool dirty;
	char comm[20];
};

struct dat_names {
	struct dat_name *list;
	size_t count, cap;
	uint32_t *hash; /* index + 1; 0: empty */
	size_t hash_size;
	size_t dirty;
};

/* Formats that were seen, and the ids they have in the file. */
struct dat_ids {
	uint8_t taken[65536 / 8];
	struct dat_id_seen {
		uint64_t key;
		uint16_t id;
		bool used;
	} * seen;
	size_t count, size;
	unsigned next; /* where to look for a free one, downward */
};

struct dat_file {
	char *path;
	int fd;
	struct dat_meta *meta;
	struct machine m;
	uint32_t page_size, header, room; /* of a page: its header and its records */
	bool compress, whole;
	int version; /* that is wanted */
	int on_disk; /* that the first bytes say; 0: not written yet */
	unsigned cpus, count;
	struct dat_out_buffer *buffers;
	char **stats; /* per CPU, or NULL */

	uint64_t region;	      /* bytes of each */
	uint64_t end;		      /* of the last one: where the file ends */
	uint64_t spare_at, spare_end; /* free room for metadata */
	uint64_t head;		      /* bytes of the head */
	int64_t budget;		      /* bytes that may be written before the disk is asked again */
	uint64_t bytes;		      /* of pages, as they are on the disk */

	uint64_t formats_at; /* the next spare format of version 6 */
	unsigned formats_left;
	uint64_t names_at; /* the slots of names of version 6 */
	size_t names_cap;

	struct dat_slot sections[SECTIONS], options;
	uint64_t pointer; /* where the offset of the options stands */
	struct dat_names names;
	struct dat_ids ids;
	void *zstd;	       /* the compressor, made when first used */
	struct strbuf scratch; /* a chunk or a page's header on its way */
};

static inline uint64_t round_up(uint64_t v, uint64_t to)
{
	return (v + to - 1) / to * to;
}

/* ---- dat_file_layout.c ---- */

/* Writes all of it at offset; a full disk and the like in words. */
int dat_file_write(struct dat_file *f, const void *p, size_t n, uint64_t at, struct err *e);

/* Asks, now and then, whether n more bytes leave the reserve alone. */
int dat_file_room(struct dat_file *f, size_t n, struct err *e);

/* Chooses the size of regions and gives one to every track; head is what stands before them. */
int dat_file_layout(struct dat_file *f, uint64_t head, struct err *e);

/* Gives regions behind all others to the tracks of one more buffer. */
int dat_file_more_regions(struct dat_file *f, struct dat_out_buffer *b, struct err *e);

/* Allocates n bytes for metadata: a full disk cannot refuse them later. */
int dat_file_spare(struct dat_file *f, uint64_t n, uint64_t *ret, struct err *e);

/* Puts size bytes of blocks at offset on the disk; nothing where the file system cannot. */
int dat_file_allocate(struct dat_file *f, uint64_t at, uint64_t size, struct err *e);

/* A filled struct err for errno when writing the file. */
int dat_file_errno(const struct dat_file *f, int error, struct err *e);

/* ---- dat_file_pages.c ---- */

/* Puts a page's header, of header bytes, at p; stored says that the count stands behind. */
void dat_file_page_header(const struct dat_file *f, const struct dat_track *t, bool stored,
			  char *p);

/* True when the count of losses before the page begun last fits behind its records. */
bool dat_file_can_store(const struct dat_file *f, const struct dat_track *t);

/* Writes the headers of pages that grew. */
int dat_file_write_headers(struct dat_file *f, struct err *e);

/* Writes the tables of version 6 where they changed. */
int dat_file_write_tables(struct dat_file *f, struct err *e);

/* ---- dat_file_chunks.c ---- */

/* Takes a part, whose place was checked, into the last chunk. */
int dat_zip_put(struct dat_file *f, struct dat_track *t, const struct dat_part *p, struct err *e);

/* Writes what is not on the disk yet, without making it count. True in *ret_grew: extents grew. */
int dat_zip_write(struct dat_file *f, struct dat_track *t, bool *ret_grew, struct err *e);

/* Makes it count. */
int dat_zip_count(struct dat_file *f, struct dat_track *t, struct err *e);

/* Closes the last chunk and says how many bytes there are. */
int dat_zip_close(struct dat_file *f, struct dat_track *t, struct err *e);
void dat_zip_free(struct dat_zip *z);

/* Appends n compressed bytes to out. */
int dat_file_deflate(struct dat_file *f, const void *p, size_t n, struct strbuf *out,
		     struct err *e);
void dat_file_deflate_done(struct dat_file *f);

/* ---- dat_file_head.c ---- */

/* Where things stand in an image; the rest is in the dat_file. */
struct dat_image {
	bool slack; /* room for what comes */
	bool final; /* offsets as they will be */
	struct strbuf bytes;
	uint64_t begin;	  /* bytes that a switch of the version writes */
	uint64_t options; /* of version 7 */
};

/* Makes the beginning of a file of version 6. With slack it notes where everything stands. */
void dat_image_v6(struct dat_file *f, struct dat_image *im);

/* The same of version 7, with these sections behind it. */
void dat_image_v7(struct dat_file *f, struct dat_image *im, const struct strbuf *sections);

/* Appends a section with its header, compressed where the file is. */
int dat_section_make(struct dat_file *f, enum dat_section s, struct strbuf *out, struct err *e);

/* Appends the first bytes of version 7, up to where the first section may stand. */
void dat_begin_v7(struct dat_file *f, uint64_t options, struct strbuf *out);

/*
 * Appends the options of version 7 for a place in the file; sections stand where `sections` says.
 * Returns how far into it the options begin.
 */
size_t dat_options_v7(struct dat_file *f, const uint64_t *sections, uint64_t at, bool final,
		      struct strbuf *out);

/* The bytes of a track that the file is to say are there. */
uint64_t dat_track_size(const struct dat_file *f, const struct dat_track *t);

/* ---- dat_file_sections.c ---- */

/* Writes every section that is dirty and the options, then makes them count. */
int dat_sections_commit(struct dat_file *f, struct err *e);

/* Makes version 7 of it from the next commit on. */
void dat_sections_switch(struct dat_file *f);

/* Makes the options at this offset those that count. */
int dat_sections_point(struct dat_file *f, uint64_t options, struct err *e);

/* ---- dat_file_names.c ---- */

void dat_names_set(struct dat_names *n, int32_t tid, const char *comm);
void dat_names_parse(struct dat_names *n, const char *text, size_t size);
void dat_names_done(struct dat_names *n);

/* Appends all names as lines. */
void dat_names_lines(const struct dat_names *n, struct strbuf *out);

/* Appends names from first on as slots of COMM_SLOT bytes. */
void dat_names_slots(const struct dat_names *n, size_t first, size_t count, struct strbuf *out);

/* Writes the slots that changed; -E2BIG when there are not enough. */
int dat_names_write(struct dat_file *f, struct err *e);

/* ---- dat_file_ids.c ---- */

/* Gives every format of the meta an id of its own. */
int dat_ids_load(struct dat_file *f, struct err *e);
void dat_ids_done(struct dat_ids *ids);

/* ---- dat_file_pack.c ---- */

/* Takes the holes out, one way or the other. ret_size: of the file then; or NULL. */
int dat_file_pack(struct dat_file *f, uint64_t *ret_size, struct err *e);

#endif
