/* SPDX-License-Identifier: MIT */
/* selfcheck=NAME: break one protection on purpose, so that a test can see the panic. */
#pragma once

/* Does what the command line asks for, if anything. */
void selfcheck_run(const char *cmdline);
