/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * deck: what every face of the program stands on: the backends in use, one store, one identity
 * table, pumped by one poller.
 *
 * The deck drains each backend when it is ready and when it asked to be called, in budgeted slices,
 * samples the clocks once a second, and says which rows are final. It shows nothing.
 */
#ifndef BACKENDS_DECK_H
#define BACKENDS_DECK_H

#include "backends/backend.h"
#include "core/clock.h"
#include "core/summary.h"

struct deck;
struct dat_meta;
struct syscalls;

#define DECK_MEMORY_LEAST (1u << 20) /* of the store */

struct deck_conf {
	const struct conf *conf;
	uint64_t memory;	    /* bytes of the store */
	uint64_t buffer;	    /* bytes per CPU of ring buffer; 0: default */
	bool live;		    /* guard, clocks, /proc: the kernel of this machine */
	bool light;		    /* nobody looks at counts: deck_summary is NULL */
	const char *const *files;   /* recordings to open, NULL-ended; may be NULL */
	const char *const *objects; /* of BPF, beside those found; NULL-ended; or NULL */
	const int64_t *offsets;	    /* ns that the times of each are moved by; NULL: none */
	/* Where arguments of system calls are explained for recordings that do not; NULL: by the
	 * kernel that runs. */
	const char *tracefs;
	/* Called after rows became final or something else changed; may call deck_* but not
	 * deck_free. */
	void (*changed)(struct deck *d, void *data);
	/* Called before what ended before ts is forgotten by the identity table; may be NULL. */
	void (*forgetting)(struct deck *d, uint64_t ts, void *data);
	void *data;
};

/* Starts the guard (live), makes store and identity, opens no backend yet. */
int deck_new(const struct deck_conf *c, struct deck **ret, struct err *e);
/* Stops and closes everything, restores the kernel. NULL-safe. Errors of undoing are in *e. */
int deck_free(struct deck *d, struct err *e);

/* The guard, for whoever changes the kernel beside the backends; NULL when not live. */
struct guard *deck_guard(const struct deck *d);

/* Opens a backend by name and attaches it. */
int deck_open(struct deck *d, const char *backend, struct err *e);

/*
 * Switches on every tracer of the open backends that matches a pattern (see catalog_each). Returns
 * how many, -ENOENT with the nearest name when none did. Some failing is no error while one works:
 * the first sentence goes to *e and the number of failures to *ret_failed.
 */
int deck_enable(struct deck *d, const char *pattern, bool on, unsigned *ret_failed, struct err *e);

/*
 * Switches one tracer of a backend, and before it those that it needs; they go off with the last
 * one that needed them, unless the user has them on himself. Whoever switches a single tracer does
 * it so.
 */
int deck_switch(struct deck *d, struct backend *b, const char *group, const char *name, bool on,
		struct err *e);

/* True for a tracer that is on only because another one needs its rows. */
bool deck_needed(const struct deck *d, const char *group, const char *name);

/* Calls fn for each tracer that others need; only_so: it is on for them alone. */
void deck_each_needed(const struct deck *d,
		      void (*fn)(const char *group, const char *name, bool only_so, void *data),
		      void *data);

/*
 * Defines a latency pair, or anew one that is off: NAME: START -> END by KEY [for WHO]. Its tracer
 * is pair:NAME. Errors have a caret.
 */
int deck_pair_add(struct deck *d, const char *line, struct err *e);

/* A line [GROUP:]NAME.OPTION=VALUE, taken apart. */
struct deck_setting {
	char *group, *name, *option, *value;
};

/* Takes it apart; -EINVAL in words. deck_setting_done frees what it is made of. */
int deck_setting_parse(const char *line, struct deck_setting *ret, struct err *e);
void deck_setting_done(struct deck_setting *s);

/* Sets an option of a tracer by such a line. Errors name what is nearest and the range. */
int deck_set(struct deck *d, const char *line, struct err *e);

/* Appends the tracers of the open backends that these objects are (a NULL-ended list), each as
 * GROUP:NAME closed by a NUL. */
void deck_brought(struct deck *d, const char *const *objects, struct strbuf *names);

/* -ENOENT, with the nearest name, when no tracer of the open backends matches a pattern. */
int deck_match(struct deck *d, const char *pattern, struct err *e);

/*
 * Waits until every tracer that was switched on is on or has failed, at most timeout ns and not
 * beyond a poller_stop. -EIO with the reason when one failed. For those who cannot show a state
 * that changes.
 */
int deck_settle(struct deck *d, uint64_t timeout, struct err *e);

/*
 * What the backends shall take at all, of what is on and what will be: they keep out what they
 * soundly can, the rest is for whoever takes rows. Live; no row that both this and
 * the one before want is lost. When it fails the one before holds. The filter and the ids are
 * borrowed until the next call; took, which may be NULL, says by lines what went where.
 */
int deck_capture(struct deck *d, const struct capture *c, struct strbuf *took, struct err *e);

int deck_start(struct deck *d, struct err *e);
/*
 * Around a stop of this process (Ctrl-Z): closes the taps, so that nothing is captured that nobody
 * drains, and opens them again. What is in the buffers stays.
 */
void deck_suspend(struct deck *d);
int deck_resume(struct deck *d, struct err *e);

/* Closes the taps and drains what is left. */
void deck_stop(struct deck *d);

/*
 * One slice of every backend, for whoever has a recording and nothing else to wait for. The same
 * slices come each time. False when there is no more.
 */
bool deck_pump(struct deck *d);

/* True when every source is at its end (recordings read through). */
bool deck_at_end(const struct deck *d);

/* The first error a drain met, or NULL. The other backends go on. */
const struct err *deck_error(const struct deck *d);

/* Rows with a time below it are final. */
uint64_t deck_horizon(struct deck *d);

/*
 * Appends what the kernel counted for a CPU up to now; false behind the last one. A
 * recorder_conf.cpu_stats whose data is a struct deck *.
 */
bool deck_cpu_stats(void *deck, unsigned cpu, struct strbuf *out);

/* ---- recordings: loading and playing ---- */

struct deck_play {
	bool recording;		/* a recording is open: the rest means something */
	uint64_t first, last;	/* times of what the files hold, as far as their heads say */
	uint64_t loaded, total; /* bytes of pages walked, of all there are */
	bool loading;		/* it goes on by itself until loaded == total */
	bool playing;		/* rows come as they did: see deck_play */
	bool still;		/* ... but wait for deck_play_still(d, false) or a step */
	double speed;		/* 1: as recorded */
	uint64_t at;		/* rows below it are shown; while not playing: all that is loaded */
};

void deck_play_status(struct deck *d, struct deck_play *ret);

/* Stops loading; what is there stays and is all there is. Goes on with on. */
void deck_load(struct deck *d, bool on);

/*
 * Plays from a time on: rows become final as the recorded clock passes them, counts begin anew, and
 * everything live shows them as if it happened now. speed: 0.001 to 1000. -EINVAL, -ENOTSUP
 * without a recording.
 */
int deck_play(struct deck *d, uint64_t from, double speed, struct err *e);
/* Another speed from here on, within the bounds. */
void deck_play_speed(struct deck *d, double speed);
/* Holds the recorded clock, or lets it go on. */
void deck_play_still(struct deck *d, bool still);
/* Moves the recorded clock behind the next n rows, or by ns where n is 0; then holds it. */
void deck_play_step(struct deck *d, unsigned n, uint64_t ns);
/* Back to all rows at once. */
void deck_play_end(struct deck *d);

/*
 * Brings what is around a time into the store where it had to leave (files larger than the bound on
 * memory). Rows and cursors are void after it: the store's version changes. Returns 1 where
 * something had to be brought, 0 where all is there.
 */
int deck_seek(struct deck *d, uint64_t ts, struct err *e);

/* Wall time in ns of a time, by the clocks of this machine or those a recording brings; 0: not
 * known. */
uint64_t deck_real(const struct deck *d, uint64_t ts);

/* What the open recording tells of its machine, for a recorder_conf; -ENOENT when there is none. */
int deck_meta(struct deck *d, struct dat_meta **ret, struct err *e);

/*
 * The time that is now for whoever shows rates and what is recent: of this machine, of the recorded
 * clock, or as far as a recording was read.
 */
uint64_t deck_time(struct deck *d);

/* What is worth saying of the recordings: clocks that cannot be compared; NULL: nothing. */
const char *deck_note(const struct deck *d);

/*
 * What is known of system calls and descriptors: the first to ask makes the deck learn of the
 * latter, live. Its rows' calls are said by it: see core/syscall_text.h.
 */
struct syscalls *deck_syscalls(struct deck *d);

struct poller *deck_poller(struct deck *d);
struct store *deck_store(struct deck *d);
struct identity *deck_identity(struct deck *d);
struct summary *deck_summary(struct deck *d);
const struct clock_map *deck_clocks(const struct deck *d);
/* The open backend by name or NULL. */
struct backend *deck_backend(struct deck *d, const char *name);

#endif
