/* SPDX-License-Identifier: GPL-2.0-or-later */
/* text_run: written with its room. */
typedef int text_run_placeholder;
