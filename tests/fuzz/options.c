/* SPDX-License-Identifier: MIT */
/* The input is a command line and module strings, one a line. */
#include "boot_check.h"
#include "boot/options.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct boot_info info;
    struct domain_options plan[8];
    struct hypervisor_options options;
    volatile size_t count = 0;
    char *text = malloc(size + 1), *line = text;

    memcpy(text, data, size);
    text[size] = '\0';
    err.text[0] = '\0';
    boot_try(options_parse_hypervisor(text, &options));
    boot_info_init(&info);
    while (line) {
        char *next = strchr(line, '\n');

        if (next)
            *next++ = '\0';
        if (info.nr_modules < BOOT_MODULES_MAX)
            boot_info_add_module(&info, 1, 2, line);
        line = next;
    }
    if (boot_try(count = options_plan_domains(&info, plan, 8)) == 0) {
        boot_require(count >= 1 && count <= 8);
        for (size_t i = 0; i < count; i++)
            boot_require(plan[i].kernel && plan[i].name[0] && plan[i].vcpus >= 1);
    } else {
        boot_require(err.text[0]);
    }
    free(text);
    return 0;
}
