/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * loader_main: the loader's own life. It takes a request, reads (loads, attaches) its object,
 * answers, and lets go of everything: what is attached lives by what was handed over.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bpf/frames.h"
#include "bpf/loader_wire.h"
#include "bpf/object.h"
#include "bpf/programs.h"
#include "core/arena.h"
#include "core/cleanup.h"
#include "core/util.h"

/* A request as it came; borrows from its text. */
struct task {
	json_t *json;
	struct loader_request request;
	struct loader_option *options;
	struct loader_share *shares;
	uint32_t id;
};

/* ---- requests ---- */

static const char *text(const json_t *j, const char *key)
{
	return json_string_value(json_object_get(j, key));
}

static void read_shares(struct task *t, const struct parcel *p, const json_t *names)
{
	size_t first = t->request.builtin ? 0 : 1;

	t->request.share_count = json_array_size(names);
	t->shares = xcalloc(t->request.share_count + 1, sizeof(*t->shares));
	for (size_t i = 0; i < t->request.share_count; i++) {
		t->shares[i].name = json_string_value(json_array_get(names, i));
		t->shares[i].fd = first + i < p->count ? p->fds[first + i] : -1;
	}
	t->request.shares = t->shares;
}

static void read_options(struct task *t, const json_t *options)
{
	t->request.option_count = json_array_size(options);
	t->options = xcalloc(t->request.option_count + 1, sizeof(*t->options));
	for (size_t i = 0; i < t->request.option_count; i++) {
		const json_t *o = json_array_get(options, i);

		t->options[i].name = json_string_value(json_array_get(o, 0));
		t->options[i].value = json_string_value(json_array_get(o, 1));
	}
	t->request.options = t->options;
}

/* What comes is the main process's: it is trusted to be well-formed. */
static bool task_read(struct task *t, const struct parcel *p)
{
	json_t *j = json_loadb(p->text, p->size, 0, NULL);
	struct loader_request *r = &t->request;

	*t = (struct task) { .json = j };
	if (!json_is_object(j))
		return false;
	t->id = (uint32_t)json_integer_value(json_object_get(j, "id"));
	r->what = (enum loader_what)json_integer_value(json_object_get(j, "what"));
	r->name = text(j, "name");
	r->builtin = text(j, "builtin");
	r->path = text(j, "path");
	r->manifest = text(j, "manifest");
	r->ring = (uint64_t)json_integer_value(json_object_get(j, "ring"));
	r->fd = p->count && !r->builtin ? p->fds[0] : -1;
	read_shares(t, p, json_object_get(j, "shares"));
	read_options(t, json_object_get(j, "options"));
	return r->name;
}

static void task_done(struct task *t)
{
	json_decref(t->json);
	free(t->options);
	free(t->shares);
}

/* ---- what is asked ---- */

/* One try: everything from the file to the attachments. */
static int attempt(struct object *o, const struct task *t, const void *bytes, size_t size,
		   struct loader_answer *a)
{
	const struct loader_request *r = &t->request;
	int rc = object_open(o, r, bytes, size, &a->err);
	const char *says;

	if (rc)
		return rc;
	says = object_says(o, "blurb", NULL);
	a->blurb = says ? xstrdup(says) : NULL;
	says = object_says(o, "cost", NULL);
	a->cost = says ? xstrdup(says) : NULL;
	rc = object_options(o, a, &a->err);
	if (!rc)
		rc = object_maps(o, a, &a->err);
	if (!rc)
		rc = object_choose(o, a, &a->err);
	if (rc || r->what == LOADER_LOOK)
		return rc;
	rc = object_load(o, a, &a->err);
	if (!rc)
		rc = object_attach(o, a, &a->err);
	return rc ? rc : object_hand(o, a, &a->err);
}

static struct loader_answer *answer_new(uint32_t id)
{
	struct loader_answer *a = xcalloc(1, sizeof(*a));

	a->id = id;
	a->err = (struct err)ERR_INIT;
	a->control = a->counts = a->lost = -1;
	a->log = xstrdup("");
	return a;
}

/* Of what went wrong only whole things are said: programs, and options when all were read. */
static void drop_halves(struct loader_answer *a)
{
	struct loader_answer *rest = answer_new(0);

	rest->rings = a->rings;
	rest->ring_count = a->ring_count;
	rest->tables = a->tables;
	rest->table_count = a->table_count;
	rest->links = a->links;
	rest->link_count = a->link_count;
	a->rings = NULL;
	a->tables = NULL;
	a->links = NULL;
	a->ring_count = a->table_count = a->link_count = 0;
	if (a->option_count && !a->options[a->option_count - 1].value) {
		rest->options = a->options;
		rest->option_count = a->option_count;
		a->options = NULL;
		a->option_count = 0;
	}
	loader_answer_free(rest);
}

/* Without a program that may be missing and fails it is tried anew. */
static struct loader_answer *answer(const struct task *t, const void *bytes, size_t size)
{
	struct object *o = object_new();
	struct loader_answer *a = NULL;
	int rc;

	do {
		loader_answer_free(a);
		a = answer_new(t->id);
		object_log_clear(&o->log);
		rc = attempt(o, t, bytes, size, a);
		object_close(o);
	} while (rc == -EAGAIN);
	if (rc) {
		drop_halves(a);
		if (!a->err.code)
			err_set(&a->err, rc, "%s: %s", t->request.name, strerror(-rc));
	}
	object_free(o);
	return a;
}

/* The whole file, in memory of our own: it may be written to while it is read. */
static void *read_object(int fd, size_t *ret_size, const char *label, struct err *e)
{
	struct stat st;
	char *bytes;
	size_t have = 0;

	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size > OBJECT_SIZE) {
		err_set(e, -EINVAL, "%s is no BPF object: %s", label,
			fd >= 0 && S_ISREG(st.st_mode) ? "it is too large" : "it is not a file");
		return NULL;
	}
	bytes = xcalloc(1, (size_t)st.st_size + 8);
	while (have < (size_t)st.st_size) {
		ssize_t n = pread(fd, bytes + have, (size_t)st.st_size - have, (off_t)have);

		if (n <= 0 && errno != EINTR)
			break;
		have += n > 0 ? (size_t)n : 0;
	}
	*ret_size = have;
	return bytes;
}

static struct loader_answer *serve(const struct task *t)
{
	const char *label = t->request.path ? t->request.path : t->request.name;
	const struct bpf_object_file *ours;
	struct loader_answer *a;
	struct err e = ERR_INIT;
	size_t size = 0;
	void *bytes;

	if (t->request.builtin) {
		ours = bpf_program(t->request.builtin);
		if (ours)
			return answer(t, ours->bytes, ours->size);
		err_set(&e, -ENOENT, "no BPF program '%s' was built in", t->request.builtin);
		bytes = NULL;
	} else {
		bytes = read_object(t->request.fd, &size, label, &e);
	}
	if (bytes) {
		a = answer(t, bytes, size);
		free(bytes);
		return a;
	}
	a = answer_new(t->id);
	a->err = e;
	return a;
}

/* ---- the process ---- */

static void settle(void)
{
	struct rlimit files;
	const struct rlimit none = { 0, 0 };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "tapdeck-bpf");
	setrlimit(RLIMIT_CORE, &none);
	if (!getrlimit(RLIMIT_NOFILE, &files)) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	fcntl(WIRE_FD, F_SETFD, FD_CLOEXEC);
}

static int reply(const struct loader_answer *a)
{
	int *fds, rc;
	size_t count;
	char *say = answer_say(a, &fds, &count);

	rc = say ? parcel_send(WIRE_FD, say, strlen(say), fds, count) : -ENOMEM;
	free(say);
	free(fds);
	return rc;
}

/* One request and its answer. Non-zero: this process is to end. */
static int turn(struct parcel *p)
{
	struct pollfd pf = { .fd = WIRE_FD, .events = POLLIN };
	struct loader_answer *a;
	struct task t;
	int rc;

	if (poll(&pf, 1, -1) < 0)
		return errno == EINTR ? 0 : -errno;
	rc = parcel_receive(WIRE_FD, p);
	if (rc <= 0)
		return rc;
	if (!task_read(&t, p)) {
		task_done(&t);
		return -EBADMSG;
	}
	a = serve(&t);
	rc = reply(a);
	loader_answer_free(a);
	task_done(&t);
	parcel_done(p);
	/* Of what was handed over nothing may stay here: else closing it there would not detach. */
	syscall(SYS_close_range, WIRE_FD + 1, ~0U, 0U);
	return rc;
}

int loader_main(int argc, char **argv)
{
	struct parcel p = { 0 };
	int rc;

	if (argc > 2 && !strcmp(argv[2], FRAMES_ROLE))
		return frames_main();
	settle();
	do {
		rc = turn(&p);
	} while (!rc);
	parcel_done(&p);
	return rc == -EPIPE ? 0 : 1;
}
