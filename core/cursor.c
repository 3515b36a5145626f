/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cursor: written with its room. */
typedef int cursor_placeholder;
