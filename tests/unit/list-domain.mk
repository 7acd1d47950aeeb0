# SPDX-License-Identifier: MIT
# domain/ and the hypercalls right above it.
DOMAIN_SRC := domain/sched.c domain/timer.c domain/time.c domain/evtchn.c domain/grant.c domain/refuse.c \
    memory/frame.c pv/event_channel_op.c pv/sub_op.c pv/sched_op.c lib/format.c lib/string.c
UNIT_GENERATED := $(ABI_GEN)
UNIT_DOMAIN := domain_sched domain_timer domain_evtchn domain_grant domain_refuse domain_threads domain_trace
UNIT_TESTS += $(UNIT_DOMAIN)
$(foreach t,$(UNIT_DOMAIN),\
    $(eval UNIT_SRC_$(t) = $(DOMAIN_SRC))\
    $(eval UNIT_EXTRA_$(t) = tests/unit/fake_domain/fake_domain.c)\
    $(eval UNIT_CFLAGS_$(t) = -DPARAVANE_FAKE_MACHINE -iquote tests/unit/fake_domain -pthread))
UNIT_SRC_domain_trace += domain/trace_print.c

UNIT_TESTS += domain_addresses
UNIT_SRC_domain_addresses =
UNIT_CFLAGS_domain_addresses = -DPARAVANE_FAKE_MACHINE
