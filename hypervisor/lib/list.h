/* SPDX-License-Identifier: MIT */
/*
 * Intrusive doubly linked ring. A head and a member are the same struct; a member that is in no
 * list points to itself, so list_del() twice is harmless and list_linked() can be asked.
 */
#ifndef LIB_LIST_H
#define LIB_LIST_H

#include "lib/types.h"

struct list {
    struct list *next, *prev;
};

#define LIST_INIT(name)  { &(name), &(name) }

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

static inline void list_insert_between(struct list *item, struct list *prev, struct list *next)
{
    item->prev = prev;
    item->next = next;
    prev->next = item;
    next->prev = item;
}

static inline void list_add(struct list *head, struct list *item)
{
    list_insert_between(item, head, head->next);
}

/* With a member in place of the head: inserts before that member. */
static inline void list_add_tail(struct list *head, struct list *item)
{
    list_insert_between(item, head->prev, head);
}

static inline void list_del(struct list *item)
{
    item->prev->next = item->next;
    item->next->prev = item->prev;
    list_init(item);
}

static inline struct list *list_pop(struct list *head)
{
    struct list *first = head->next;

    if (first == head)
        return NULL;
    list_del(first);
    return first;
}

/* Moves every member of `from` to the end of `to`. */
static inline void list_splice_tail(struct list *to, struct list *from)
{
    if (list_empty(from))
        return;
    from->next->prev = to->prev;
    to->prev->next = from->next;
    from->prev->next = to;
    to->prev = from->prev;
    list_init(from);
}

#define list_entry(ptr, type, member)  container_of(ptr, type, member)

#define list_first(head, type, member) \
    (list_empty(head) ? NULL : list_entry((head)->next, type, member))

#define list_for_each(pos, head, member)                                      \
    for ((pos) = list_entry((head)->next, __typeof__(*(pos)), member);        \
         &(pos)->member != (head);                                            \
         (pos) = list_entry((pos)->member.next, __typeof__(*(pos)), member))

/* `pos` may be deleted in the body. */
#define list_for_each_safe(pos, after, head, member)                          \
    for ((pos) = list_entry((head)->next, __typeof__(*(pos)), member),        \
         (after) = list_entry((pos)->member.next, __typeof__(*(pos)), member);\
         &(pos)->member != (head);                                            \
         (pos) = (after),                                                     \
         (after) = list_entry((pos)->member.next, __typeof__(*(pos)), member))

#endif
