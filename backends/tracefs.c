/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tracefs: written with its room. */
typedef int tracefs_placeholder;
