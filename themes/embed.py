#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""embed.py OUTPUT FILE...: writes the files as a C table, see tui/embedded.h.
embed.py --as NAME OUTPUT FILE: writes one file as char NAME[] and size_t NAME_size.

Run by the build; a user's file and a built-in one go through the same parser.
"""
import os
import sys


def rows(data):
    """The bytes as lines of a C initialiser, and the NUL behind them."""
    data += b"\0"
    for at in range(0, len(data), 16):
        yield "\t" + ", ".join(str(byte) for byte in data[at : at + 16]) + ","


def one(name, output, path):
    """A file by itself."""
    with open(path, "rb") as f:
        data = f.read()
    out = ["#include <stddef.h>", "", f"extern const char {name}[];", f"extern const size_t {name}_size;"]
    out += [f"const char {name}[] = {{", *rows(data), "};", f"const size_t {name}_size = {len(data)};"]
    with open(output, "w", encoding="ascii") as f:
        f.write("\n".join(out) + "\n")


def main():
    if sys.argv[1] == "--as":
        one(*sys.argv[2:5])
        return
    output, files = sys.argv[1], sys.argv[2:]
    out = ['#include "tui/embedded.h"', ""]
    table = []
    for number, path in enumerate(files):
        with open(path, "rb") as f:
            data = f.read()
        out.append(f"static const char file{number}[] = {{")
        out.extend(rows(data))
        out.append("};")
        table.append(f'\t{{ "{os.path.basename(path)}", file{number}, {len(data)} }},')
    out += ["", "const struct embedded embedded_files[] = {", *table, "\t{ 0, 0, 0 },", "};"]
    with open(output, "w", encoding="ascii") as f:
        f.write("\n".join(out) + "\n")


main()
