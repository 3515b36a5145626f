/* SPDX-License-Identifier: GPL-2.0-or-later */
/* identity_learn: written with its room. */
typedef int identity_learn_placeholder;
