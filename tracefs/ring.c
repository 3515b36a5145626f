/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ring: written with its room. */
typedef int ring_placeholder;
