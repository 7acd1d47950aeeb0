/* SPDX-License-Identifier: MIT */
#pragma once
#include "pv/pv.h"
