/* SPDX-License-Identifier: MIT */
/*
 * What a PV kernel says of itself: ELF notes named "Xen" in PT_NOTE segments, else in note
 * sections, else the text of a __xen_guest section, as kernels before notes had it
 * ("GUEST_OS=...,XEN_VER=xen-3.0,VIRT_BASE=0x..."). Unknown notes and keys are passed over.
 */
#include "boot/elf_file.h"
#include "lib/parse.h"

#include <xen/elfnote.h>

#define NUMBER(field)  offsetof(struct guest_image, field), false
#define TEXT(field)    offsetof(struct guest_image, field), true

/* One field, by its note and by its key in a __xen_guest section. */
static const struct field {
    const char *name;
    const char *key;
    uint32_t note;
    size_t offset;
    bool is_text;
} fields[] = {
    { "ENTRY", "VIRT_ENTRY", XEN_ELFNOTE_ENTRY, NUMBER(entry) },
    { "ENTRY", "ENTRY", XEN_ELFNOTE_ENTRY, NUMBER(entry) },
    { "HYPERCALL_PAGE", "HYPERCALL_PAGE", XEN_ELFNOTE_HYPERCALL_PAGE, NUMBER(hypercall_page) },
    { "VIRT_BASE", "VIRT_BASE", XEN_ELFNOTE_VIRT_BASE, NUMBER(virt_base) },
    { "PADDR_OFFSET", "ELF_PADDR_OFFSET", XEN_ELFNOTE_PADDR_OFFSET, NUMBER(paddr_offset) },
    { "INIT_P2M", "", XEN_ELFNOTE_INIT_P2M, NUMBER(p2m_base) },
    { "MOD_START_PFN", "", XEN_ELFNOTE_MOD_START_PFN, NUMBER(mod_start_pfn) },
    { "PHYS32_ENTRY", "", XEN_ELFNOTE_PHYS32_ENTRY, NUMBER(pvh_entry) },
    { "XEN_VERSION", "XEN_VER", XEN_ELFNOTE_XEN_VERSION, TEXT(xen_version) },
    { "GUEST_OS", "GUEST_OS", XEN_ELFNOTE_GUEST_OS, TEXT(guest_os) },
    { "GUEST_VERSION", "GUEST_VER", XEN_ELFNOTE_GUEST_VERSION, TEXT(guest_version) },
};

/* What a kernel may call indispensable. */
static const char *const features[] = {
    "writable_page_tables", "writable_descriptor_tables", "pae_pgdir_above_4gb",
    "mmu_pt_update_preserve_ad", "highmem_assist", "gnttab_map_avail_bits", "dom0",
};

struct reading {
    const struct elf_file *file;
    struct guest_image *image;
    struct boot_error *err;
    unsigned int notes;         /* named "Xen" */
};

static uint64_t *number_of(struct guest_image *image, const struct field *f)
{
    return (uint64_t *)((char *)image + f->offset);
}

static void store_text(struct guest_image *image, const struct field *f, struct slice s)
{
    char *to = (char *)image + f->offset;
    size_t len = min(strnlen(s.text, s.len), sizeof(image->guest_os) - 1);

    memcpy(to, s.text, len);
    to[len] = '\0';
}

/* Takes the text before the next `at` off *rest. */
static struct slice split(struct slice *rest, char at)
{
    struct slice part = { rest->text, 0 };
    size_t taken;

    while (part.len < rest->len && part.text[part.len] != at)
        part.len++;
    taken = min(part.len + 1, rest->len);
    *rest = (struct slice){ rest->text + taken, rest->len - taken };
    return part;
}

/* `name|!name|...`: ! means that the kernel cannot do without. */
static int parse_features(struct reading *r, struct slice s)
{
    s.len = strnlen(s.text, s.len);
    while (s.len) {
        struct slice word = split(&s, '|');
        bool offered = word.len == 0 || word.text[0] != '!';

        word = (struct slice){ word.text + 1, word.len - 1 };
        for (size_t i = 0; i < ARRAY_SIZE(features) && !offered; i++)
            offered = parse_equal(word, features[i]);
        if (!offered)
            return boot_fail(r->err, "kernel: its FEATURES require \"%.*s\", which there is not; "
                             "use a kernel for 64-bit PV and Xen 4.17's ABI",
                             (int)min(word.len, (size_t)40), word.text);
    }
    return 0;
}

static int parse_note(struct reading *r, uint32_t type, struct slice desc)
{
    r->notes++;
    if (type == XEN_ELFNOTE_FEATURES)
        return parse_features(r, desc);
    for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
        const struct field *f = &fields[i];

        if (f->note != type)
            continue;
        if (f->is_text) {
            store_text(r->image, f, desc);
            continue;
        }
        if (desc.len > 8 || desc.len == 0 || (desc.len & (desc.len - 1)))
            return boot_fail(r->err, "kernel: its note %s has %zu bytes; a number has 1, 2, 4 or "
                             "8", f->name, desc.len);
        *number_of(r->image, f) = 0;
        memcpy(number_of(r->image, f), desc.text, desc.len);
    }
    return 0;
}

static int parse_note_area(struct reading *r, uint64_t offset, uint64_t size)
{
    const uint8_t *p = elf_range(r->file, offset, size);
    uint32_t h[3];              /* length of the name, of the descriptor, type */

    if (!p)
        return boot_fail(r->err, "kernel: notes at file offset 0x%lx, 0x%lx bytes, lie outside "
                         "the file: it is truncated or damaged", offset, size);
    for (uint64_t at = 0; size - at >= sizeof(h);) {
        memcpy(h, p + at, sizeof(h));

        uint64_t name = at + sizeof(h), desc = name + align_up((uint64_t)h[0], 4);

        if (desc > size || h[1] > size - desc)
            return boot_fail(r->err, "kernel: the note at file offset 0x%lx (name %u bytes, "
                             "descriptor %u) does not fit into its %lu bytes: damaged",
                             offset + at, h[0], h[1], size);
        if (h[0] == 4 && memcmp(p + name, "Xen", 4) == 0 &&
            parse_note(r, h[2], (struct slice){ (const char *)p + desc, h[1] }))
            return -1;
        at = min(desc + align_up((uint64_t)h[1], 4), size);
    }
    return 0;
}

static bool section_at(const struct elf_file *f, unsigned int i, struct elf_shdr *s)
{
    return f->header.shoff && f->header.shentsize == sizeof(*s) && i < f->header.shnum &&
           elf_entry(f, f->header.shoff, i, s, sizeof(*s));
}

/* Those that a program header leads to; only if there are none, those of the section table. */
static int parse_notes(struct reading *r)
{
    const struct elf_file *f = r->file;
    struct elf_phdr p;
    struct elf_shdr s;

    for (unsigned int i = 0; i < f->header.phnum; i++)
        if (elf_entry(f, f->header.phoff, i, &p, sizeof(p)) && p.type == ELF_PT_NOTE && p.offset &&
            parse_note_area(r, p.offset, p.filesz))
            return -1;
    for (unsigned int i = 0; !r->notes && section_at(f, i, &s); i++)
        if (s.type == ELF_SHT_NOTE && parse_note_area(r, s.offset, s.size))
            return -1;
    return 0;
}

static bool section_named(const struct elf_file *f, const char *name, struct elf_shdr *s)
{
    struct elf_shdr names;

    if (!section_at(f, f->header.shstrndx, &names))
        return false;
    for (unsigned int i = 0; section_at(f, i, s); i++) {
        const uint8_t *text = s->name < names.size
                              ? elf_range(f, names.offset + s->name, strlen(name) + 1) : NULL;

        if (names.offset <= f->size && text && memcmp(text, name, strlen(name) + 1) == 0)
            return true;
    }
    return false;
}

static int parse_key(struct reading *r, struct slice key, struct slice value)
{
    if (parse_equal(key, "FEATURES"))
        return parse_features(r, value);
    for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
        const struct field *f = &fields[i];

        if (!parse_equal(key, f->key))
            continue;
        if (f->is_text)
            store_text(r->image, f, value);
        else if (!parse_number(value, number_of(r->image, f)))
            return boot_fail(r->err, "kernel: %s=%.*s in its __xen_guest section is not a number",
                             f->key, (int)min(value.len, (size_t)40), value.text);
    }
    return 0;
}

static int parse_guest_section(struct reading *r)
{
    struct guest_image *image = r->image;
    struct elf_shdr s;

    if (!section_named(r->file, "__xen_guest", &s))
        return boot_fail(r->err, "kernel: no Xen notes and no __xen_guest section in it: not a PV "
                         "kernel, or its linker script drops .note.Xen; give a kernel built with "
                         "Xen PV support");

    const char *p = (const char *)elf_range(r->file, s.offset, s.size);

    if (!p || s.type == ELF_SHT_NOBITS)
        return boot_fail(r->err, "kernel: its __xen_guest section lies outside the file: it is "
                         "truncated or damaged");
    image->legacy = true;
    for (struct slice rest = { p, strnlen(p, s.size) }; rest.len;) {
        struct slice value = split(&rest, ','), key = split(&value, '=');

        if (key.len && parse_key(r, key, value))
            return -1;
    }
    /* Here it is a page number counted from virt_base. */
    if (image->hypercall_page != GUEST_IMAGE_UNSET)
        image->hypercall_page = (image->hypercall_page << PAGE_SHIFT) +
                                (image->virt_base == GUEST_IMAGE_UNSET ? 0 : image->virt_base);
    return 0;
}

int elf_notes_read(const struct elf_file *file, struct guest_image *image, struct boot_error *err)
{
    struct reading r = { .file = file, .image = image, .err = err };

    if (parse_notes(&r) || (!r.notes && parse_guest_section(&r)))
        return -1;
    if (image->pvh_entry && image->entry == GUEST_IMAGE_UNSET && !image->xen_version[0])
        return boot_fail(err, "kernel: it has only a PVH entry (PHYS32_ENTRY); build it with PV "
                         "support");
    if (image->xen_version[0] && memcmp(image->xen_version, "xen-3.0", 7))
        return boot_fail(err, "kernel: it asks for the interface \"%s\"; the one there is, is "
                         "xen-3.0", image->xen_version);
    return 0;
}
