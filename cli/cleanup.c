/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cleanup: written with its room. */
typedef int cleanup_placeholder;
