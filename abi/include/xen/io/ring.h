/* SPDX-License-Identifier: MIT */
/*
 * Shared rings of requests and responses between a front end and a back end.
 *
 * One page (or more) holds a few indices and a power of two of slots; a slot carries a request, and
 * later a response. Indices run freely and wrap at 2^32. Each side keeps private indices besides:
 *
 *     front: fill slot req_prod_pvt++      RING_PUSH_REQUESTS publishes
 *     back:  take slot req_cons++, answer into slot rsp_prod_pvt++   RING_PUSH_RESPONSES publishes
 *     front: take slot rsp_cons++
 *
 * req_event and rsp_event tell the other side from which index on a notification is wanted; the
 * ..._AND_CHECK_NOTIFY and ..._FINAL_CHECK_... macros keep that promise without a lost wake-up.
 * The other side may be hostile: copy a slot (RING_COPY_*) before looking at it, and mind the
 * OVERFLOW tests.
 *
 * Needs memset and memcpy, offsetof and fixed-width types, and xen_mb(), xen_rmb(), xen_wmb():
 * full, read and write barriers between CPUs.
 *
 * Copyright (c) The Paravane authors
 */
#ifndef __XEN_PUBLIC_IO_RING_H__
#define __XEN_PUBLIC_IO_RING_H__

#include "../xen-compat.h"

#if __XEN_INTERFACE_VERSION__ < 0x00030208
#define xen_mb()  mb()
#define xen_rmb() rmb()
#define xen_wmb() wmb()
#endif

typedef unsigned int RING_IDX;

/* __RDn(x): the highest power of two in the n-bit constant x, as a constant expression. */
#define __RD2(_x)  ((_x) & 0x2 ? 0x2 : (_x) & 0x1)
#define __RD4(_x)  ((_x) & 0xc ? __RD2((_x) >> 2) << 2 : __RD2(_x))
#define __RD8(_x)  ((_x) & 0xf0 ? __RD4((_x) >> 4) << 4 : __RD4(_x))
#define __RD16(_x) ((_x) & 0xff00 ? __RD8((_x) >> 8) << 8 : __RD8(_x))
#define __RD32(_x) ((_x) & 0xffff0000 ? __RD16((_x) >> 16) << 16 : __RD16(_x))

/* Slots in a ring of _sz bytes: of the type NAME, as a constant; of a ring at hand. */
#define __CONST_RING_SIZE(_s, _sz)                         \
    (__RD32(((_sz) - offsetof(struct _s##_sring, ring)) /  \
            sizeof(((struct _s##_sring *)0)->ring[0])))
#define __RING_SIZE(_s, _sz)                                    \
    (__RD32(((_sz) - ((long)(_s)->ring - (long)(_s))) / sizeof((_s)->ring[0])))

/*
 * DEFINE_RING_TYPES(NAME, request type, response type); makes the types
 *   NAME_sring_t (shared), NAME_front_ring_t and NAME_back_ring_t (private).
 * The shared indices are followed by padding to 64 bytes.
 */
#define DEFINE_RING_TYPES(__name, __req_t, __rsp_t)                \
                                                                   \
union __name##_sring_entry {                                       \
    __req_t req;                                                   \
    __rsp_t rsp;                                                   \
};                                                                 \
                                                                   \
struct __name##_sring {                                            \
    RING_IDX req_prod, req_event;                                  \
    RING_IDX rsp_prod, rsp_event;                                  \
    union {                                                        \
        struct {                                                   \
            uint8_t smartpoll_active;                              \
        } netif;                                                   \
        struct {                                                   \
            uint8_t msg;                                           \
        } tapif_user;                                              \
        uint8_t pvt_pad[4];                                        \
    } pvt;                                                         \
    uint8_t __pad[44];                                             \
    union __name##_sring_entry ring[1];                            \
};                                                                 \
                                                                   \
struct __name##_front_ring {                                       \
    RING_IDX req_prod_pvt;                                         \
    RING_IDX rsp_cons;                                             \
    unsigned int nr_ents;                                          \
    struct __name##_sring *sring;                                  \
};                                                                 \
                                                                   \
struct __name##_back_ring {                                        \
    RING_IDX rsp_prod_pvt;                                         \
    RING_IDX req_cons;                                             \
    unsigned int nr_ents;                                          \
    struct __name##_sring *sring;                                  \
};                                                                 \
                                                                   \
typedef struct __name##_sring __name##_sring_t;                    \
typedef struct __name##_front_ring __name##_front_ring_t;          \
typedef struct __name##_back_ring __name##_back_ring_t

/* Make the shared page an empty ring; the front end does, before it tells the back end. */
#define SHARED_RING_INIT(_s) do {                                  \
    (_s)->req_prod = (_s)->rsp_prod = 0;                           \
    (_s)->req_event = (_s)->rsp_event = 1;                         \
    (void)memset((_s)->pvt.pvt_pad, 0, sizeof((_s)->pvt.pvt_pad)); \
    (void)memset((_s)->__pad, 0, sizeof((_s)->__pad));             \
} while (0)

/* Start with a ring (of __size bytes) in which index _i comes next. */
#define FRONT_RING_ATTACH(_r, _s, _i, __size) do {                 \
    (_r)->sring = (_s);                                            \
    (_r)->nr_ents = __RING_SIZE(_s, __size);                       \
    (_r)->req_prod_pvt = (_i);                                     \
    (_r)->rsp_cons = (_i);                                         \
} while (0)

#define BACK_RING_ATTACH(_r, _s, _i, __size) do {                  \
    (_r)->sring = (_s);                                            \
    (_r)->nr_ents = __RING_SIZE(_s, __size);                       \
    (_r)->rsp_prod_pvt = (_i);                                     \
    (_r)->req_cons = (_i);                                         \
} while (0)

#define FRONT_RING_INIT(_r, _s, __size) FRONT_RING_ATTACH(_r, _s, 0, __size)
#define BACK_RING_INIT(_r, _s, __size)  BACK_RING_ATTACH(_r, _s, 0, __size)

#define XEN_FRONT_RING_INIT(r, s, size) do {                       \
    SHARED_RING_INIT(s);                                           \
    FRONT_RING_INIT(r, s, size);                                   \
} while (0)

/* Slots in all. */
#define RING_SIZE(_r) ((_r)->nr_ents)

/* Front: slots free for requests; none left. */
#define RING_FREE_REQUESTS(_r) (RING_SIZE(_r) - ((_r)->req_prod_pvt - (_r)->rsp_cons))
#define RING_FULL(_r)          (RING_FREE_REQUESTS(_r) == 0)

/* Published and not yet taken. For requests never more than there are slots to answer into. */
#define XEN_RING_NR_UNCONSUMED_RESPONSES(_r) ((_r)->sring->rsp_prod - (_r)->rsp_cons)

#ifdef __GNUC__
#define XEN_RING_NR_UNCONSUMED_REQUESTS(_r) __extension__({               \
    RING_IDX __there = (_r)->sring->req_prod - (_r)->req_cons;            \
    RING_IDX __room = RING_SIZE(_r) - ((_r)->req_cons - (_r)->rsp_prod_pvt); \
    __there < __room ? __there : __room;                                  \
})
#else
#define XEN_RING_NR_UNCONSUMED_REQUESTS(_r)                               \
    ((_r)->sring->req_prod - (_r)->req_cons <                             \
     RING_SIZE(_r) - ((_r)->req_cons - (_r)->rsp_prod_pvt) ?              \
     (_r)->sring->req_prod - (_r)->req_cons :                             \
     RING_SIZE(_r) - ((_r)->req_cons - (_r)->rsp_prod_pvt))
#endif

/* Is there one? For older sources also the number. */
#ifdef XEN_RING_HAS_UNCONSUMED_IS_BOOL
#define RING_HAS_UNCONSUMED_RESPONSES(_r) (!!XEN_RING_NR_UNCONSUMED_RESPONSES(_r))
#define RING_HAS_UNCONSUMED_REQUESTS(_r)  (!!XEN_RING_NR_UNCONSUMED_REQUESTS(_r))
#else
#define RING_HAS_UNCONSUMED_RESPONSES(_r) XEN_RING_NR_UNCONSUMED_RESPONSES(_r)
#define RING_HAS_UNCONSUMED_REQUESTS(_r)  XEN_RING_NR_UNCONSUMED_REQUESTS(_r)
#endif

/* Address of the slot of an index. */
#define RING_GET_REQUEST(_r, _idx)  (&(_r)->sring->ring[(_idx) & (RING_SIZE(_r) - 1)].req)
#define RING_GET_RESPONSE(_r, _idx) (&(_r)->sring->ring[(_idx) & (RING_SIZE(_r) - 1)].rsp)

/* Copy a slot out, once, so that the other side cannot change it under our eyes. */
#define RING_COPY_(type, r, idx, dest) do {                                \
    *(dest) = *(volatile __typeof__(dest))RING_GET_##type(r, idx);         \
} while (0)
#define RING_COPY_REQUEST(r, idx, req)  RING_COPY_(REQUEST, r, idx, req)
#define RING_COPY_RESPONSE(r, idx, rsp) RING_COPY_(RESPONSE, r, idx, rsp)

/* Back: taking index _cons would leave no slot to answer into. */
#define RING_REQUEST_CONS_OVERFLOW(_r, _cons) ((_cons) - (_r)->rsp_prod_pvt >= RING_SIZE(_r))
/* The other side claims to have published more than fits. */
#define RING_REQUEST_PROD_OVERFLOW(_r, _prod)  ((_prod) - (_r)->rsp_prod_pvt > RING_SIZE(_r))
#define RING_RESPONSE_PROD_OVERFLOW(_r, _prod) ((_prod) - (_r)->rsp_cons > RING_SIZE(_r))

/* Publish: contents first, index second. */
#define RING_PUSH_REQUESTS(_r) do {                                        \
    xen_wmb();                                                             \
    (_r)->sring->req_prod = (_r)->req_prod_pvt;                            \
} while (0)

#define RING_PUSH_RESPONSES(_r) do {                                       \
    xen_wmb();                                                             \
    (_r)->sring->rsp_prod = (_r)->rsp_prod_pvt;                            \
} while (0)

/* Publish, and find out whether the other side wants to be told: whether the event index is among
 * those just published. */
#define RING_PUSH_REQUESTS_AND_CHECK_NOTIFY(_r, _notify) do {              \
    RING_IDX __before = (_r)->sring->req_prod;                             \
    RING_IDX __after = (_r)->req_prod_pvt;                                 \
    xen_wmb();                                                             \
    (_r)->sring->req_prod = __after;                                       \
    xen_mb();                                                              \
    (_notify) = (RING_IDX)(__after - (_r)->sring->req_event) <             \
                (RING_IDX)(__after - __before);                            \
} while (0)

#define RING_PUSH_RESPONSES_AND_CHECK_NOTIFY(_r, _notify) do {             \
    RING_IDX __before = (_r)->sring->rsp_prod;                             \
    RING_IDX __after = (_r)->rsp_prod_pvt;                                 \
    xen_wmb();                                                             \
    (_r)->sring->rsp_prod = __after;                                       \
    xen_mb();                                                              \
    (_notify) = (RING_IDX)(__after - (_r)->sring->rsp_event) <             \
                (RING_IDX)(__after - __before);                            \
} while (0)

/* Before sleeping: ask to be told of the next one, then look again. */
#define RING_FINAL_CHECK_FOR_REQUESTS(_r, _work_to_do) do {                \
    (_work_to_do) = RING_HAS_UNCONSUMED_REQUESTS(_r);                      \
    if (!(_work_to_do)) {                                                  \
        (_r)->sring->req_event = (_r)->req_cons + 1;                       \
        xen_mb();                                                          \
        (_work_to_do) = RING_HAS_UNCONSUMED_REQUESTS(_r);                  \
    }                                                                      \
} while (0)

#define RING_FINAL_CHECK_FOR_RESPONSES(_r, _work_to_do) do {               \
    (_work_to_do) = RING_HAS_UNCONSUMED_RESPONSES(_r);                     \
    if (!(_work_to_do)) {                                                  \
        (_r)->sring->rsp_event = (_r)->rsp_cons + 1;                       \
        xen_mb();                                                          \
        (_work_to_do) = RING_HAS_UNCONSUMED_RESPONSES(_r);                 \
    }                                                                      \
} while (0)

/*
 * Flexible rings: two byte rings of 1 << (order + 11) bytes each in 1 << order shared pages, and an
 * indices page of their own. DEFINE_XEN_FLEX_RING(NAME) makes
 *   NAME_mask           index -> offset            NAME_get_ring_ptr  index -> address
 *   NAME_read_packet    copy out, advance cons     NAME_write_packet  copy in, advance prod
 *   NAME_queued         bytes there to be read     struct NAME_data   addresses of both rings
 * and DEFINE_XEN_FLEX_RING_AND_INTF(NAME) also the indices page, struct NAME_data_intf.
 * masked_prod and masked_cons are offsets already. The caller has made sure there is room or data.
 */
#ifndef XEN_PAGE_SHIFT
#define XEN_PAGE_SHIFT 12
#endif
#define XEN_FLEX_RING_SIZE(order) (1UL << ((order) + XEN_PAGE_SHIFT - 1))

#define DEFINE_XEN_FLEX_RING(name)                                             \
static inline RING_IDX name##_mask(RING_IDX idx, RING_IDX ring_size)           \
{                                                                              \
    return idx & (ring_size - 1);                                              \
}                                                                              \
                                                                               \
static inline unsigned char *name##_get_ring_ptr(unsigned char *buf,           \
                                                 RING_IDX idx,                 \
                                                 RING_IDX ring_size)           \
{                                                                              \
    return &buf[name##_mask(idx, ring_size)];                                  \
}                                                                              \
                                                                               \
static inline void name##_read_packet(void *opaque, const unsigned char *buf,  \
                                      size_t size, RING_IDX masked_prod,       \
                                      RING_IDX *masked_cons,                   \
                                      RING_IDX ring_size)                      \
{                                                                              \
    size_t tail = ring_size - *masked_cons;                                    \
                                                                               \
    if (*masked_cons < masked_prod || tail > size)                             \
        tail = size;                                                           \
    memcpy(opaque, buf + *masked_cons, tail);                                  \
    memcpy((unsigned char *)opaque + tail, buf, size - tail);                  \
    *masked_cons = name##_mask(*masked_cons + (RING_IDX)size, ring_size);      \
}                                                                              \
                                                                               \
static inline void name##_write_packet(unsigned char *buf, const void *opaque, \
                                       size_t size, RING_IDX *masked_prod,     \
                                       RING_IDX masked_cons,                   \
                                       RING_IDX ring_size)                     \
{                                                                              \
    size_t tail = ring_size - *masked_prod;                                    \
                                                                               \
    if (*masked_prod < masked_cons || tail > size)                             \
        tail = size;                                                           \
    memcpy(buf + *masked_prod, opaque, tail);                                  \
    memcpy(buf, (const unsigned char *)opaque + tail, size - tail);            \
    *masked_prod = name##_mask(*masked_prod + (RING_IDX)size, ring_size);      \
}                                                                              \
                                                                               \
static inline RING_IDX name##_queued(RING_IDX prod, RING_IDX cons,             \
                                     RING_IDX ring_size)                       \
{                                                                              \
    RING_IDX fill = name##_mask(prod - cons, ring_size);                       \
                                                                               \
    return fill == 0 && prod != cons ? ring_size : fill;                       \
}                                                                              \
                                                                               \
struct name##_data {                                                           \
    unsigned char *in;                                                         \
    unsigned char *out;                                                        \
}

#define DEFINE_XEN_FLEX_RING_AND_INTF(name)                                    \
struct name##_data_intf {                                                      \
    RING_IDX in_cons, in_prod;                                                 \
    uint8_t pad1[56];                                                          \
    RING_IDX out_cons, out_prod;                                               \
    uint8_t pad2[56];                                                          \
    RING_IDX ring_order;                                                       \
    grant_ref_t ref[];                                                         \
};                                                                             \
DEFINE_XEN_FLEX_RING(name)

#endif
