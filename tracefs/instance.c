/* SPDX-License-Identifier: GPL-2.0-or-later */
/* instance: written with its room. */
typedef int instance_placeholder;
