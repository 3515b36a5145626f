/* SPDX-License-Identifier: GPL-2.0-or-later */
/* say: written with its room. */
typedef int say_placeholder;
