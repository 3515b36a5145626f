/* SPDX-License-Identifier: GPL-2.0-or-later */
/* json: written with its room. */
typedef int json_placeholder;
