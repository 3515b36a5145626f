/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * group_private: the inside of a table of groups, shared by its own files alone.
 *
 * group.c finds and joins groups, group_key.c gets the values of keys from rows, group_measure.c
 * folds what is measured, group_text.c keeps strings and who is meant by a number,
 * group_print.c says it. Nobody else includes this.
 *
 * A group has a tuple of values: a class and 64 bits a key. All groups are of one size, known when
 * the table is made: struct group, the values of its keys, the parts of its measures.
 */
#ifndef CORE_GROUP_PRIVATE_H
#define CORE_GROUP_PRIVATE_H

#include "core/distinct.h"
#include "core/group.h"
#include "core/identity.h"
#include "core/util.h"

struct who;
struct group_joining;

/* What the 64 bits of a value are. Values of different classes are different. */
enum group_class {
	CLASS_NONE,	/* of a thread, and not known */
	CLASS_NUMBER,	/* as it is */
	CLASS_NEGATIVE, /* an int64_t below 0 */
	CLASS_TEXT,	/* number of a string: group_string */
	CLASS_PROCESS,	/* struct process.index: group_person */
	CLASS_THREAD,	/* struct task.index: group_person */
	CLASS_STRANGER, /* tid of a thread of which nothing is known */
};

/* A value by itself. */
struct group_atom {
	uint64_t v;
	uint8_t class; /* enum group_class */
};

/* ---- what is kept of each group ---- */

struct group {
	uint64_t count;
	uint64_t first, last; /* times */
	uint64_t classes;     /* of its values, 8 bits a key, the first key lowest */
	uint64_t id;	      /* running number; 0: "other" */
	/* Of its first row: tells names and units of fields; NULL for "other". */
	const struct schema *schema;
	uint64_t values[]; /* a key each; the parts follow: group_part */
};

/* What is accumulated; measures of the same field share one. */
enum part_kind {
	PART_RATE,     /* struct part_rate */
	PART_SUM,      /* struct part_sum */
	PART_HIST,     /* struct loghist, which has what part_sum has as well */
	PART_LATEST,   /* struct part_latest */
	PART_DISTINCT, /* struct distinct */
};

struct part_rate {
	uint64_t before; /* count at the last tick */
	double rate;	 /* events a second between the last two */
};

struct part_sum {
	uint64_t total;
	wide_t sum, least, greatest; /* the last two mean something when total is not 0 */
};

struct part_latest {
	uint64_t ts;
	struct group_atom value;     /* CLASS_NONE: no row had it */
	const struct schema *schema; /* of that row */
};

struct group_part {
	uint8_t kind; /* enum part_kind */
	uint8_t what; /* enum group_kind, as group_measure.of */
	uint32_t offset;
	const struct group_field *field; /* NULL: of none */
	/* The first that was met, for units and names; NULL: none was. */
	const struct schema *schema;
	const struct field *of;
};

#define NO_PART UINT8_MAX

/* ---- how rows are read: group_key.c ---- */

enum group_how {
	READ_LACKS, /* no row of the schema has it */
	READ_CONST, /* every row of it has this value */
	READ_THREAD,
	READ_CPU,
	READ_BACKEND,
	READ_U8,
	READ_S8,
	READ_U16,
	READ_S16,
	READ_U32,
	READ_S32,
	READ_U64,
	READ_S64,
	READ_SWAPPED, /* a number in the other order */
	READ_STRING,
	READ_SAID, /* neither number nor string: as it is printed */
};

struct group_read {
	uint8_t how;	/* enum group_how */
	uint8_t thread; /* READ_THREAD: place among a memo's values */
	uint32_t offset, end;
	struct group_atom value;   /* READ_CONST */
	const struct field *field; /* NULL: of none */
};

/* What is done with the rows of one schema. */
struct group_plan {
	const struct schema *schema;
	bool lacks;		   /* no row of it has every key */
	struct group_read reads[]; /* keys, then parts */
};

/* So many keys are of threads. */
#define GROUP_THREADS (GROUP_CONTAINER - GROUP_PROCESS + 1)

/* What is known of a thread for a page and a span of times. */
struct group_memo {
	uint64_t key; /* stamp and tid */
	uint64_t from, span;
	struct group *last;			 /* the group of its row before; NULL: none yet */
	struct group_atom values[GROUP_THREADS]; /* of what is asked of threads */
};

/* The group of a thread and a schema, where nothing else tells rows apart. */
struct group_hit {
	uint64_t key; /* stamp and tid */
	const struct schema *schema;
	uint64_t from, span;
	struct group *group; /* NULL: rows lack a key */
};

/* A place of a hash: the upper half of what is there, and its number + 1; 0: free. */
struct group_slot {
	uint32_t hash;
	uint32_t number;
};

#define GROUP_MEMOS 256
#define GROUP_HITS  1024

/* ---- strings and people: group_text.c ---- */

struct group_string {
	uint64_t hash;
	uint32_t len;
	char text[]; /* closed by a NUL, may have others */
};

struct group_strings {
	struct arena arena;
	struct group_string **all;
	struct group_slot *slots;
	uint32_t count, cap, mask;
	uint64_t seed; /* of all hashes of the table: nobody can make texts that collide */
};

/* A process or thread that a value means, as it was when it was last looked at. */
struct group_person {
	uint32_t index;
	uint8_t class;	     /* CLASS_PROCESS or CLASS_THREAD; 0: free */
	bool ended;	     /* nothing of it changes any more */
	int32_t pid;	     /* -1: not known */
	int32_t tid;	     /* of the thread; of a process its pid */
	uint64_t start, end; /* as in struct process and struct task */
	uint64_t seen;	     /* time of a row of it */
	char comm[COMM_LEN];
};

struct group_people {
	struct group_person *slots;
	uint32_t count, mask;
};

/* ---- the table ---- */

struct group_table {
	const struct group_spec *spec;
	struct identity *identity;
	struct who *who;
	uint64_t memory;

	/* how rows are read */
	struct group_plan **plans; /* by schema->index */
	uint32_t plan_count;
	bool steady;	   /* a thread and a schema make a group within a page */
	bool by_schema;	   /* ... and the schema is needed */
	bool by_thread;	   /* some key is of threads */
	bool folds_thread; /* some part is */
	uint8_t asked[GROUP_THREADS], asked_count; /* what is asked of threads: enum group_kind */
	uint32_t stamp; /* of the page: what was found before does not hold */
	struct group_memo memos[GROUP_MEMOS];
	struct group_hit hits[GROUP_HITS];
	struct group_memo nobody; /* in place of a thread where no key is of one */
	struct strbuf said;
	bool full; /* beyond the bound: some are to be joined before the next row */
	struct group_joining *joining; /* NULL: nothing is being joined */

	/* groups, in blocks that stay where they are */
	uint8_t **blocks;
	uint32_t count, block_count, block_cap;
	size_t stride;
	struct group_slot *slots;
	uint32_t mask;
	uint32_t free_slot, free_hash; /* where a group that was not found is to stand */
	uint64_t next_id;
	struct group *other; /* NULL: none was joined */
	uint64_t joined, rows, lacking;
	uint64_t sure; /* groups from this number on may have rows in "other"; 0: there is none */
	size_t heap;   /* bytes of histograms and the like */

	struct group_part parts[GROUP_MEASURES];
	unsigned part_count;
	bool folds;			 /* there are parts that rows are folded into */
	uint8_t part_of[GROUP_MEASURES]; /* of a measure; NO_PART: it needs none */

	struct group_strings strings;
	struct group_people people;
	uint64_t ticked; /* time of the last tick; 0: none */
	bool rated;	 /* two were */
	/* Times of all rows, when there were so many. */
	uint64_t span_rows, span_first, span_last;
};

#define GROUP_BLOCK 64 /* groups in a block */

/* A row of the table, "other" too. */
static inline struct group *group_at(const struct group_table *t, uint32_t row)
{
	if (unlikely(row >= t->count))
		return t->other;
	return (struct group *)(t->blocks[row / GROUP_BLOCK] + row % GROUP_BLOCK * t->stride);
}

static inline uint8_t group_class(const struct group *g, unsigned key)
{
	return (uint8_t)(g->classes >> 8 * key);
}

static inline struct group_atom group_key_atom(const struct group *g, unsigned key)
{
	return (struct group_atom) { g->values[key], group_class(g, key) };
}

/* The part of a group that a measure is made of; NULL when it needs none. */
static inline void *group_part_of(const struct group_table *t, const struct group *g,
				  unsigned measure)
{
	if (t->part_of[measure] == NO_PART)
		return NULL;
	return (uint8_t *)(uintptr_t)g + t->parts[t->part_of[measure]].offset;
}

/* Counts n rows like r; their group, or NULL where it lacks a key. What is measured is the
 * caller's to add. In group.c. */
struct group *group_take(struct group_table *t, const struct row *r, uint64_t n);

/* A string by its number; may have NULs, is closed by one. Borrowed while the table does not
 * change. */
const char *group_string(const struct group_table *t, uint64_t number, size_t *len);

/* Whom a value of CLASS_PROCESS or CLASS_THREAD means; never NULL for a value of a group. */
const struct group_person *group_person(const struct group_table *t, struct group_atom a);

/*
 * The field whose value a key of a group is, and the schema it is of, as its first row had it; NULL
 * when the key is of no field. Tells the names of values.
 */
const struct field *group_key_field(const struct group_table *t, const struct group *g,
				    unsigned key, const struct schema **s);

/* The same of a measure: the first field that was met; NULL: none was, or it is of none. */
const struct field *group_measure_field(const struct group_table *t, unsigned measure,
					const struct schema **s);

/* last(X) of a group; NULL: no row had it. */
const struct part_latest *group_latest(const struct group_table *t, const struct group *g,
				       unsigned measure);

/* The field whose value that is; NULL: it is of none. */
const struct field *group_latest_field(const struct group_table *t, const struct part_latest *l,
				       unsigned measure);

/* The field of a schema that is meant; NULL when it has none. */
const struct field *group_field_in(const struct group_field *f, const struct schema *s);

/* The field that has the number of a system call; NULL: the event is of none. */
const struct field *group_syscall_field(const struct schema *s);

/* ---- hashes ---- */

#define HASH_PRIME 0x9e3779b97f4a7c15ULL

static inline uint64_t hash_step(uint64_t h, uint64_t v)
{
	__extension__ unsigned __int128 m = (unsigned __int128)(h ^ v) * HASH_PRIME;

	return (uint64_t)m ^ (uint64_t)(m >> 64);
}

static inline wide_t atom_wide(struct group_atom a)
{
	return a.class == CLASS_NEGATIVE ? (wide_t)(int64_t)a.v : (wide_t)a.v;
}

/* ---- group_text.c ---- */

/* A hash of a text. */
uint64_t group_hash(uint64_t seed, const char *s, size_t len);

/* The number of a string, which is copied when it is new. Hot. */
uint32_t group_strings_put(struct group_strings *ss, const char *s, size_t len);
size_t group_strings_bytes(const struct group_strings *ss);
/* Lets all strings go; the seed stays. */
void group_strings_clear(struct group_strings *ss);

/* Notes whom a task, or its process, is; the value that means him. */
struct group_atom group_people_put(struct group_table *t, uint8_t class, const struct task *task,
				   uint64_t ts);
/* Copies a person into another table. */
void group_people_copy(struct group_people *to, const struct group_person *p);
void group_people_done(struct group_people *p);

/* ---- group_key.c ---- */

/* The plan of a schema (NULL: of rows without one), made when it is new. */
const struct group_plan *group_plan_new(struct group_table *t, const struct schema *s);

static inline const struct group_plan *group_plan_of(struct group_table *t, const struct schema *s)
{
	uint32_t at = s ? s->index + 1 : 0;

	if (likely(at < t->plan_count && t->plans[at]))
		return t->plans[at];
	return group_plan_new(t, s);
}

static inline uint64_t group_thread_key(const struct group_table *t, const struct row *r)
{
	return (uint64_t)t->stamp << 32 | (uint32_t)r->tid;
}

/* Finds out what is asked of threads; the parts are known. */
void group_keys_prepare(struct group_table *t);

/* Learns what is asked of a row's thread. */
struct group_memo *group_memo_new(struct group_table *t, struct group_memo *m, const struct row *r);

/* What is known of a row's thread, learned when it is new. */
static inline struct group_memo *group_memo_of(struct group_table *t, const struct row *r)
{
	struct group_memo *m = &t->memos[(uint32_t)r->tid % GROUP_MEMOS];

	if (unlikely(m->key != group_thread_key(t, r) || r->ts - m->from >= m->span))
		return group_memo_new(t, m, r);
	return m;
}

/* The text of READ_STRING and READ_SAID; NULL when the row lacks it. Borrowed for the moment. */
const char *group_read_text(struct group_table *t, const struct group_read *rd, const struct row *r,
			    size_t *len);

/* A value that is of no plain number; false when the row lacks it. */
bool group_read_slow(struct group_table *t, const struct group_read *rd, const struct row *r,
		     struct group_atom *a);

/* ---- group_measure.c ---- */

/* Lays out the parts of a group; t->stride is what a group takes. */
void group_parts_prepare(struct group_table *t);
void group_parts_fold(struct group_table *t, struct group *g, const struct row *r);
/* Adds the parts of a group to another's, which is the table's; from stays as it is. */
void group_parts_merge(struct group_table *t, struct group *to, const struct group *from);
/* Bytes that they take besides the group, and lets those go. */
size_t group_parts_bytes(const struct group_table *t, const struct group *g);
void group_parts_done(struct group_table *t, struct group *g);
/* Calls fn for every value in a group's parts, which it may change. */
void group_parts_each(const struct group_table *t, struct group *g,
		      void (*fn)(struct group_atom *a, void *data), void *data);

/* ---- group.c ---- */

/* Bytes that the bound holds for. */
size_t group_grown(const struct group_table *t);
/* To be called by who made something grow. */
void group_check_bound(struct group_table *t);

/* Makes the hash of groups anew, for so many. */
void group_rehash(struct group_table *t, uint32_t wanted);
/* Room for another group, not cleared and not in the hash; and puts one there, for which it has
 * room. */
struct group *group_append(struct group_table *t);
void group_place(struct group_table *t, uint32_t row);
/* What was planned and found of threads does not hold any more. */
void group_forget_plans(struct group_table *t);

/* ---- group_join.c ---- */

/* Puts the lightest half together, until the bound holds; ends what group_work began. */
void group_join(struct group_table *t);
/* Gives up what group_work began: nothing was joined. */
void group_join_drop(struct group_table *t);
/* Those who were moved already. */
const struct group_people *group_join_people(const struct group_table *t);

/* ---- group_copy.c ---- */

/* A group of the same spec; what its parts have besides it is to's own. */
void group_copy_one(struct group_table *to, struct group *g, const struct group *from);

/* ---- reading, hot ---- */

/* A value of a row; false when the row lacks it. */
static inline __attribute__((always_inline)) bool
group_read(struct group_table *t, const struct group_read *rd, const struct row *r,
	   const struct group_memo *m, struct group_atom *a)
{
	const uint8_t *at = r->rec + rd->offset;
	int64_t v;

	if (rd->how == READ_CONST) {
		*a = rd->value;
		return true;
	}
	if (rd->how == READ_THREAD) {
		*a = m->values[rd->thread];
		return true;
	}
	if (unlikely(rd->how > READ_S64 || rd->how < READ_U8))
		return group_read_slow(t, rd, r, a);
	if (unlikely(rd->end > r->size))
		return false;
	switch (rd->how) {
	case READ_U8:
		v = *at;
		break;
	case READ_S8:
		v = (int8_t)*at;
		break;
	case READ_U16:
		v = load_u16(at);
		break;
	case READ_S16:
		v = (int16_t)load_u16(at);
		break;
	case READ_U32:
		v = load_u32(at);
		break;
	case READ_S32:
		v = (int32_t)load_u32(at);
		break;
	case READ_U64:
		*a = (struct group_atom) { load_u64(at), CLASS_NUMBER };
		return true;
	default:
		v = (int64_t)load_u64(at);
	}
	*a = (struct group_atom) { (uint64_t)v, v < 0 ? CLASS_NEGATIVE : CLASS_NUMBER };
	return true;
}

#endif
