/* SPDX-License-Identifier: MIT */
/* From the plan in the command lines to running domains. */
#include "boot/domains.h"
#include "boot/domain_builder.h"
#include "boot/options.h"
#include "domain/domain.h"

int domains_start(const struct boot_info *info, bool explain, struct boot_error *err)
{
    static struct domain_options plan[DOMAIN_MAX];
    static struct domain *domains[DOMAIN_MAX];
    size_t count;

    if (options_plan_domains(info, plan, ARRAY_SIZE(plan), &count, err))
        return -1;
    for (size_t i = 0; i < count; i++)
        if (domain_build(&plan[i], (domid_t)i, explain, &domains[i], err))
            return -1;
    for (size_t i = 0; i < count; i++)
        domain_unpause(domains[i]);
    return 0;
}
