/* SPDX-License-Identifier: MIT */
/*
 * Multiboot2, revision 2.0: what a kernel image says to the boot loader, and what the loader says
 * to the kernel. Symbol names are those of the specification's example header.
 *
 * Image: a header, 8-byte aligned, within the first 32 KiB, followed by header tags.
 * At entry: eax holds MULTIBOOT2_BOOTLOADER_MAGIC, ebx the physical address (8-byte aligned) of
 *     u32 total_size (bytes, itself included), u32 reserved, tags up to MULTIBOOT_TAG_TYPE_END.
 * Each tag starts 8-byte aligned; its size does not count the padding behind it. Addresses are
 * physical. Sizes come from outside: check them before following them.
 *
 * Copyright (c) The Paravane authors
 */
#ifndef MULTIBOOT_HEADER
#define MULTIBOOT_HEADER 1

/* Where to look for the header, and its alignment, in bytes. */
#define MULTIBOOT_SEARCH                    32768
#define MULTIBOOT_HEADER_ALIGN              8

#define MULTIBOOT2_HEADER_MAGIC             0xe85250d6
#define MULTIBOOT2_BOOTLOADER_MAGIC         0x36d76289

/* Alignment of modules, of the information, and of each tag. */
#define MULTIBOOT_MOD_ALIGN                 0x00001000
#define MULTIBOOT_INFO_ALIGN                0x00000008
#define MULTIBOOT_TAG_ALIGN                 8

/* Tags from the loader. */
#define MULTIBOOT_TAG_TYPE_END              0
#define MULTIBOOT_TAG_TYPE_CMDLINE          1
#define MULTIBOOT_TAG_TYPE_BOOT_LOADER_NAME 2
#define MULTIBOOT_TAG_TYPE_MODULE           3
#define MULTIBOOT_TAG_TYPE_BASIC_MEMINFO    4
#define MULTIBOOT_TAG_TYPE_BOOTDEV          5
#define MULTIBOOT_TAG_TYPE_MMAP             6
#define MULTIBOOT_TAG_TYPE_VBE              7
#define MULTIBOOT_TAG_TYPE_FRAMEBUFFER      8
#define MULTIBOOT_TAG_TYPE_ELF_SECTIONS     9
#define MULTIBOOT_TAG_TYPE_APM              10
#define MULTIBOOT_TAG_TYPE_EFI32            11
#define MULTIBOOT_TAG_TYPE_EFI64            12
#define MULTIBOOT_TAG_TYPE_SMBIOS           13
#define MULTIBOOT_TAG_TYPE_ACPI_OLD         14
#define MULTIBOOT_TAG_TYPE_ACPI_NEW         15
#define MULTIBOOT_TAG_TYPE_NETWORK          16
#define MULTIBOOT_TAG_TYPE_EFI_MMAP         17
#define MULTIBOOT_TAG_TYPE_EFI_BS           18
#define MULTIBOOT_TAG_TYPE_EFI32_IH         19
#define MULTIBOOT_TAG_TYPE_EFI64_IH         20
#define MULTIBOOT_TAG_TYPE_LOAD_BASE_ADDR   21

/* Tags in the image's header. */
#define MULTIBOOT_HEADER_TAG_END                 0
#define MULTIBOOT_HEADER_TAG_INFORMATION_REQUEST 1
#define MULTIBOOT_HEADER_TAG_ADDRESS             2
#define MULTIBOOT_HEADER_TAG_ENTRY_ADDRESS       3
#define MULTIBOOT_HEADER_TAG_CONSOLE_FLAGS       4
#define MULTIBOOT_HEADER_TAG_FRAMEBUFFER         5
#define MULTIBOOT_HEADER_TAG_MODULE_ALIGN        6
#define MULTIBOOT_HEADER_TAG_EFI_BS              7
#define MULTIBOOT_HEADER_TAG_ENTRY_ADDRESS_EFI32 8
#define MULTIBOOT_HEADER_TAG_ENTRY_ADDRESS_EFI64 9
#define MULTIBOOT_HEADER_TAG_RELOCATABLE         10

#define MULTIBOOT_ARCHITECTURE_I386   0
#define MULTIBOOT_ARCHITECTURE_MIPS32 4

/* Header tag flag: a loader that does not know the tag may ignore it. */
#define MULTIBOOT_HEADER_TAG_OPTIONAL 1

#define MULTIBOOT_LOAD_PREFERENCE_NONE 0
#define MULTIBOOT_LOAD_PREFERENCE_LOW  1
#define MULTIBOOT_LOAD_PREFERENCE_HIGH 2

#define MULTIBOOT_CONSOLE_FLAGS_CONSOLE_REQUIRED   1
#define MULTIBOOT_CONSOLE_FLAGS_EGA_TEXT_SUPPORTED 2

#ifndef ASM_FILE

typedef unsigned char multiboot_uint8_t;
typedef unsigned short multiboot_uint16_t;
typedef unsigned int multiboot_uint32_t;
typedef unsigned long long multiboot_uint64_t;

struct multiboot_header {
    multiboot_uint32_t magic;           /* MULTIBOOT2_HEADER_MAGIC */
    multiboot_uint32_t architecture;    /* MULTIBOOT_ARCHITECTURE_* */
    multiboot_uint32_t header_length;   /* bytes, tags included */
    multiboot_uint32_t checksum;        /* makes the four words sum up to 0 */
};

struct multiboot_header_tag {
    multiboot_uint16_t type;            /* MULTIBOOT_HEADER_TAG_* */
    multiboot_uint16_t flags;           /* MULTIBOOT_HEADER_TAG_OPTIONAL */
    multiboot_uint32_t size;            /* bytes, this head included */
};

struct multiboot_header_tag_information_request {
    multiboot_uint16_t type;
    multiboot_uint16_t flags;
    multiboot_uint32_t size;
    multiboot_uint32_t requests[];      /* MULTIBOOT_TAG_TYPE_* */
};

/* For images that are not ELF: where the file goes. */
struct multiboot_header_tag_address {
    multiboot_uint16_t type;
    multiboot_uint16_t flags;
    multiboot_uint32_t size;
    multiboot_uint32_t header_addr;     /* of the magic */
    multiboot_uint32_t load_addr;
    multiboot_uint32_t load_end_addr;   /* 0: the whole file */
    multiboot_uint32_t bss_end_addr;    /* 0: no bss */
};

struct multiboot_header_tag_entry_address {
    multiboot_uint16_t type;
    multiboot_uint16_t flags;
    multiboot_uint32_t size;
    multiboot_uint32_t entry_addr;
};

struct multiboot_header_tag_console_flags {
    multiboot_uint16_t type;
    multiboot_uint16_t flags;
    multiboot_uint32_t size;
    multiboot_uint32_t console_flags;   /* MULTIBOOT_CONSOLE_FLAGS_* */
};

struct multiboot_header_tag_framebuffer {
    multiboot_uint16_t type;
    multiboot_uint16_t flags;
    multiboot_uint32_t size;
    multiboot_uint32_t width;           /* pixels, or characters if depth is 0; 0: any */
    multiboot_uint32_t height;
    multiboot_uint32_t depth;           /* bits per pixel */
};

struct multiboot_header_tag_module_align {
    multiboot_uint16_t type;
    multiboot_uint16_t flags;
    multiboot_uint32_t size;
};

struct multiboot_header_tag_relocatable {
    multiboot_uint16_t type;
    multiboot_uint16_t flags;
    multiboot_uint32_t size;
    multiboot_uint32_t min_addr;        /* lowest load address */
    multiboot_uint32_t max_addr;        /* highest address of the image's end */
    multiboot_uint32_t align;
    multiboot_uint32_t preference;      /* MULTIBOOT_LOAD_PREFERENCE_* */
};

struct multiboot_color {
    multiboot_uint8_t red;
    multiboot_uint8_t green;
    multiboot_uint8_t blue;
};

struct multiboot_mmap_entry {
    multiboot_uint64_t addr;
    multiboot_uint64_t len;             /* bytes */
#define MULTIBOOT_MEMORY_AVAILABLE        1
#define MULTIBOOT_MEMORY_RESERVED         2
#define MULTIBOOT_MEMORY_ACPI_RECLAIMABLE 3
#define MULTIBOOT_MEMORY_NVS              4
#define MULTIBOOT_MEMORY_BADRAM           5
    multiboot_uint32_t type;            /* anything else: reserved */
    multiboot_uint32_t zero;
};
typedef struct multiboot_mmap_entry multiboot_memory_map_t;

struct multiboot_tag {
    multiboot_uint32_t type;            /* MULTIBOOT_TAG_TYPE_* */
    multiboot_uint32_t size;            /* bytes, this head included */
};

/* Command line, loader name: NUL-terminated. */
struct multiboot_tag_string {
    multiboot_uint32_t type;
    multiboot_uint32_t size;
    char string[];
};

/* One tag per module; mod_end is the first byte behind it. */
struct multiboot_tag_module {
    multiboot_uint32_t type;
    multiboot_uint32_t size;
    multiboot_uint32_t mod_start;
    multiboot_uint32_t mod_end;
    char cmdline[];                     /* NUL-terminated */
};

struct multiboot_tag_basic_meminfo {
    multiboot_uint32_t type;
    multiboot_uint32_t size;
    multiboot_uint32_t mem_lower;       /* KiB from 0, at most 640 */
    multiboot_uint32_t mem_upper;       /* KiB from 1 MiB up to the first hole */
};

struct multiboot_tag_bootdev {
    multiboot_uint32_t type;
    multiboot_uint32_t size;
    multiboot_uint32_t biosdev;         /* BIOS drive number */
    multiboot_uint32_t slice;           /* partition, all ones: none */
    multiboot_uint32_t part;            /* partition inside it */
};

struct multiboot_tag_mmap {
    multiboot_uint32_t type;
    multiboot_uint32_t size;
    multiboot_uint32_t entry_size;      /* bytes from entry to entry, multiple of 8 */
    multiboot_uint32_t entry_version;   /* 0 */
    struct multiboot_mmap_entry entries[];
};

struct multiboot_vbe_info_block {
    multiboot_uint8_t external_specification[512];
};

struct multiboot_vbe_mode_info_block {
    multiboot_uint8_t external_specification[256];
};

struct multiboot_tag_vbe {
    multiboot_uint32_t type;
    multiboot_uint32_t size;
    multiboot_uint16_t vbe_mode;
    multiboot_uint16_t vbe_interface_seg;
    multiboot_uint16_t vbe_interface_off;
    multiboot_uint16_t vbe_interface_len;
    struct multiboot_vbe_info_block vbe_control_info;
    struct multiboot_vbe_mode_info_block vbe_mode_info;
};

struct multiboot_tag_framebuffer_common {
    multiboot_uint32_t type;
    multiboot_uint32_t size;
    multiboot_uint64_t framebuffer_addr;
    multiboot_uint32_t framebuffer_pitch;   /* bytes per line */
    multiboot_uint32_t framebuffer_width;   /* pixels, or characters */
    multiboot_uint32_t framebuffer_height;
    multiboot_uint8_t framebuffer_bpp;
#define MULTIBOOT_FRAMEBUFFER_TYPE_INDEXED  0
#define MULTIBOOT_FRAMEBUFFER_TYPE_RGB      1
#define MULTIBOOT_FRAMEBUFFER_TYPE_EGA_TEXT 2
    multiboot_uint8_t framebuffer_type;
    multiboot_uint16_t reserved;
};

struct multiboot_tag_framebuffer {
    struct multiboot_tag_framebuffer_common common;
    union {
        struct {
            multiboot_uint16_t framebuffer_palette_num_colors;
            struct multiboot_color framebuffer_palette[];
        };
        struct {                        /* in bits */
            multiboot_uint8_t framebuffer_red_field_position;
            multiboot_uint8_t framebuffer_red_mask_size;
            multiboot_uint8_t framebuffer_green_field_position;
            multiboot_uint8_t framebuffer_green_mask_size;
            multiboot_uint8_t framebuffer_blue_field_position;
            multiboot_uint8_t framebuffer_blue_mask_size;
        };
    };
};

struct multiboot_tag_elf_sections {
    multiboot_uint32_t type;
    multiboot_uint32_t size;
    multiboot_uint32_t num;             /* e_shnum */
    multiboot_uint32_t entsize;         /* e_shentsize */
    multiboot_uint32_t shndx;           /* e_shstrndx */
    char sections[];                    /* the section headers */
};

struct multiboot_tag_apm {
    multiboot_uint32_t type;
    multiboot_uint32_t size;
    multiboot_uint16_t version;
    multiboot_uint16_t cseg;
    multiboot_uint32_t offset;
    multiboot_uint16_t cseg_16;
    multiboot_uint16_t dseg;
    multiboot_uint16_t flags;
    multiboot_uint16_t cseg_len;
    multiboot_uint16_t cseg_16_len;
    multiboot_uint16_t dseg_len;
};

/* Address of the EFI system table. */
struct multiboot_tag_efi32 {
    multiboot_uint32_t type;
    multiboot_uint32_t size;
    multiboot_uint32_t pointer;
};

struct multiboot_tag_efi64 {
    multiboot_uint32_t type;
    multiboot_uint32_t size;
    multiboot_uint64_t pointer;
};

struct multiboot_tag_smbios {
    multiboot_uint32_t type;
    multiboot_uint32_t size;
    multiboot_uint8_t major;
    multiboot_uint8_t minor;
    multiboot_uint8_t reserved[6];
    multiboot_uint8_t tables[];
};

/* Copy of the RSDP, ACPI 1.0 or 2.0. */
struct multiboot_tag_old_acpi {
    multiboot_uint32_t type;
    multiboot_uint32_t size;
    multiboot_uint8_t rsdp[];
};

struct multiboot_tag_new_acpi {
    multiboot_uint32_t type;
    multiboot_uint32_t size;
    multiboot_uint8_t rsdp[];
};

struct multiboot_tag_network {
    multiboot_uint32_t type;
    multiboot_uint32_t size;
    multiboot_uint8_t dhcpack[];
};

struct multiboot_tag_efi_mmap {
    multiboot_uint32_t type;
    multiboot_uint32_t size;
    multiboot_uint32_t descr_size;      /* bytes from descriptor to descriptor */
    multiboot_uint32_t descr_vers;
    multiboot_uint8_t efi_mmap[];
};

/* EFI image handle. */
struct multiboot_tag_efi32_ih {
    multiboot_uint32_t type;
    multiboot_uint32_t size;
    multiboot_uint32_t pointer;
};

struct multiboot_tag_efi64_ih {
    multiboot_uint32_t type;
    multiboot_uint32_t size;
    multiboot_uint64_t pointer;
};

/* Where a relocatable image was put. */
struct multiboot_tag_load_base_addr {
    multiboot_uint32_t type;
    multiboot_uint32_t size;
    multiboot_uint32_t load_base_addr;
};

#endif

#endif
