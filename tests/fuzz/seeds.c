/* SPDX-License-Identifier: MIT */
/* Writes good inputs into DIRECTORY/TARGET/corpus/, from the builders the unit tests use. */
#include <stdio.h>

#include "images.h"

static void write_seed(const char *directory, const char *name, const void *data, size_t size)
{
    char path[512];
    FILE *f;

    snprintf(path, sizeof(path), "%s/%s", directory, name);
    f = fopen(path, "wb");
    if (!f || fwrite(data, 1, size, f) != size || fclose(f)) {
        perror(path);
        exit(1);
    }
}

int main(int argc, char **argv)
{
    static const char lines[] = "loglvl=debug exit=debug-port\n"
                                "domain=a memory=64M vcpus=2 weight=3 explain=on -- x\nramdisk\n";
    const char *directory = argc > 1 ? argv[1] : ".";
    struct bytes mb2 = mb2_usual(), kernel = elf_linux(), input = { 0 };
    struct bytes old = elf_legacy("XEN_VER=xen-3.0,VIRT_BASE=0x0,VIRT_ENTRY=0x100040,"
                                  "HYPERCALL_PAGE=0x102,FEATURES=!writable_page_tables", 0x100000);
    struct mb1 mb1 = mb1_usual();

    bytes_u32(&input, mb1.info);
    bytes_add(&input, mb1.memory.data, mb1.memory.size);
    write_seed(directory, "multiboot2/corpus/usual", mb2.data, mb2.size);
    write_seed(directory, "multiboot1/corpus/usual", input.data, input.size);
    write_seed(directory, "elf/corpus/linux", kernel.data, kernel.size);
    write_seed(directory, "elf/corpus/legacy", old.data, old.size);
    write_seed(directory, "options/corpus/usual", lines, sizeof(lines) - 1);
    bytes_free(&mb2);
    bytes_free(&kernel);
    bytes_free(&input);
    bytes_free(&old);
    bytes_free(&mb1.memory);
    return 0;
}
