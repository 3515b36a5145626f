/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * histogram_print: a histogram as lines of text, JSON or CSV.
 */
#ifndef CLI_HISTOGRAM_PRINT_H
#define CLI_HISTOGRAM_PRINT_H

#include "cli/counting_print.h"

/*
 * Appends what --histogram counted, as the command line wants it: for people the sums and
 * percentiles and no more bars than -n says; for programs each part as it was counted.
 */
void histogram_put(const struct counting_print *p, const struct opts *o, struct strbuf *b);

#endif
