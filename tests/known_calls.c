/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * known_calls: system calls that are known, to be found in a trace.
 *
 *   known_calls FILE OTHER
 *
 * Prints its pid, waits for a line on standard input, makes its calls and prints what each should
 * be read as: "enter TEXT" or "exit TEXT", in order. Descriptors stand there as numbers. The
 * descriptor 40 is FILE while reads of it ask for 1000 bytes and more, and OTHER from 2000 on, for
 * about a second each.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define FD     40
#define ROUNDS 25

static char text[8192];
static size_t used;

/* Kept until the end: writing it would be a call. */
__attribute__((format(printf, 1, 2))) static void expect(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	used += (size_t)vsnprintf(text + used, sizeof(text) - used, fmt, ap);
	va_end(ap);
	text[used++] = '\n';
	if (used > sizeof(text) - 256)
		abort();
}

static void pause_ms(long ms)
{
	struct timespec ts = { .tv_nsec = ms * 1000000 };

	nanosleep(&ts, NULL);
}

static void open_files(const char *path, const char *other)
{
	long fd = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);

	expect("enter openat(AT_FDCWD, %p, O_RDONLY|O_CLOEXEC)", (const void *)path);
	expect("exit openat = %ld", fd);
	syscall(SYS_dup2, fd, FD);
	expect("enter dup2(%ld, %d)", fd, FD);
	expect("exit dup2 = %d", FD);
	syscall(SYS_openat, AT_FDCWD, "/nowhere/at all", O_WRONLY | O_APPEND);
	expect("exit openat = -1 ENOENT (No such file or directory)");
	fd = syscall(SYS_openat, AT_FDCWD, other, O_RDWR | O_CREAT | O_TRUNC, 0640);
	expect("enter openat(AT_FDCWD, %p, O_RDWR|O_CREAT|O_TRUNC, 0640)", (const void *)other);
	expect("exit openat = %ld", fd);
}

static void other_calls(void)
{
	long fd = syscall(SYS_socket, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), map;

	expect("enter socket(AF_UNIX, SOCK_DGRAM|SOCK_CLOEXEC, 0)");
	expect("exit socket = %ld", fd);
	map = syscall(SYS_mmap, NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		      0);
	expect("enter mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)");
	expect("exit mmap = %#lx", (unsigned long)map);
	syscall(SYS_kill, getpid(), SIGCONT);
	expect("enter kill(%d, SIGCONT)", getpid());
	expect("exit kill = 0");
	syscall(SYS_kill, getpid(), 1000);
	expect("enter kill(%d, 1000)", getpid());
	expect("exit kill = -1 EINVAL (Invalid argument)");
	syscall(SYS_lseek, FD, -1L, SEEK_END);
	expect("enter lseek(%d, -1, SEEK_END)", FD);
	syscall(SYS_fchmodat, AT_FDCWD, "/nowhere", 04755);
	expect("exit fchmodat = -1 ENOENT (No such file or directory)");
	syscall(SYS_close, 999);
	expect("enter close(999)");
	expect("exit close = -1 EBADF (Bad file descriptor)");
}

/* Reads of descriptor 40, which is the same file all the time. */
static void read_on(long size)
{
	static char buf[4096];

	for (int i = 0; i < ROUNDS; i++) {
		syscall(SYS_read, FD, buf, size + i);
		pause_ms(40);
	}
	expect("enter read(%d, %p, %ld)", FD, (void *)buf, size);
	expect("enter read(%d, %p, %ld)", FD, (void *)buf, size + ROUNDS - 1);
}

int main(int argc, char **argv)
{
	char line[16];
	long other;

	if (argc != 3) {
		fprintf(stderr, "usage: known_calls FILE OTHER\n");
		return 2;
	}
	printf("%d\n", getpid());
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin))
		return 1;
	open_files(argv[1], argv[2]);
	other_calls();
	read_on(1000);
	other = open(argv[2], O_RDONLY | O_CLOEXEC);
	syscall(SYS_dup2, other, FD);
	expect("enter dup2(%ld, %d)", other, FD);
	read_on(2000);
	fwrite(text, 1, used, stdout);
	return 0;
}
