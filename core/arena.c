/* SPDX-License-Identifier: GPL-2.0-or-later */
/* arena: written with its room. */
typedef int arena_placeholder;
