# SPDX-License-Identifier: MIT
# lib/ and the boot parsers.
UNIT_TESTS += lib_string lib_format lib_bits lib_list lib_parse
UNIT_SRC_lib_string =
UNIT_SRC_lib_format = lib/format.c lib/string.c
UNIT_SRC_lib_bits =
UNIT_SRC_lib_list =
UNIT_SRC_lib_parse = lib/parse.c lib/string.c

UNIT_LIB := lib/format.c lib/string.c lib/parse.c

UNIT_TESTS += boot_memory boot_multiboot2 boot_multiboot1 boot_options boot_elf
UNIT_SRC_boot_memory = boot/boot_info.c $(UNIT_LIB)
UNIT_SRC_boot_multiboot2 = boot/boot_info.c boot/multiboot2.c $(UNIT_LIB)
UNIT_SRC_boot_multiboot1 = boot/boot_info.c boot/multiboot1.c $(UNIT_LIB)
UNIT_SRC_boot_options = boot/boot_info.c boot/options.c $(UNIT_LIB)
UNIT_SRC_boot_elf = boot/boot_info.c boot/elf.c boot/elf_notes.c $(UNIT_LIB)

UNIT_SCRIPTS += tool_extract_vmlinux
