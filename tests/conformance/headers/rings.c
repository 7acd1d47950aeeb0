/* SPDX-License-Identifier: MIT */
/*
 * Runs the ring macros through a long random conversation of two ends, and prints all they say.
 * Compiled against either set of headers it must print the same. Includes dishonest indices.
 */
#include <stdint.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define xen_mb()  __sync_synchronize()
#define xen_rmb() __sync_synchronize()
#define xen_wmb() __sync_synchronize()

#include <xen/xen.h>
#include <xen/grant_table.h>
#include <xen/io/ring.h>
#include <xen/io/blkif.h>
#define XEN_NETIF_DEFINE_TOEPLITZ
#include <xen/io/netif.h>

struct question { uint64_t id; uint32_t what; };
struct answer { uint64_t id; int32_t how; uint32_t more[5]; };
DEFINE_RING_TYPES(talk, struct question, struct answer);
DEFINE_XEN_FLEX_RING_AND_INTF(bytes);

static uint32_t seed = 12345;

static uint32_t dice(uint32_t sides)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % sides;
}

static void front_end(talk_front_ring_t *front)
{
    int notify, work;

    for (uint32_t n = dice(6); n && !RING_FULL(front); n--) {
        struct question *q = RING_GET_REQUEST(front, front->req_prod_pvt);

        q->id = front->req_prod_pvt;
        q->what = dice(1000);
        front->req_prod_pvt++;
    }
    if (dice(4)) {
        RING_PUSH_REQUESTS_AND_CHECK_NOTIFY(front, notify);
        printf("front pushed, notify %d\n", notify);
    } else {
        RING_PUSH_REQUESTS(front);
    }
    while (RING_HAS_UNCONSUMED_RESPONSES(front) && dice(8)) {
        struct answer a;

        RING_COPY_RESPONSE(front, front->rsp_cons, &a);
        printf("answer %llu %d\n", (unsigned long long)a.id, a.how);
        front->rsp_cons++;
    }
    RING_FINAL_CHECK_FOR_RESPONSES(front, work);
    printf("front free %u full %d waiting %u work %d event %u overflow %d\n",
           RING_FREE_REQUESTS(front), RING_FULL(front), XEN_RING_NR_UNCONSUMED_RESPONSES(front),
           work, front->sring->rsp_event, RING_RESPONSE_PROD_OVERFLOW(front, dice(1000)));
}

static void back_end(talk_back_ring_t *back)
{
    int notify, work;

    while (RING_HAS_UNCONSUMED_REQUESTS(back) && dice(8)) {
        struct question q;
        struct answer *a = RING_GET_RESPONSE(back, back->rsp_prod_pvt);

        if (RING_REQUEST_CONS_OVERFLOW(back, back->req_cons))
            break;
        RING_COPY_REQUEST(back, back->req_cons, &q);
        back->req_cons++;
        if (dice(3))
            continue;
        a->id = q.id;
        a->how = (int)q.what * 2;
        back->rsp_prod_pvt++;
    }
    while (back->rsp_prod_pvt != back->req_cons && dice(5)) {
        RING_GET_RESPONSE(back, back->rsp_prod_pvt)->id = back->rsp_prod_pvt;
        RING_GET_RESPONSE(back, back->rsp_prod_pvt)->how = -1;
        back->rsp_prod_pvt++;
    }
    if (dice(4)) {
        RING_PUSH_RESPONSES_AND_CHECK_NOTIFY(back, notify);
        printf("back pushed, notify %d\n", notify);
    } else {
        RING_PUSH_RESPONSES(back);
    }
    RING_FINAL_CHECK_FOR_REQUESTS(back, work);
    printf("back waiting %u work %d event %u overflow %d %d\n",
           XEN_RING_NR_UNCONSUMED_REQUESTS(back), work, back->sring->req_event,
           RING_REQUEST_PROD_OVERFLOW(back, back->sring->req_prod),
           RING_REQUEST_PROD_OVERFLOW(back, dice(100000)));
}

static void byte_rings(void)
{
    static unsigned char ring[64];
    RING_IDX prod = 0, cons = 0;

    for (int i = 0; i < 500; i++) {
        unsigned char packet[64];
        RING_IDX mprod = bytes_mask(prod, 64), mcons = bytes_mask(cons, 64);
        uint32_t room = 64 - bytes_queued(prod, cons, 64);

        if (dice(2)) {
            uint32_t size = dice(room + 1);

            for (uint32_t n = 0; n < size; n++)
                packet[n] = (unsigned char)dice(256);
            bytes_write_packet(ring, packet, size, &mprod, mcons, 64);
            prod += size;
            printf("wrote %u, prod %u\n", size, mprod);
        } else if (room < 64) {
            uint32_t size = 1 + dice(64 - room), sum = 0;

            bytes_read_packet(packet, ring, size, mprod, &mcons, 64);
            cons += size;
            for (uint32_t n = 0; n < size; n++)
                sum = sum * 31 + packet[n];
            printf("read %u, cons %u, %08x\n", size, mcons, sum);
        }
        printf("queued %u at %d\n", bytes_queued(prod, cons, 64),
               (int)(bytes_get_ring_ptr(ring, cons, 64) - ring));
    }
    printf("%lu %lu %zu %zu\n", XEN_FLEX_RING_SIZE(0), XEN_FLEX_RING_SIZE(3),
           sizeof(struct bytes_data_intf), sizeof(struct bytes_data));
}

int main(void)
{
    static union { talk_sring_t ring; char page[4096]; } shared;
    talk_front_ring_t front;
    talk_back_ring_t back;
    uint8_t key[40], packet[36];

    memset(&shared, 0xee, sizeof(shared));
    XEN_FRONT_RING_INIT(&front, &shared.ring, sizeof(shared));
    BACK_RING_INIT(&back, &shared.ring, sizeof(shared));
    printf("%d %d %u %u %u %02x\n", (int)__CONST_RING_SIZE(talk, 4096),
           (int)__CONST_RING_SIZE(blkif, 4096), RING_SIZE(&front), RING_SIZE(&back),
           shared.ring.rsp_event, shared.ring.__pad[43]);
    for (int i = 0; i < 1000; i++) {
        front_end(&front);
        back_end(&back);
        if (i == 500) {
            /* A front end that lies, and one that comes back at the wrap of the indices. */
            shared.ring.req_prod += 1000;
            printf("%u\n", XEN_RING_NR_UNCONSUMED_REQUESTS(&back));
            shared.ring.req_prod = shared.ring.rsp_prod = 0xfffffff0u;
            FRONT_RING_ATTACH(&front, &shared.ring, 0xfffffff0u, sizeof(shared));
            BACK_RING_ATTACH(&back, &shared.ring, 0xfffffff0u, sizeof(shared));
        }
    }
    byte_rings();
    for (unsigned int i = 0; i < 200; i++) {
        for (unsigned int n = 0; n < sizeof(key); n++)
            key[n] = (uint8_t)dice(256);
        for (unsigned int n = 0; n < sizeof(packet); n++)
            packet[n] = (uint8_t)dice(256);
        printf("hash %08x\n", xen_netif_toeplitz_hash(key, dice(41), packet, dice(37)));
    }
    return 0;
}
