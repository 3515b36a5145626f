/* SPDX-License-Identifier: GPL-2.0-or-later */
/* list: written with its room. */
typedef int list_placeholder;
