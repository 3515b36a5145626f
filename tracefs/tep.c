/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tep: written with its room. */
typedef int tep_placeholder;
