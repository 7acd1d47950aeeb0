# SPDX-License-Identifier: MIT
# nm -n output -> the table panic.c looks names up in: offsets from image_start, ascending, and the names in order.
BEGIN {
    print ".section .symbols, \"a\""
    n = 0
}
$2 ~ /^[tT]$/ && $3 !~ /^\./ && $3 != "image_start" {
    addr[n] = $1
    name[n++] = $3
}
END {
    print ".globl symbol_count, symbol_offsets, symbol_names"
    print ".hidden symbol_count, symbol_offsets, symbol_names"
    print "symbol_offsets:"
    for (i = 0; i < n; i++)
        print "    .long 0x" addr[i] " - 0xffff810000200000"
    print "symbol_count: .long " n
    print "symbol_names:"
    for (i = 0; i < n; i++)
        print "    .asciz \"" name[i] "\""
    print ".section .note.GNU-stack, \"\", @progbits"
}
