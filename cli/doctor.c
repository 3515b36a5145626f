/* SPDX-License-Identifier: GPL-2.0-or-later */
/* doctor: written with its room. */
typedef int doctor_placeholder;
