/* SPDX-License-Identifier: GPL-2.0-or-later */
/* filter_parse: written with its room. */
typedef int filter_parse_placeholder;
