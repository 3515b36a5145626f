/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream: written with its room. */
typedef int stream_placeholder;
