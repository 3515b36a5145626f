/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sweep: written with its room. */
typedef int sweep_placeholder;
