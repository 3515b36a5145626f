/* SPDX-License-Identifier: GPL-2.0-or-later */
/* format: written with its room. */
typedef int format_placeholder;
