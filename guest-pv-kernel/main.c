/* SPDX-License-Identifier: MIT
 * The kernel above arch/ begins here: say who we are, start the other cpus, start init (the shell),
 * and become the idle thread. */
#include "lib/print.h"
#include "memory/frame.h"
#include "process/process.h"

void kernel_main(void)
{
    schedule_setup_cpu();
    print("\nParavane guest kernel on %s %u.%u, %s, %lu MiB, %lu frames free\n", machine.hypervisor,
          machine.version_major, machine.version_minor,
          machine.domain0 ? "domain 0" : "unprivileged", machine.pages / 256, frame_free_count());
    cpu_start_all();
    print("%u vcpu%s, ramdisk %lu KiB, command line '%s'\n", cpu_count, cpu_count > 1 ? "s" : "",
          machine.ramdisk_bytes / 1024, machine.command_line);
    process_start_init();
    schedule_idle();
}

void kernel_secondary(void)
{
    schedule_setup_cpu();
    schedule_idle();
}
