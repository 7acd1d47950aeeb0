/* SPDX-License-Identifier: MIT */
/*
 * Intrusive doubly linked ring. A head and a member are the same struct; a member that is in no
 * list points to itself, so list_del() twice is harmless and list_linked() can be asked.
 */
#pragma once

#include "lib/types.h"

struct list {
    struct list *next, *prev;
};

static inline void list_init(struct list *l)
{
    l->next = l->prev = l;
}

static inline bool list_empty(const struct list *head)
{
    return head->next == head;
}

static inline bool list_linked(const struct list *item)
{
    return item->next != item;
}

/* With a member in place of the head: inserts before that member. */
static inline void list_add_tail(struct list *head, struct list *item)
{
    item->prev = head->prev;
    item->next = head;
    head->prev->next = item;
    head->prev = item;
}

static inline void list_del(struct list *item)
{
    item->prev->next = item->next;
    item->next->prev = item->prev;
    list_init(item);
}

#define list_entry(ptr, type, member)  container_of(ptr, type, member)

#define list_first(head, type, member) \
    (list_empty(head) ? NULL : list_entry((head)->next, type, member))

#define list_for_each(pos, head, member)                                      \
    for ((pos) = list_entry((head)->next, __typeof__(*(pos)), member);        \
         &(pos)->member != (head);                                            \
         (pos) = list_entry((pos)->member.next, __typeof__(*(pos)), member))
