/* SPDX-License-Identifier: MIT */
/* Included before every file: declarations are hidden too, so that all code is RIP-relative without a GOT. */
#pragma GCC visibility push(hidden)
