/* SPDX-License-Identifier: GPL-2.0-or-later */
/* registry: written with its room. */
typedef int registry_placeholder;
