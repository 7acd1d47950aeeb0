/* SPDX-License-Identifier: MIT */
/*
 * Command line words, by table: each option has a name, a place in its struct, and a range or a list of words. A word
 * that is known but makes no sense stops the boot with what was expected; guessing on would start a domain other than
 * the one that was asked for.
 */
#include "boot/options.h"
#include "lib/format.h"
#include "lib/string.h"

struct option {
    const char *name;
    size_t offset; /* of a uint64_t */
    uint64_t least, most;
    const char *example;
    const char *words; /* what stands for 0 to `most`; then again, as other names. NULL: a number, K, M, G, T behind it */
};

#define DOMAIN(name)     #name, offsetof(struct domain_options, name)
#define HYPERVISOR(name) #name, offsetof(struct hypervisor_options, name)

static const char on_off[] = "off on no yes false true 0 1"; /* an option that stands alone is on */

static const struct option domain_table[] = {
    {DOMAIN(memory), OPTIONS_MEMORY_MIN, BOOT_ADDRESS_LIMIT, "memory=64M", NULL},
    {DOMAIN(vcpus), 1, OPTIONS_VCPUS_MAX, "vcpus=2 (1 to 32)", NULL},
    {DOMAIN(weight), 1, 65535, "weight=256 (1 to 65535)", NULL},
    {DOMAIN(explain), 0, 1, "explain=on or explain=off", on_off},
    {DOMAIN(trace), 0, 2, "trace=on, trace=ring or trace=off", "off on ring"},
    {DOMAIN(privileged), 0, 1, "privileged=off", on_off},
};

static const struct option hypervisor_table[] = {
    {HYPERVISOR(loglvl), 0, 3, "loglvl=2 (0 to 3)", "error warning info debug 0 1 2 3"},
    {HYPERVISOR(maxcpus), 1, 256, "maxcpus=4 (1 to 256)", NULL},
    {"exit", offsetof(struct hypervisor_options, exit_debug_port), 0, 1, "exit=debug-port or exit=acpi",
     "acpi debug-port"},
    {HYPERVISOR(explain), 0, 1, "explain=on or explain=off", on_off},
    {HYPERVISOR(noreboot), 0, 1, "noreboot", on_off},
    {HYPERVISOR(rows), 0, 1, "rows", on_off},
    {HYPERVISOR(smap), 0, 1, "smap=on or smap=off", on_off},
    {HYPERVISOR(pcid), 0, 1, "pcid=on or pcid=off", on_off},
    {"spec-ctrl", offsetof(struct hypervisor_options, spec_ctrl), 0, 3, "spec-ctrl=auto, on, unsplit or off",
     "auto on unsplit off"},
};

static const struct option *find(const struct option *table, size_t n, struct slice key)
{
    for (size_t i = 0; i < n; i++)
        if (parse_equal(key, table[i].name))
            return &table[i];
    return NULL;
}

static bool parse_word(struct slice value, const struct option *o, uint64_t *out)
{
    const char *words = o->words;
    struct parse_token word;

    for (uint64_t i = 0; parse_next(&words, &word); i++) {
        *out = i % (o->most + 1);
        if (value.len == word.key.len && memcmp(value.text, word.key.text, value.len) == 0)
            return true;
    }
    return false;
}

static void store(const struct option *o, void *base, const struct parse_token *token, const char *where)
{
    uint64_t value = 1;
    bool good = o->words == on_off && !token->has_value;

    if (!good)
        good = o->words ? parse_word(token->value, o, &value) : parse_size(token->value, &value);
    boot_stop_if(!good || value < o->least || value > o->most, "%s: %s=%.*s cannot be used; write %s", where, o->name,
                 (int)min(token->value.len, (size_t)40), token->value.text, o->example);
    *(uint64_t *)((char *)base + o->offset) = value;
}

static void store_name(struct domain_options *d, struct slice name, const char *where)
{
    bool good = name.len > 0 && name.len < sizeof(d->name);

    for (size_t i = 0; i < name.len; i++)
        good &= name.text[i] > ' ' && name.text[i] < 0x7f && name.text[i] != '/' && name.text[i] != '"';
    boot_stop_if(!good, "%s: domain=%.*s cannot be a name; write 1 to %u printable characters without blanks, "
                 "quotes and slashes", where, (int)min(name.len, (size_t)40), name.text, OPTIONS_NAME_MAX - 1);
    memcpy(d->name, name.text, name.len);
    d->name[name.len] = '\0';
}

/* The leading words of a module string; says how many were ours. */
static unsigned int parse_domain(const char *line, struct domain_options *d, const char *where)
{
    struct parse_token token;
    unsigned int words = 0;

    *d = (struct domain_options){
        .memory = OPTIONS_MEMORY_DEFAULT,
        .vcpus = 1,
        .weight = OPTIONS_WEIGHT_DEFAULT,
        .explain = OPTIONS_UNSET,
        .privileged = OPTIONS_UNSET,
    };
    for (; parse_next(&line, &token) && token.has_value; words++) {
        const struct option *o = find(domain_table, ARRAY_SIZE(domain_table), token.key);

        if (parse_equal(token.key, "domain"))
            store_name(d, token.value, where);
        else if (o)
            store(o, d, &token, where);
        else
            break;
    }
    if (parse_equal(token.key, "--") && !token.has_value)
        parse_next(&line, &token);
    d->cmdline = token.start;
    d->memory = align_down(d->memory, PAGE_SIZE);
    return words;
}

static bool is_ramdisk(const char *line)
{
    struct parse_token token;

    return parse_next(&line, &token) && !token.has_value && parse_equal(token.key, "ramdisk");
}

static void check_domain(const struct domain_options *d, const struct domain_options *before, size_t count, size_t max,
                         const char *where)
{
    for (size_t i = 0; i < count; i++)
        boot_stop_if(memcmp(before[i].name, d->name, sizeof(d->name)) == 0, "%s: a second domain is named %s; give each its own name",
                     where, d->name);
    boot_stop_if(count && d->privileged == 1, "%s: privileged=on for %s, but only the first domain can be", where,
                 d->name);
    boot_stop_if(count == max, "%s: more than %zu domains; load fewer guests", where, max);
}

size_t options_plan_domains(const struct boot_info *info, struct domain_options *plan, size_t max)
{
    size_t count = 0;

    for (size_t i = 0; i < info->nr_modules; i++) {
        const struct boot_module *m = &info->modules[i];
        struct domain_options d, *last = count ? &plan[count - 1] : NULL;
        unsigned int words;
        char where[24];

        format(where, sizeof(where), "boot: module %zu", i);
        words = parse_domain(m->cmdline, &d, where);
        if (last && !d.name[0]) {
            boot_stop_if(words, "%s: has a domain's options but no domain=NAME; add it", where);
            boot_stop_if(last->ramdisk, "%s: domain %s already has a ramdisk; start this module's string with "
                         "domain=NAME if it is a guest", where, last->name);
            last->ramdisk = m;
            continue;
        }
        boot_stop_if(is_ramdisk(m->cmdline), "%s: a ramdisk with no guest before it; put the kernel's module first",
                     where);
        if (!d.name[0])
            strlcpy(d.name, "dom0", sizeof(d.name));
        check_domain(&d, plan, count, max, where);
        d.kernel = m;
        d.privileged = count == 0 && d.privileged != 0;
        plan[count++] = d;
    }
    boot_stop_if(!count, "boot: no guest: the loader gave no module");
    return count;
}

void options_parse_hypervisor(const char *cmdline, struct hypervisor_options *out)
{
    struct parse_token token;

    *out = (struct hypervisor_options){.loglvl = 2, .smap = 1, .pcid = 1, .maxcpus = OPTIONS_UNSET};
    while (parse_next(&cmdline, &token)) {
        const struct option *o = find(hypervisor_table, ARRAY_SIZE(hypervisor_table), token.key);

        if (o)
            store(o, out, &token, "command line");
        else if (!out->unknown.len)
            out->unknown = token.key;
    }
}
