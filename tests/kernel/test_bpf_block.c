/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_bpf_block: the programs that see block devices and slow files, by a loop device whose every
 * request is known.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/kernel/bpf_fixture.h"

struct io_row {
	struct seen_head head;
	uint32_t major, minor;
	char disk[32];
	uint32_t op, flags;
	uint64_t sector, bytes, latency, queued;
	int32_t error;
};

enum { READ_OP, WRITE_OP, FLUSH_OP };

struct slow_row {
	struct seen_head head;
	uint32_t call;
	int32_t fd;
	int64_t result, position;
	uint64_t latency;
	uint32_t path;
};

enum call { call_read, call_write, call_pread64, call_pwrite64, call_fsync = 10 };

#define ROWS	  512
#define ROW_BYTES 512
#define DISK_SIZE (1 << 20)

struct rows {
	union {
		unsigned char bytes[ROW_BYTES];
		struct io_row io;
		struct slow_row slow;
	} v[ROWS];
	unsigned count;
};

static struct disk {
	char backing[64], path[64];
	int backing_fd, fd;
	unsigned major, minor;
} disk;

static struct rows rows;

static int take(void *data, void *event, size_t size)
{
	(void)data;
	if (rows.count < ROWS && size <= ROW_BYTES)
		memcpy(rows.v[rows.count++].bytes, event, size);
	return 0;
}

/* ---- the disk ---- */

static int disk_remove(void **state)
{
	(void)state;
	if (disk.fd >= 0) {
		ioctl(disk.fd, LOOP_CLR_FD, 0);
		close(disk.fd);
	}
	if (disk.backing_fd >= 0) {
		close(disk.backing_fd);
		unlink(disk.backing);
	}
	return 0;
}

static bool disk_attach(void)
{
	struct stat st;
	int control, n;

	/* There its module is ours to load. */
	if (getenv("QEMU_GUEST") && system("modprobe -q loop"))
		return false;
	control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	n = control < 0 ? -1 : ioctl(control, LOOP_CTL_GET_FREE);
	if (control >= 0)
		close(control);
	if (n < 0)
		return false;
	snprintf(disk.path, sizeof(disk.path), "/dev/loop%d", n);
	disk.fd = open(disk.path, O_RDWR | O_CLOEXEC | O_DIRECT);
	if (disk.fd < 0 || fstat(disk.fd, &st))
		return false;
	disk.major = major(st.st_rdev);
	disk.minor = minor(st.st_rdev);
	return !ioctl(disk.fd, LOOP_SET_FD, disk.backing_fd);
}

static int disk_make(void **state)
{
	(void)state;
	disk.fd = -1;
	strcpy(disk.backing, "/tmp/tapdeck-test-XXXXXX");
	disk.backing_fd = mkostemp(disk.backing, O_CLOEXEC);
	if (disk.backing_fd < 0 || ftruncate(disk.backing_fd, DISK_SIZE))
		return -1;
	if (geteuid() == 0 && !disk_attach() && disk.fd >= 0) {
		close(disk.fd);
		disk.fd = -1;
	}
	return 0;
}

/* ---- programs ---- */

static void begin(struct tap_program *p, const char *name)
{
	char why[256];

	if (geteuid() != 0) {
		print_message("not root\n");
		skip();
	}
	if (!tap_open(p, name, why)) {
		print_message("%s\n", why);
		skip();
	}
	rows.count = 0;
	p->take = take;
}

static void needs_disk(void)
{
	if (disk.fd >= 0)
		return;
	print_message("no loop device\n");
	skip();
}

static void go(struct tap_program *p)
{
	char why[256];

	if (!tap_load(p, 0, 0, why))
		fail_msg("%s", why);
	tap_say(p);
}

static pid_t let(struct tap_program *p, bool (*act)(void))
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(act() ? 0 : 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	usleep(50000);
	tap_look(p);
	return pid;
}

/* ---- blockio ---- */

/* 4 KiB at 64 KiB, 8 KiB at 128 KiB, and a flush. */
static bool writes_and_reads(void)
{
	void *buf;
	bool ok;

	if (posix_memalign(&buf, 4096, 8192))
		return false;
	memset(buf, 'x', 8192);
	ok = pwrite(disk.fd, buf, 4096, 65536) == 4096 &&
	     pread(disk.fd, buf, 8192, 131072) == 8192 && !fsync(disk.fd);
	free(buf);
	return ok;
}

/* The n-th row of our disk; NULL: there is none. */
static const struct io_row *of_disk(unsigned n)
{
	for (unsigned i = 0; i < rows.count; i++) {
		const struct io_row *r = &rows.v[i].io;

		if (r->major == disk.major && r->minor == disk.minor && !n--)
			return r;
	}
	return NULL;
}

static void test_blockio(void **state)
{
	const struct io_row *w, *r, *f;
	struct tap_program p;
	pid_t child;

	(void)state;
	begin(&p, "blockio");
	needs_disk();
	go(&p);
	child = let(&p, writes_and_reads);
	w = of_disk(0);
	r = of_disk(1);
	assert_non_null(w);
	assert_non_null(r);
	assert_string_equal(w->disk, strrchr(disk.path, '/') + 1);
	assert_int_equal(w->op, WRITE_OP);
	assert_int_equal(w->sector, 65536 / 512);
	assert_int_equal(w->bytes, 4096);
	assert_int_equal(w->error, 0);
	assert_int_equal(w->head.pid, child);
	assert_in_range(w->latency, 1, 5000000000);
	assert_int_not_equal(w->flags & 1 << 11, 0); /* SYNC */
	assert_int_equal(r->op, READ_OP);
	assert_int_equal(r->sector, 131072 / 512);
	assert_int_equal(r->bytes, 8192);
	assert_int_equal(r->head.pid, child);
	assert_true(r->head.ts > w->head.ts);
	f = of_disk(2);
	assert_non_null(f);
	assert_int_equal(f->op, FLUSH_OP);
	assert_int_equal(f->sector, 0);
	assert_null(of_disk(3));
	tap_close(&p);
}

/* Nothing takes an hour. */
static void test_blockio_least(void **state)
{
	struct tap_program p;

	(void)state;
	begin(&p, "blockio");
	needs_disk();
	assert_true(tap_option(&p, "least", 3600ll * 1000000000));
	go(&p);
	let(&p, writes_and_reads);
	assert_null(of_disk(0));
	tap_close(&p);
}

/* ---- blockio_count ---- */

struct io_key {
	char disk[32];
	uint32_t major, minor, op;
};

struct io_value {
	uint64_t errors, bytes, queued;
	uint64_t count, total, max, slots[40];
};

static void add(const void *k, const void *values, int cpus, void *data)
{
	const struct io_value *v = values;
	const struct io_key *key = k;
	struct io_value *sum = data;

	if (key->major != disk.major || key->minor != disk.minor || key->op > FLUSH_OP)
		return;
	sum += key->op;
	for (int i = 0; i < cpus; i++) {
		sum->errors += v[i].errors;
		sum->bytes += v[i].bytes;
		sum->count += v[i].count;
		sum->total += v[i].total;
		for (unsigned s = 0; s < 40; s++)
			sum->slots[s] += v[i].slots[s];
	}
}

static void test_blockio_count(void **state)
{
	struct io_value sum[3] = { 0 };
	struct tap_program p;
	uint64_t slots = 0;

	(void)state;
	begin(&p, "blockio_count");
	needs_disk();
	go(&p);
	let(&p, writes_and_reads);
	let(&p, writes_and_reads);
	tap_each(&p, "counts", add, sum);
	assert_int_equal(sum[WRITE_OP].count, 2);
	assert_int_equal(sum[WRITE_OP].bytes, 8192);
	assert_int_equal(sum[READ_OP].count, 2);
	assert_int_equal(sum[READ_OP].bytes, 16384);
	assert_int_equal(sum[READ_OP].errors, 0);
	assert_int_not_equal(sum[READ_OP].total, 0);
	for (unsigned s = 0; s < 40; s++)
		slots += sum[READ_OP].slots[s];
	assert_int_equal(slots, 2);
	tap_close(&p);
}

/* ---- slowio ---- */

static bool reads_and_syncs(void)
{
	int fd = open(disk.backing, O_RDWR | O_CLOEXEC), pipes[2];
	char buf[100];

	return fd >= 0 && pwrite(fd, "abc", 3, 500) == 3 && read(fd, buf, 100) == 100 &&
	       read(fd, buf, 50) == 50 && !fsync(fd) && pread(fd, buf, 10, 1 << 30) == 0 &&
	       !pipe(pipes) && write(pipes[1], "x", 1) == 1;
}

static void assert_slow(unsigned n, enum call call, int64_t result, int64_t position)
{
	const struct slow_row *r = &rows.v[n].slow;
	unsigned at = (r->path & 0xffff) - TAP_COMMON;

	assert_true(n < rows.count);
	assert_int_equal(r->call, call);
	assert_int_equal(r->result, result);
	assert_int_equal(r->position, position);
	assert_int_not_equal(r->latency, 0);
	assert_int_equal(at, sizeof(struct slow_row));
	assert_string_equal((const char *)rows.v[n].bytes + at, disk.backing);
	assert_int_equal(r->path >> 16, strlen(disk.backing) + 1);
}

/* With a threshold of 0 everything is slow; the pipe is no regular file. */
static void test_slowio(void **state)
{
	struct tap_program p;
	unsigned kept = 0;
	pid_t child;

	(void)state;
	begin(&p, "slowio");
	assert_true(tap_option(&p, "least", 0));
	go(&p);
	child = let(&p, reads_and_syncs);
	for (unsigned i = 0; i < rows.count; i++)
		if (rows.v[i].slow.head.pid == child)
			rows.v[kept++] = rows.v[i];
	rows.count = kept;
	assert_int_equal(kept, 5);
	assert_slow(0, call_pwrite64, 3, 500);
	assert_slow(1, call_read, 100, 0);
	assert_slow(2, call_read, 50, 100);
	assert_slow(3, call_fsync, 0, -1);
	assert_slow(4, call_pread64, 0, 1 << 30);
	tap_close(&p);
}

/* What is fast is left out unless one asks for it. */
static void test_slowio_fast(void **state)
{
	struct tap_program p;

	(void)state;
	begin(&p, "slowio");
	assert_true(tap_option(&p, "least", 100ll * 1000000000));
	go(&p);
	let(&p, reads_and_syncs);
	assert_int_equal(rows.count, 0);
	tap_close(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_blockio),	      cmocka_unit_test(test_blockio_least),
		cmocka_unit_test(test_blockio_count), cmocka_unit_test(test_slowio),
		cmocka_unit_test(test_slowio_fast),
	};

	return cmocka_run_group_tests(tests, disk_make, disk_remove);
}
