/* SPDX-License-Identifier: GPL-2.0-or-later */
/* schema: written with its room. */
typedef int schema_placeholder;
