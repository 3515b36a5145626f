/* SPDX-License-Identifier: GPL-2.0-or-later */
/* safe: written with its room. */
typedef int safe_placeholder;
