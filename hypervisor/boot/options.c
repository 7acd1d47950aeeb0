/* SPDX-License-Identifier: MIT */
/*
 * Command line words, by table: each option has a name, a kind, a range and a place in its struct.
 * A word that is known but makes no sense stops the boot with what was expected; guessing on
 * would start a domain other than the one that was asked for.
 */
#include "boot/options.h"
#include "lib/format.h"
#include "lib/parse.h"
#include "lib/string.h"

enum kind { KIND_NUMBER, KIND_SIZE, KIND_BOOL, KIND_WORD };

struct option {
    const char *name;
    enum kind kind;
    size_t offset;
    uint64_t least, most;
    const char *example;
    const char *words;      /* KIND_WORD: what stands for 0 to `most`; then again, as other names */
};

#define DOMAIN(name)      #name, KIND_BOOL, offsetof(struct domain_options, name), 0, 1
#define HYPERVISOR(name)  #name, KIND_BOOL, offsetof(struct hypervisor_options, name), 0, 1

static const struct option domain_table[] = {
    { "memory", KIND_SIZE, offsetof(struct domain_options, memory),
      OPTIONS_MEMORY_MIN, BOOT_ADDRESS_LIMIT, "memory=64M", NULL },
    { "vcpus", KIND_NUMBER, offsetof(struct domain_options, vcpus),
      1, OPTIONS_VCPUS_MAX, "vcpus=2 (1 to 32)", NULL },
    { "weight", KIND_NUMBER, offsetof(struct domain_options, weight),
      1, 65535, "weight=256 (1 to 65535)", NULL },
    { DOMAIN(explain), "explain=on or explain=off", NULL },
    { DOMAIN(privileged), "privileged=off", NULL },
};

static const struct option hypervisor_table[] = {
    { "loglvl", KIND_WORD, offsetof(struct hypervisor_options, loglvl),
      0, 3, "loglvl=2 (0 to 3)", "error warning info debug 0 1 2 3" },
    { "maxcpus", KIND_NUMBER, offsetof(struct hypervisor_options, maxcpus),
      1, 256, "maxcpus=4 (1 to 256)", NULL },
    { "exit", KIND_WORD, offsetof(struct hypervisor_options, exit_debug_port),
      0, 1, "exit=debug-port or exit=acpi", "acpi debug-port" },
    { HYPERVISOR(explain), "explain=on or explain=off", NULL },
    { HYPERVISOR(noreboot), "noreboot", NULL },
    { HYPERVISOR(rows), "rows", NULL },
    { HYPERVISOR(smap), "smap=on or smap=off", NULL },
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

static int store(const struct option *o, void *base, const struct parse_token *token,
                 const char *where, struct boot_error *err)
{
    char *place = (char *)base + o->offset;
    uint64_t value = 0;
    bool flag = false, good;

    if (o->kind == KIND_BOOL)
        good = parse_bool(token->value, &flag) && token->has_value == (token->value.len != 0);
    else if (o->kind == KIND_WORD)
        good = parse_word(token->value, o, &value);
    else
        good = (o->kind == KIND_SIZE ? parse_size : parse_number)(token->value, &value);
    if (!good || value < o->least || value > o->most)
        return boot_fail(err, "%s: %s=%.*s cannot be used; write %s", where, o->name,
                         (int)min(token->value.len, (size_t)40), token->value.text, o->example);
    if (o->kind == KIND_BOOL)
        *(bool *)place = flag;
    else
        *(uint64_t *)place = value;
    return 0;
}

static int store_name(struct domain_options *d, struct slice name, const char *where,
                      struct boot_error *err)
{
    bool good = name.len > 0 && name.len < sizeof(d->name);

    for (size_t i = 0; i < name.len; i++)
        good &= name.text[i] > ' ' && name.text[i] < 0x7f && name.text[i] != '/';
    if (!good)
        return boot_fail(err, "%s: domain=%.*s cannot be a name; write 1 to %u printable "
                         "characters without blanks and slashes", where,
                         (int)min(name.len, (size_t)40), name.text, OPTIONS_NAME_MAX - 1);
    memcpy(d->name, name.text, name.len);
    d->name[name.len] = '\0';
    return 0;
}

/* The leading words of a module string; *words counts those that were ours. */
static int parse_domain(const char *line, struct domain_options *d, unsigned int *words,
                        const char *where, struct boot_error *err)
{
    struct parse_token token;

    *d = (struct domain_options){ .memory = OPTIONS_MEMORY_DEFAULT, .vcpus = 1,
                                  .weight = OPTIONS_WEIGHT_DEFAULT };
    for (*words = 0; parse_next(&line, &token); ++*words) {
        const struct option *o = find(domain_table, ARRAY_SIZE(domain_table), token.key);

        if (parse_equal(token.key, "--") && !token.has_value) {
            while (*line == ' ')
                line++;
            d->cmdline = line;
            return 0;
        }
        if (token.has_value && parse_equal(token.key, "domain")) {
            if (store_name(d, token.value, where, err))
                return -1;
        } else if (token.has_value && o) {
            if (store(o, d, &token, where, err))
                return -1;
            d->explain_given |= parse_equal(token.key, "explain");
            d->privileged_given |= parse_equal(token.key, "privileged");
        } else {
            break;
        }
    }
    d->memory = align_down(d->memory, PAGE_SIZE);
    d->cmdline = token.start;
    return 0;
}

static bool is_ramdisk(const char *line)
{
    struct parse_token token;

    return parse_next(&line, &token) && !token.has_value && parse_equal(token.key, "ramdisk");
}

static int add_ramdisk(struct domain_options *owner, const struct boot_module *m,
                       const char *where, struct boot_error *err)
{
    if (!owner)
        return boot_fail(err, "%s: a ramdisk with no guest before it; put the kernel's module "
                         "first", where);
    if (owner->ramdisk)
        return boot_fail(err, "%s: domain %s already has a ramdisk; start this module's string "
                         "with domain=NAME if it is a guest", where, owner->name);
    owner->ramdisk = m;
    return 0;
}

static int add_domain(struct domain_options *plan, size_t *count, size_t max,
                      const struct domain_options *d, const char *where, struct boot_error *err)
{
    for (size_t i = 0; i < *count; i++)
        if (strcmp(plan[i].name, d->name) == 0)
            return boot_fail(err, "%s: a second domain is named %s; give each its own name", where,
                             d->name);
    if (*count && d->privileged)
        return boot_fail(err, "%s: privileged=on for %s, but only the first domain can be", where,
                         d->name);
    if (*count == max)
        return boot_fail(err, "%s: more than %zu domains; load fewer guests", where, max);
    plan[*count] = *d;
    plan[*count].privileged = *count == 0 && (d->privileged || !d->privileged_given);
    ++*count;
    return 0;
}

int options_plan_domains(const struct boot_info *info, struct domain_options *plan, size_t max,
                         size_t *count, struct boot_error *err)
{
    *count = 0;
    for (size_t i = 0; i < info->nr_modules; i++) {
        const struct boot_module *m = &info->modules[i];
        struct domain_options *last = *count ? &plan[*count - 1] : NULL;
        struct domain_options d;
        unsigned int words;
        char where[24];
        int rc;

        format(where, sizeof(where), "boot: module %zu", i);
        if (is_ramdisk(m->cmdline)) {
            rc = add_ramdisk(last, m, where, err);
        } else if (parse_domain(m->cmdline, &d, &words, where, err)) {
            rc = -1;
        } else if (!d.name[0] && last && words) {
            rc = boot_fail(err, "%s: has a domain's options but no domain=NAME; add it", where);
        } else if (!d.name[0] && last) {
            rc = add_ramdisk(last, m, where, err);
        } else {
            if (!d.name[0])
                strlcpy(d.name, "dom0", sizeof(d.name));
            d.kernel = m;
            rc = add_domain(plan, count, max, &d, where, err);
        }
        if (rc)
            return rc;
    }
    return *count ? 0 : boot_fail(err, "boot: no guest: the loader gave no module");
}

int options_parse_hypervisor(const char *cmdline, struct hypervisor_options *out,
                             struct boot_error *err)
{
    struct parse_token token;

    *out = (struct hypervisor_options){ .loglvl = 2, .smap = true };
    while (parse_next(&cmdline, &token)) {
        const struct option *o = find(hypervisor_table, ARRAY_SIZE(hypervisor_table), token.key);

        if (o && store(o, out, &token, "command line", err))
            return -1;
        /* selfcheck= is read where there is something to check */
        if (!o && !out->unknown[0] && !parse_equal(token.key, "selfcheck"))
            format(out->unknown, sizeof(out->unknown), "%.*s", (int)min(token.key.len, (size_t)63),
                   token.key.text);
    }
    return 0;
}
