/* SPDX-License-Identifier: GPL-2.0-or-later */
/* filter_run: written with its room. */
typedef int filter_run_placeholder;
