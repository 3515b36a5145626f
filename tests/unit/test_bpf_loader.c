/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The loader's process and what it is not believed: hostile objects, a loader that dies or lies,
 * requests in order. No right is needed. The loader is this program.
 */
#include "tests/unit/loader_fixture.h"

#include <elf.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>

#include "bpf/loader_wire.h"

static int setup(void **state)
{
	struct loader *l = NULL;

	if (loader_start(&l, NULL, NULL))
		return -1;
	*state = l;
	return 0;
}

static int teardown(void **state)
{
	loader_stop(*state);
	return 0;
}

/* ---- hostile objects ---- */

static void refuses_bytes(struct loader *l, const void *bytes, size_t size, const char *words)
{
	struct loader_request r = { .name = "mine", .path = "bad.o" };

	r.fd = bytes_fd(bytes, size);
	refuses(l, &r, words);
}

static void test_no_object(void **state)
{
	size_t size;
	uint8_t *b = object_bytes("typed.bpf.o", &size);
	Elf64_Ehdr *h = (Elf64_Ehdr *)b;
	struct loader_request r = object_request(LOADER_LOOK, "typed.bare.o");

	refuses(*state, &r, "no type information (BTF)");
	refuses_bytes(*state, "#!/bin/sh\n", 10, "not an ELF file");
	refuses_bytes(*state, b, 20, "not an ELF file");
	h->e_machine = EM_X86_64;
	refuses_bytes(*state, b, size, "machine 62");
	h->e_machine = EM_BPF;
	h->e_type = ET_EXEC;
	refuses_bytes(*state, b, size, "linked");
	h->e_type = ET_REL;
	h->e_ident[EI_DATA] = h->e_ident[EI_DATA] == ELFDATA2LSB ? ELFDATA2MSB : ELFDATA2LSB;
	refuses_bytes(*state, b, size, "another kind of machine");
	h->e_ident[EI_CLASS] = ELFCLASS32;
	refuses_bytes(*state, b, size, "32-bit");
	free(b);
	r = (struct loader_request) { .name = "mine", .path = "/dev" };
	r.fd = open("/dev", O_RDONLY | O_CLOEXEC);
	refuses(*state, &r, "not a file");
}

/* Every answer is one: well or not, with words, and the next one comes too. */
static void any_answer(struct loader *l, const void *bytes, size_t size)
{
	struct loader_request r = { .name = "mine", .path = "bad.o" };
	struct loader_answer *a;

	r.fd = bytes_fd(bytes, size);
	a = ask(l, &r);
	if (a->err.code)
		assert_true(strlen(a->err.text) > 5);
	loader_answer_free(a);
}

static void test_cut(void **state)
{
	size_t size;
	uint8_t *b = object_bytes("typed.bpf.o", &size);

	for (size_t n = 0; n < size; n += 1 + size / 150)
		any_answer(*state, b, n);
	free(b);
}

static void test_flipped(void **state)
{
	size_t size;
	uint8_t *b = object_bytes("count.bpf.o", &size), *copy = malloc(size);
	uint32_t seed = 1;

	for (int i = 0; i < 400; i++) {
		memcpy(copy, b, size);
		for (int k = 0; k < 1 + i % 8; k++) {
			seed = seed * 1103515245 + 12345;
			copy[(seed >> 8) % size] ^= (uint8_t)(1u << (seed >> 29));
		}
		any_answer(*state, copy, size);
	}
	free(copy);
	free(b);
}

static Elf64_Shdr *section(uint8_t *b, const char *name)
{
	Elf64_Ehdr *h = (Elf64_Ehdr *)b;
	Elf64_Shdr *sh = (Elf64_Shdr *)(b + h->e_shoff);
	const char *names = (const char *)b + sh[h->e_shstrndx].sh_offset;

	for (int i = 0; i < h->e_shnum; i++)
		if (!strcmp(names + sh[i].sh_name, name))
			return &sh[i];
	fail_msg("no section %s", name);
	return NULL;
}

static void test_huge_sections(void **state)
{
	static const char *const names[] = { ".BTF",	".maps",    ".rodata",
					     ".symtab", ".tapdeck", "perf_event" };
	static const uint64_t sizes[] = { 0, 1, 1ULL << 31, 1ULL << 62, ~0ULL };

	for (size_t i = 0; i < ARRAY_SIZE(names) * ARRAY_SIZE(sizes); i++) {
		size_t size;
		uint8_t *b = object_bytes("typed.bpf.o", &size);

		section(b, names[i % ARRAY_SIZE(names)])->sh_size = sizes[i / ARRAY_SIZE(names)];
		any_answer(*state, b, size);
		free(b);
	}
}

static bool is_plain(const char *s)
{
	while (*s >= ' ' && *s < 127)
		s++;
	return !*s;
}

/* Names that would move a cursor arrive as what can be shown. */
static void test_escapes(void **state)
{
	struct loader_request r = { .name = "mine", .path = "bad\x1b[2J.o" };
	struct loader_answer *a;
	size_t size;
	uint8_t *b = object_bytes("count.bpf.o", &size), *at;

	for (at = b; (at = memmem(at, size - (size_t)(at - b), "calls", 5));)
		memcpy(at, "\x1b[2J\xff", 5);
	r.fd = bytes_fd(b, size);
	a = ask(*state, &r);
	assert_true(a->err.code || a->table_count == 2);
	assert_true(is_plain(a->err.text));
	for (size_t i = 0; i < a->table_count; i++) {
		assert_true(is_plain(a->tables[i].map));
		assert_true(is_plain(a->tables[i].layout.name));
	}
	loader_answer_free(a);
	memset(b, 'x', size);
	r.fd = bytes_fd(b, size);
	a = ask(*state, &r);
	assert_true(a->err.code && is_plain(a->err.text));
	assert_non_null(strstr(a->err.text, "bad\\x1b[2J.o"));
	loader_answer_free(a);
	free(b);
}

/* ---- the process ---- */

static void test_order(void **state)
{
	struct err e = ERR_INIT;
	int64_t last = 0;

	for (int i = 0; i < 100; i++) {
		struct loader_request r =
		    object_request(LOADER_LOOK, i % 2 ? "count.bpf.o" : "typed.bpf.o");
		int64_t id = loader_ask(*state, &r, &e);

		assert_true(id > last);
		last = id;
		close(r.fd); /* it has its own */
	}
	for (int i = 0; i < 100; i++) {
		struct loader_answer *a = take(*state);

		assert_int_equal(a->id, last - 99 + i);
		assert_int_equal(a->err.code, 0);
		assert_int_equal(a->kind, i % 2 ? BPF_TABLE : BPF_EVENTS);
		loader_answer_free(a);
	}
}

static bool is_ready(const struct loader *l, int ms)
{
	struct pollfd p = { .fd = loader_fd(l), .events = POLLIN };

	return poll(&p, 1, ms) == 1;
}

/* It never blocks who does not want to wait, and its descriptor says when. */
static void test_readiness(void **state)
{
	struct loader_request r = object_request(LOADER_LOOK, "typed.bpf.o");
	struct loader_answer *a = NULL;
	struct err e = ERR_INIT;
	int fd = loader_fd(*state);

	assert_int_equal(loader_take(*state, 0, &a, &e), 0);
	assert_false(is_ready(*state, 0));
	assert_true(loader_ask(*state, &r, &e) > 0);
	while (!loader_take(*state, 0, &a, &e))
		assert_true(is_ready(*state, 20000));
	assert_int_equal(a->err.code, 0);
	loader_answer_free(a);
	assert_false(is_ready(*state, 0));
	assert_int_equal(loader_fd(*state), fd);
	close(r.fd);
}

static void stop_loader(pid_t pid, int signal)
{
	assert_true(pid > 1);
	assert_int_equal(kill(pid, signal), 0);
}

/* Whose object it died of is told; the others are answered by a new one. */
static void test_death(void **state)
{
	struct loader_request r = object_request(LOADER_LOOK, "typed.bpf.o");
	struct loader_answer *a = ask(*state, &r);
	struct err e = ERR_INIT;
	pid_t pid = loader_pid();
	int fd = loader_fd(*state);

	loader_answer_free(a);
	stop_loader(pid, SIGSTOP);
	for (int i = 0; i < 3; i++) {
		r = object_request(LOADER_LOOK, "count.bpf.o");
		r.path = i ? "innocent.o" : "hostile.o";
		assert_true(loader_ask(*state, &r, &e) > 0);
		close(r.fd);
	}
	stop_loader(pid, SIGABRT);
	stop_loader(pid, SIGCONT);
	a = take(*state);
	assert_string_equal(a->err.text, "the loader died of hostile.o (signal 6)");
	assert_int_equal(a->err.code, -EPIPE);
	loader_answer_free(a);
	for (int i = 0; i < 2; i++) {
		a = take(*state);
		assert_int_equal(a->err.code, 0);
		assert_int_equal(a->table_count, 2);
		loader_answer_free(a);
	}
	assert_int_not_equal(loader_pid(), pid);
	assert_int_equal(loader_fd(*state), fd);
}

/* One that died while nobody asked is no trouble. */
static void test_idle_death(void **state)
{
	struct loader_request r = object_request(LOADER_LOOK, "typed.bpf.o");
	struct loader_answer *a = ask(*state, &r);

	loader_answer_free(a);
	stop_loader(loader_pid(), SIGKILL);
	assert_true(is_ready(*state, 5000));
	assert_int_equal(loader_take(*state, 0, &a, NULL), 0);
	assert_false(is_ready(*state, 0));
	r = object_request(LOADER_LOOK, "typed.bpf.o");
	loader_answer_free(ask(*state, &r));
	stop_loader(loader_pid(), SIGKILL);
	usleep(50000);
	r = object_request(LOADER_LOOK, "typed.bpf.o");
	a = ask(*state, &r);
	assert_int_equal(a->err.code, 0);
	loader_answer_free(a);
}

static void test_ends(void **state)
{
	struct loader_request r = object_request(LOADER_LOOK, "typed.bpf.o");
	struct loader *l = NULL;
	struct err e = ERR_INIT;
	pid_t pid;

	assert_int_equal(loader_start(&l, NULL, &e), 0);
	assert_int_equal(loader_pid(), 0); /* not before somebody asks */
	assert_true(loader_ask(l, &r, &e) > 0);
	/* It takes its name once it runs. */
	for (int i = 0; !(pid = loader_pid()) && i < 500; i++)
		usleep(10000);
	assert_true(pid > 1);
	loader_stop(l);
	assert_int_equal(kill(pid, 0), -1);
	loader_stop(NULL);
	close(r.fd);
}

static unsigned open_fds(void)
{
	unsigned n = 0;

	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void test_no_leak(void **state)
{
	struct loader_request r = object_request(LOADER_LOOK, "typed.bpf.o");
	unsigned before;

	loader_answer_free(ask(*state, &r));
	before = open_fds();
	for (int i = 0; i < 10; i++) {
		r = object_request(LOADER_LOOK, "typed.bpf.o");
		loader_answer_free(ask(*state, &r));
	}
	assert_int_equal(open_fds(), before);
}

/* ---- what the loader says is not believed ---- */

#define HEAD                                                                                       \
	"\"id\":1,\"code\":0,\"error\":\"\",\"log\":\"\",\"kind\":0,\"control\":-1,\"counts\":-1," \
	"\"lost\":-1,\"lost_at\":0,\"lost_size\":0"
#define PARTS "[[0,0],[0,0],[0,0],[0,0],[0,0],[0,0],[0,0]]"
#define LISTS(rings, tables)                                                                       \
	"\"options\":[],\"rings\":[" rings "],\"tables\":[" tables "],\"progs\":[],\"links\":[]"
#define LAYOUT(size, shift, parts, extras)                                                         \
	"{\"name\":\"x\",\"body\":\"format:\",\"size\":" size ",\"shift\":" shift                  \
	",\"open\":false,\"parts\":" parts ",\"extras\":" extras "}"
#define RING(fd, layout) "{\"map\":\"m\",\"perf\":false,\"fd\":" fd ",\"layout\":" layout "}"
#define TABLE(key, value, layout)                                                                  \
	"{\"map\":\"m\",\"fd\":-1,\"key\":" key ",\"value\":" value                                \
	",\"entries\":1,\"percpu\":false,\"array\":false,\"counts\":\"\",\"unit\":3,"              \
	"\"layout\":" layout "}"

static int hear(const char *text, int fd)
{
	struct parcel p = { .text = strdup(text), .size = strlen(text) };
	struct loader_answer *a = NULL;
	int rc;

	if (fd >= 0) {
		p.fds = malloc(sizeof(int));
		p.fds[0] = fd;
		p.count = 1;
	}
	rc = answer_hear(&p, &a, NULL);
	parcel_done(&p);
	loader_answer_free(a);
	return rc;
}

static void test_lies(void **state)
{
	static const char *const good[] = {
		"{" HEAD "," LISTS("", "") "}",
		"{" HEAD "," LISTS(RING("-1", LAYOUT("8", "8", PARTS, "[[0,3,5,0,0]]")), "") "}",
		"{" HEAD "," LISTS("", TABLE("4", "8", LAYOUT("16", "0", PARTS, "[]"))) "}",
	};
	static const char *const bad[] = {
		"",
		"[]",
		"{}",
		"{" HEAD "}",
		"{" HEAD "," LISTS(RING("-1", "{}"), "") "}",
		/* a part, a bit-field and what is computed, all beyond what there is */
		"{" HEAD
		"," LISTS(RING("-1", LAYOUT("8", "0", "[[4,8],[0,0],[0,0],[0,0],[0,0],[0,0],[0,0]]",
					    "[]")),
			  "") "}",
		"{" HEAD "," LISTS(RING("-1", LAYOUT("8", "8", PARTS, "[[0,60,5,0,0]]")), "") "}",
		"{" HEAD "," LISTS(RING("-1", LAYOUT("8", "8", PARTS, "[[0,0,5,8,0]]")), "") "}",
		"{" HEAD "," LISTS(RING("-1", LAYOUT("8", "8", PARTS, "[[9,0,5,0,0]]")), "") "}",
		"{" HEAD "," LISTS(RING("-1", LAYOUT("8", "8", PARTS, "[[1,4,32,0,0]]")), "") "}",
		"{" HEAD "," LISTS(RING("-1", LAYOUT("-8", "0", PARTS, "[]")), "") "}",
		"{" HEAD "," LISTS(RING("-1", LAYOUT("99999999", "0", PARTS, "[]")), "") "}",
		"{" HEAD "," LISTS("", TABLE("4", "8", LAYOUT("17", "0", PARTS, "[]"))) "}",
		"{" HEAD "," LISTS("", TABLE("4", "-8", LAYOUT("8", "0", PARTS, "[]"))) "}",
	};

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_int_equal(hear(good[i], -1), 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (hear(bad[i], -1) != -EBADMSG)
			fail_msg("believed: %s", bad[i]);
}

/* A descriptor that is no map is none, and is closed. */
static void test_no_map(void **state)
{
	int fd = bytes_fd("x", 1);

	assert_int_equal(
	    hear("{" HEAD "," LISTS(RING("0", LAYOUT("8", "0", PARTS, "[]")), "") "}", fd),
	    -EBADMSG);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_no_object, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cut, setup, teardown),
		cmocka_unit_test_setup_teardown(test_flipped, setup, teardown),
		cmocka_unit_test_setup_teardown(test_huge_sections, setup, teardown),
		cmocka_unit_test_setup_teardown(test_escapes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_order, setup, teardown),
		cmocka_unit_test_setup_teardown(test_readiness, setup, teardown),
		cmocka_unit_test_setup_teardown(test_death, setup, teardown),
		cmocka_unit_test_setup_teardown(test_idle_death, setup, teardown),
		cmocka_unit_test(test_ends),
		cmocka_unit_test_setup_teardown(test_no_leak, setup, teardown),
		cmocka_unit_test(test_lies),
		cmocka_unit_test(test_no_map),
	};

	if (argc > 1 && !strcmp(argv[1], LOADER_ARG))
		return loader_main(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
