/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The mount in a mountinfo, files read and written, and the kernel's complaints: over texts and
 * temporary files, without tracefs.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/util.h"
#include "tracefs/dir.h"
#include "tracefs/refusal.h"

static char box[64];

static int setup(void **state)
{
	snprintf(box, sizeof(box), "/tmp/test_dir.XXXXXX");
	return mkdtemp(box) ? 0 : -1;
}

static void put(const char *file, const char *text, size_t size)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", box, file);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, text, size) != (ssize_t)size)
		abort();
	close(fd);
}

static int teardown(void **state)
{
	static const char *const files[] = { "knob", "big", "error_log" };
	char path[128];

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		snprintf(path, sizeof(path), "%s/%s", box, files[i]);
		unlink(path);
	}
	return rmdir(box);
}

#define OTHERS                                                                                     \
	"22 28 0:21 / /sys rw,nosuid shared:7 - sysfs sysfs rw\n"                                  \
	"28 1 254:0 / / rw,relatime - ext4 /dev/root rw\n"

static void the_mount_is_found(void **state)
{
	static const struct {
		const char *info, *dir;
	} rows[] = {
		{ OTHERS, NULL },
		{ "", NULL },
		{ OTHERS "40 22 0:12 / /sys/kernel/tracing rw - tracefs tracefs rw\n",
		  "/sys/kernel/tracing" },
		/* Two optional fields, none, and one. */
		{ "40 22 0:12 / /t rw shared:1 master:2 - tracefs tracefs rw\n", "/t" },
		/* The usual place wins, wherever it stands. */
		{ "40 22 0:12 / /mnt/t rw - tracefs t rw\n"
		  "41 22 0:12 / /sys/kernel/tracing rw - tracefs t rw\n"
		  "42 22 0:12 / /mnt/u rw - tracefs t rw\n",
		  "/sys/kernel/tracing" },
		{ "40 22 0:12 / /mnt/t rw - tracefs t rw\n42 22 0:12 / /mnt/u rw - tracefs t rw",
		  "/mnt/t" },
		{ "40 22 0:12 / /mnt/a\\040b\\134c rw - tracefs t rw\n", "/mnt/a b\\c" },
		/* A part of it bound elsewhere is not tracefs. */
		{ "40 22 0:12 /events /mnt/t rw - tracefs t rw\n", NULL },
		{ "40 22 0:7 / /sys/kernel/debug rw - debugfs debugfs rw\n",
		  "/sys/kernel/debug/tracing" },
		{ "40 22 0:7 / /d rw - debugfs d rw\n41 22 0:8 / /t rw - tracefs t rw\n", "/t" },
		/* Lines that make no sense. */
		{ "\n - \n - tracefs\n1 2 3 - tracefs t\n40 22 0:12 / /t rw tracefs\n", NULL },
		{ "40 22 0:12 / /t rw - \n", NULL },
		{ "40 22 0:12 / /t\\04 rw - tracefs t rw", "/t\\04" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *dir = tracefs_mount_in(rows[i].info);

		if (rows[i].dir)
			assert_string_equal(dir ? dir : "(none)", rows[i].dir);
		else
			assert_null(dir);
		free(dir);
	}
}

static void files_are_read_whole(void **state)
{
	struct strbuf s = { 0 };
	struct err e = ERR_INIT;
	size_t size = 300000;
	char *big = malloc(size);

	for (size_t i = 0; i < size; i++)
		big[i] = (char)('a' + i % 26);
	put("big", big, size);
	strbuf_str(&s, "before ");
	assert_int_equal(tracefs_read(box, &s, &e, "%s", "big"), 0);
	assert_int_equal(s.len, 7 + size);
	assert_memory_equal(s.s + 7, big, size);
	assert_int_equal(s.s[s.len], 0);
	assert_int_equal(tracefs_read(box, &s, &e, "no such file"), -ENOENT);
	assert_int_equal(e.code, -ENOENT);
	assert_non_null(strstr(e.text, "no such file"));
	assert_int_equal(s.len, 7 + size);
	assert_int_equal(tracefs_read(box, &s, &e, "."), -EISDIR);
	assert_int_equal(s.len, 7 + size);
	strbuf_done(&s);
	free(big);
}

static void a_file_without_end_is_refused(void **state)
{
	struct strbuf s = { 0 };
	struct err e = ERR_INIT;

	assert_int_equal(tracefs_read("/dev", &s, &e, "zero"), -EFBIG);
	assert_int_equal(s.len, 0);
	strbuf_done(&s);
}

static void numbers_are_read(void **state)
{
	static const struct {
		const char *text;
		int ret;
		uint64_t value;
	} rows[] = {
		{ "0\n", 0, 0 },
		{ "1410\n", 0, 1410 },
		{ "7 (expanded: 1408)\n", 0, 7 },
		{ "18446744073709551615", 0, UINT64_MAX },
		{ "18446744073709551616", -EINVAL, 0 },
		{ "X\n", -EINVAL, 0 },
		{ "", -EINVAL, 0 },
		{ "-1\n", -EINVAL, 0 },
		{ " 1\n", -EINVAL, 0 },
		{ "12abc\n", -EINVAL, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint64_t v = 77;

		put("knob", rows[i].text, strlen(rows[i].text));
		assert_int_equal(tracefs_read_u64(box, &v, NULL, "knob"), rows[i].ret);
		assert_int_equal(v, rows[i].ret ? 77 : rows[i].value);
	}
}

static void writes_are_one_and_empty_means_truncate(void **state)
{
	struct strbuf s = { 0 };

	put("knob", "12345", 5);
	assert_int_equal(tracefs_write(box, "ab", NULL, "knob"), 0);
	assert_int_equal(tracefs_read(box, &s, NULL, "knob"), 0);
	assert_string_equal(s.s, "ab345"); /* a list is not emptied by the way */
	assert_int_equal(tracefs_write(box, "", NULL, "knob"), 0);
	strbuf_clear(&s);
	assert_int_equal(tracefs_read(box, &s, NULL, "knob"), 0);
	assert_int_equal(s.len, 0);
	assert_int_equal(tracefs_write(box, "x", NULL, "missing/%d", 1), -ENOENT);
	strbuf_done(&s);
}

static void names_that_are_too_long_are_no_files(void **state)
{
	static char name[5000];
	struct err e = ERR_INIT;
	uint64_t v;

	memset(name, 'n', sizeof(name) - 1);
	assert_int_equal(tracefs_open(box, O_RDONLY, &e, "%s", name), -ENAMETOOLONG);
	assert_int_equal(tracefs_read_u64(box, &v, &e, "%s", name), -ENAMETOOLONG);
	assert_int_equal(tracefs_open(name, O_RDONLY, &e, "x"), -ENAMETOOLONG);
}

static void descriptors_do_not_survive_exec(void **state)
{
	int fd;

	put("knob", "1", 1);
	fd = tracefs_open(box, O_RDONLY, NULL, "knob");
	assert_true(fd >= 0);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
}

#define LOG_OLD                                                                                    \
	"[ 1350.477031] event filter parse error: error: Field not found\n"                        \
	"  Command: foo == 1\n"                                                                    \
	"               ^\n"
#define LOG_NEW                                                                                    \
	"[ 1350.484663] event filter parse error: error: Invalid value (did you forget quotes)?\n" \
	"  Command: prev_pid ==\n"                                                                 \
	"                      ^\n"

static void the_last_complaint_counts_if_it_quotes_us(void **state)
{
	static const struct {
		const char *log, *command, *text;
		int column;
	} rows[] = {
		{ LOG_OLD, "foo == 1", "Field not found", 4 },
		{ LOG_OLD, "  foo == 1 \n", "Field not found", 6 },
		{ LOG_OLD LOG_NEW, "prev_pid ==", "Invalid value (did you forget quotes)?", 11 },
		{ LOG_OLD LOG_NEW, "foo == 1", NULL, 0 }, /* an older one */
		{ LOG_OLD, "foo == 12", NULL, 0 },
		{ LOG_OLD, "", NULL, 0 },
		{ "", "foo == 1", NULL, 0 },
		{ "[ 1.0] x: error: Cut\n", "a", NULL, 0 },
		{ "[ 1.0] x: error: Cut", "", NULL, 0 },
		{ "[ 1.0] x: error: No caret\n  Command: a\n", "a", "No caret", -1 },
		{ "[ 1.0] x: error: Left\n  Command: a\n  ^\n", "a", "Left", -1 },
		{ "[ 1.0] x: error: Right\n  Command: a\n                  ^\n", "a", "Right", -1 },
		{ "[ 1.0] x: error: \n  Command: a\n           ^\n", "a", "", 0 },
		{ "[ 1.0] no word\n  Command: a\n           ^\n", "a", NULL, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct refusal r;
		bool said = refusal_parse(rows[i].log, strlen(rows[i].log), rows[i].command, &r);

		assert_int_equal(said, rows[i].text != NULL);
		if (!said)
			continue;
		assert_string_equal(r.text, rows[i].text);
		assert_int_equal(r.column, rows[i].column);
	}
}

/* A kernel's log cut anywhere: no step outside, which the sanitizers watch. */
static void a_log_may_end_anywhere(void **state)
{
	static const char log[] = LOG_OLD LOG_NEW;
	struct refusal r;

	for (size_t n = 0; n < sizeof(log); n++) {
		char *cut = malloc(n + 1);

		memcpy(cut, log, n);
		refusal_parse(cut, n, "prev_pid ==", &r);
		free(cut);
	}
}

static void a_refusal_says_what_and_where(void **state)
{
	struct err e = ERR_INIT;

	put("error_log", LOG_OLD, strlen(LOG_OLD));
	assert_int_equal(refusal_say(&e, -EINVAL, box, "events/x/filter", "foo == 1"), -EINVAL);
	assert_int_equal(e.code, -EINVAL);
	assert_int_equal(e.column, 4);
	assert_non_null(strstr(e.text, "events/x/filter: Field not found"));
	assert_non_null(strchr(e.text, '^'));
	/* ENOENT would mean a missing file to the caller. */
	assert_int_equal(refusal_say(&e, -ENOENT, box, "events/x/filter", "foo == 1"), -EINVAL);
	/* Nothing said of this one: errno has to do. */
	assert_int_equal(refusal_say(&e, -EBUSY, box, "events/x/filter", "bar"), -EBUSY);
	assert_int_equal(e.column, -1);
	assert_non_null(strstr(e.text, "\"bar\""));
	assert_non_null(strstr(e.text, strerror(EBUSY)));
	assert_int_equal(refusal_say(NULL, -EBUSY, box, "x", "bar"), -EBUSY);
}

static void a_remedy_is_known_for_the_usual(void **state)
{
	assert_non_null(strstr(refusal_remedy(-EACCES), "sudo"));
	assert_non_null(strstr(refusal_remedy(-ENOMEM), "--buffer"));
	assert_string_equal(refusal_remedy(-EINVAL), "");
}

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_mount_is_found),
		T(files_are_read_whole),
		T(a_file_without_end_is_refused),
		T(numbers_are_read),
		T(writes_are_one_and_empty_means_truncate),
		T(names_that_are_too_long_are_no_files),
		T(descriptors_do_not_survive_exec),
		cmocka_unit_test(the_last_complaint_counts_if_it_quotes_us),
		cmocka_unit_test(a_log_may_end_anywhere),
		T(a_refusal_says_what_and_where),
		cmocka_unit_test(a_remedy_is_known_for_the_usual),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
