/* SPDX-License-Identifier: MIT */
/*
 * Every refusal names its row of the spec. refuse(row, values...) is the only way a handler returns an error: it
 * counts the row, says why on the console when the domain's explain option is on (rate-limited), and evaluates to
 * the row's negative errno, a constant.
 *
 *     return refuse(mmu_update_einval_writable_page_table, table, offset, new, target);
 */
#pragma once

#include "lib/types.h"
#include "machine/pcpu.h"
#include <abi/refusals.h> /* generated from abi/spec */

#define REFUSE_VALUES 6

void refuse_record(uint32_t id, unsigned int n, const uint64_t *values);

#define refuse(id, ...)                                                                            \
    ({                                                                                             \
        const uint64_t refuse_values_[] = {0, ##__VA_ARGS__};                                      \
        _Static_assert(ARRAY_SIZE(refuse_values_) > REFUSAL_VALUES_##id, "too few values"); \
        refuse_record(REFUSAL_##id, ARRAY_SIZE(refuse_values_) - 1, refuse_values_ + 1);           \
        -(long)REFUSAL_ERRNO_##id;                                                                 \
    })

/* The same with one value, inline: for the refusal that is made all the time. */
#define refuse_inline(id, value)                                                                   \
    ({                                                                                             \
        struct pcpu *refuse_cpu_ = this_cpu();                                                     \
        refuse_hits[REFUSAL_##id]++;                                                               \
        refuse_cpu_->refusal = REFUSAL_##id;                                                       \
        refuse_cpu_->refusal_value[0] = (value);                                                   \
        if (unlikely(refuse_explained))                                                            \
            refuse_tell();                                                                         \
        -(long)REFUSAL_ERRNO_##id;                                                                 \
    })
extern uint32_t refuse_hits[];
extern bool refuse_explained; /* some domain wants to be told: domain.h's explain */
void refuse_tell(void); /* the last one, on the console */

/*
 * The same for a fault that ends the domain (domain.h): `what` happened, and the row says what of it was the guest's
 * fault.
 *
 *     domain_kill(d, "page fault", kill_fatal_no_handler, vector);
 */
#define domain_kill(d, what, id, ...)                                                               \
    ({                                                                                              \
        const uint64_t kill_values_[] = {0, ##__VA_ARGS__};                                         \
        _Static_assert(ARRAY_SIZE(kill_values_) > REFUSAL_VALUES_##id, "too few values");           \
        domain_kill_by((d), (what), REFUSAL_##id, kill_values_ + 1);                                \
    })
void refuse_fatal(const char *what, uint32_t id, const uint64_t *values);

/* Which multicall entry, mmu_update request... is being worked on: the line on the console says so, as `call[3]`. */
void refuse_index(unsigned int index);
/* The same for the next entries of that batch: one store. */
extern uint32_t refuse_batch_index[PCPU_MAX];
static inline void refuse_next(unsigned int index)
{
    refuse_batch_index[this_cpu()->id] = index;
}

const char *refuse_call_name(uint64_t nr);      /* NULL: there is none */
const char *refuse_row_id(uint32_t id);         /* NULL: REFUSAL_none */

extern bool refuse_rows; /* boot option `rows`: refuse_dump_rows() at the machine's end */

/* Rows hit so far, one console line each (`rows` boot option: the tests count them). */
void refuse_dump_rows(void);
