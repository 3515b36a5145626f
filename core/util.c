/* SPDX-License-Identifier: GPL-2.0-or-later */
/* util: written with its room. */
typedef int util_placeholder;
