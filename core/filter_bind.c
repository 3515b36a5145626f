/* SPDX-License-Identifier: GPL-2.0-or-later */
/* filter_bind: written with its room. */
typedef int filter_bind_placeholder;
