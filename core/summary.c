/* SPDX-License-Identifier: GPL-2.0-or-later */
/* summary: written with its room. */
typedef int summary_placeholder;
