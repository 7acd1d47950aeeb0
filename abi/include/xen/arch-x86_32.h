/* SPDX-License-Identifier: MIT */
/*
 * Old name of arch-x86/xen.h, kept for sources that include it.
 *
 * Copyright (c) The Paravane authors
 */
#include "arch-x86/xen.h"
