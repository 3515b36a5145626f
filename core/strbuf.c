/* SPDX-License-Identifier: GPL-2.0-or-later */
/* strbuf: written with its room. */
typedef int strbuf_placeholder;
