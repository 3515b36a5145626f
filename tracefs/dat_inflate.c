/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dat_inflate: compressed bytes of a trace.dat, with zstd or zlib.
 *
 * Never writes more than it was given room for, and a result of another size is damage: what
 * the file says and what it has must agree. It keeps one zstd context a thread that reads.
 */
#include <errno.h>
#include <stdlib.h>

#include <zlib.h>
#include <zstd.h>

#include "tracefs/dat_private.h"

/* More than this no format can make of a byte: a block of zstd is 128 KiB and takes at least 4. */
#define ZSTD_GAIN_MAX 32768u
#define ZLIB_GAIN_MAX 1032u

bool dat_inflates(enum dat_codec codec, uint64_t size, uint64_t want)
{
	switch (codec) {
	case DAT_CODEC_ZSTD:
		return want / ZSTD_GAIN_MAX <= size;
	case DAT_CODEC_ZLIB:
		return want / ZLIB_GAIN_MAX <= size;
	case DAT_CODEC_NONE:
		break;
	}
	return false;
}

static int inflate_zstd(const uint8_t *p, size_t size, uint8_t *to, size_t want)
{
	static _Thread_local ZSTD_DCtx *context;
	size_t n;

	if (!context)
		context = ZSTD_createDCtx();
	if (!context)
		return -ENOMEM;
	n = ZSTD_decompressDCtx(context, to, want, p, size);
	return !ZSTD_isError(n) && n == want ? 0 : -EBADMSG;
}

static int inflate_zlib(const uint8_t *p, size_t size, uint8_t *to, size_t want)
{
	uLongf n = want;

	return uncompress(to, &n, p, size) == Z_OK && n == want ? 0 : -EBADMSG;
}

int dat_inflate(enum dat_codec codec, const uint8_t *p, size_t size, uint8_t *to, size_t want)
{
	switch (codec) {
	case DAT_CODEC_ZSTD:
		return inflate_zstd(p, size, to, want);
	case DAT_CODEC_ZLIB:
		return inflate_zlib(p, size, to, want);
	case DAT_CODEC_NONE:
		break;
	}
	return -EBADMSG;
}
