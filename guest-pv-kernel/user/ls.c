/* SPDX-License-Identifier: MIT
 * ls [-l]: the files of the ramdisk. */
#include "user.h"

int main(int argc, char **argv)
{
    struct file_info f;
    bool sizes = argc > 1 && !strcmp(argv[1], "-l");

    for (unsigned i = 0; CALL(list, i, &f, 0) == 1; i++) {
        if (sizes)
            printf("%8lu  ", f.size);
        printf("%s\n", f.name);
    }
    return 0;
}
