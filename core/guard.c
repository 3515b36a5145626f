/* SPDX-License-Identifier: GPL-2.0-or-later */
/* guard: written with its room. */
typedef int guard_placeholder;
