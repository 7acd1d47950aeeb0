/* SPDX-License-Identifier: MIT */
/*
 * What a PV kernel says of itself: ELF notes named "Xen" in PT_NOTE segments, else in note sections, else the text of a
 * __xen_guest section, as kernels before notes had it ("GUEST_OS=...,XEN_VER=xen-3.0,VIRT_BASE=0x..."). Unknown notes
 * and keys are passed over.
 */
#include "boot/elf_file.h"
#include "lib/parse.h"

#include <xen/elfnote.h>

#define NUMBER(field) FIELD_NUMBER, offsetof(struct guest_image, field)
#define TEXT(field)   FIELD_TEXT, offsetof(struct guest_image, field)

/* One field, by its note and by its key in a __xen_guest section. */
static const struct field {
    const char *name;
    const char *key;
    uint32_t note;
    enum { FIELD_NUMBER, FIELD_TEXT, FIELD_FEATURES } kind;
    size_t offset;
} fields[] = {
    {"ENTRY", "VIRT_ENTRY", XEN_ELFNOTE_ENTRY, NUMBER(entry)},
    {"ENTRY", "ENTRY", XEN_ELFNOTE_ENTRY, NUMBER(entry)},
    {"HYPERCALL_PAGE", "HYPERCALL_PAGE", XEN_ELFNOTE_HYPERCALL_PAGE, NUMBER(hypercall_page)},
    {"VIRT_BASE", "VIRT_BASE", XEN_ELFNOTE_VIRT_BASE, NUMBER(virt_base)},
    {"PADDR_OFFSET", "ELF_PADDR_OFFSET", XEN_ELFNOTE_PADDR_OFFSET, NUMBER(paddr_offset)},
    {"INIT_P2M", "", XEN_ELFNOTE_INIT_P2M, NUMBER(p2m_base)},
    {"MOD_START_PFN", "", XEN_ELFNOTE_MOD_START_PFN, NUMBER(mod_start_pfn)},
    {"PHYS32_ENTRY", "", XEN_ELFNOTE_PHYS32_ENTRY, NUMBER(pvh_entry)},
    {"XEN_VERSION", "XEN_VER", XEN_ELFNOTE_XEN_VERSION, TEXT(xen_version)},
    {"GUEST_OS", "GUEST_OS", XEN_ELFNOTE_GUEST_OS, TEXT(guest_os)},
    {"GUEST_VERSION", "GUEST_VER", XEN_ELFNOTE_GUEST_VERSION, TEXT(guest_version)},
    {"FEATURES", "FEATURES", XEN_ELFNOTE_FEATURES, FIELD_FEATURES, 0},
};

/* What a kernel may call indispensable. */
static const char *const features[] = {
    "writable_page_tables", "writable_descriptor_tables", "pae_pgdir_above_4gb",
    "mmu_pt_update_preserve_ad", "highmem_assist", "gnttab_map_avail_bits", "dom0",
};

/* Takes the text before the next `at` off *rest. */
static struct slice split(struct slice *rest, char at)
{
    struct slice part = {rest->text, 0};
    size_t taken;

    while (part.len < rest->len && part.text[part.len] != at)
        part.len++;
    taken = min(part.len + 1, rest->len);
    *rest = (struct slice){rest->text + taken, rest->len - taken};
    return part;
}

/* `name|!name|...`: ! means that the kernel cannot do without. */
static void check_features(struct slice s)
{
    while (s.len) {
        struct slice word = split(&s, '|');
        bool offered = word.len == 0 || word.text[0] != '!';

        word = (struct slice){word.text + 1, word.len - 1};
        for (size_t i = 0; i < ARRAY_SIZE(features) && !offered; i++)
            offered = parse_equal(word, features[i]);
        boot_stop_if(!offered, "kernel: its FEATURES require \"%.*s\", which there is not; use a kernel for 64-bit PV "
                     "and Xen 4.17's ABI", (int)min(word.len, (size_t)40), word.text);
    }
}

/* Out of a note's descriptor or, with a key, out of the text behind it. */
static void take_field(struct guest_image *image, uint32_t note, struct slice key, struct slice value)
{
    struct slice text = {value.text, strnlen(value.text, value.len)};

    for (const struct field *f = fields; f < fields + ARRAY_SIZE(fields); f++) {
        char *to = (char *)image + f->offset;

        if (key.len ? !parse_equal(key, f->key) : f->note != note)
            continue;
        if (f->kind == FIELD_FEATURES) {
            check_features(text);
        } else if (f->kind == FIELD_TEXT) {
            memset(to, 0, sizeof(image->guest_os));
            memcpy(to, text.text, min(text.len, sizeof(image->guest_os) - 1));
        } else if (key.len) {
            boot_stop_if(!parse_number(value, (uint64_t *)to),
                         "kernel: %s=%.*s in its __xen_guest section is not a number", f->key,
                         (int)min(value.len, (size_t)40), value.text);
        } else {
            boot_stop_if(value.len > 8 || value.len == 0 || (value.len & (value.len - 1)),
                         "kernel: its note %s has %zu bytes; a number has 1, 2, 4 or 8", f->name, value.len);
            memset(to, 0, sizeof(uint64_t));
            memcpy(to, value.text, value.len);
        }
    }
}

/* Says how many there were of Xen's. */
static unsigned int read_note_area(const struct elf_file *f, uint64_t offset, uint64_t size, struct guest_image *image)
{
    const char *p = elf_range(f, offset, size);
    unsigned int found = 0;
    Elf64_Nhdr h;

    boot_stop_if(!p, "kernel: notes at file offset 0x%lx, 0x%lx bytes, lie outside the file: it is truncated or "
                 "damaged", offset, size);
    for (uint64_t at = 0; size - at >= sizeof(h);) {
        memcpy(&h, p + at, sizeof(h));

        uint64_t name = at + sizeof(h), desc = name + align_up((uint64_t)h.n_namesz, 4);

        boot_stop_if(desc > size || h.n_descsz > size - desc,
                     "kernel: the note at file offset 0x%lx (name %u bytes, descriptor %u) does not fit into its %lu "
                     "bytes: damaged", offset + at, h.n_namesz, h.n_descsz, size);
        if (h.n_namesz == 4 && memcmp(p + name, "Xen", 4) == 0) {
            take_field(image, h.n_type, (struct slice){NULL, 0}, (struct slice){p + desc, h.n_descsz});
            found++;
        }
        at = min(desc + align_up((uint64_t)h.n_descsz, 4), size);
    }
    return found;
}

static bool section_at(const struct elf_file *f, unsigned int i, Elf64_Shdr *s)
{
    return f->header.e_shoff && f->header.e_shentsize == sizeof(*s) && i < f->header.e_shnum &&
           elf_entry(f, f->header.e_shoff, i, s, sizeof(*s));
}

/* Those that a program header leads to; only if there are none, those of the section table. */
static unsigned int read_notes(const struct elf_file *f, struct guest_image *image)
{
    unsigned int found = 0;
    Elf64_Phdr p;
    Elf64_Shdr s;

    for (unsigned int i = 0; i < f->header.e_phnum; i++)
        if (elf_entry(f, f->header.e_phoff, i, &p, sizeof(p)) && p.p_type == PT_NOTE && p.p_offset)
            found += read_note_area(f, p.p_offset, p.p_filesz, image);
    for (unsigned int i = 0; !found && section_at(f, i, &s); i++)
        if (s.sh_type == SHT_NOTE)
            found = read_note_area(f, s.sh_offset, s.sh_size, image);
    return found;
}

static bool section_named(const struct elf_file *f, const char *name, Elf64_Shdr *s)
{
    size_t len = strlen(name) + 1;
    Elf64_Shdr names;

    if (!section_at(f, f->header.e_shstrndx, &names) || names.sh_offset > f->size)
        return false;
    for (unsigned int i = 0; section_at(f, i, s); i++) {
        const char *text = s->sh_name < names.sh_size ? elf_range(f, names.sh_offset + s->sh_name, len) : NULL;

        if (text && memcmp(text, name, len) == 0)
            return true;
    }
    return false;
}

static void read_guest_section(const struct elf_file *f, struct guest_image *image)
{
    const char *text = NULL;
    Elf64_Shdr s;

    boot_stop_if(!section_named(f, "__xen_guest", &s),
                 "kernel: no Xen notes and no __xen_guest section in it: not a PV kernel, or its linker script drops "
                 ".note.Xen; give a kernel built with Xen PV support");
    if (s.sh_type != SHT_NOBITS)
        text = elf_range(f, s.sh_offset, s.sh_size);
    boot_stop_if(!text, "kernel: its __xen_guest section lies outside the file: it is truncated or damaged");
    image->legacy = true;
    for (struct slice rest = {text, strnlen(text, s.sh_size)}; rest.len;) {
        struct slice value = split(&rest, ','), key = split(&value, '=');

        if (key.len)
            take_field(image, 0, key, value);
    }
    /* Here it is a page number counted from virt_base. */
    if (image->hypercall_page != GUEST_IMAGE_UNSET)
        image->hypercall_page = (image->hypercall_page << PAGE_SHIFT) +
                                (image->virt_base == GUEST_IMAGE_UNSET ? 0 : image->virt_base);
}

void elf_notes_read(const struct elf_file *f, struct guest_image *image)
{
    if (!read_notes(f, image))
        read_guest_section(f, image);
    boot_stop_if(image->pvh_entry && image->entry == GUEST_IMAGE_UNSET && !image->xen_version[0],
                 "kernel: it has only a PVH entry (PHYS32_ENTRY); build it with PV support");
    boot_stop_if(image->xen_version[0] && memcmp(image->xen_version, "xen-3.0", 7),
                 "kernel: it asks for the interface \"%s\"; the one there is, is xen-3.0", image->xen_version);
}
