/* TCP echo over io_uring (liburing 2.3, Linux 6.1 or later): accept and receive are asked for once and answer many times (multishot), received bytes
 * lie in buffers the kernel picks from a ring, and are sent from where they lie. One io_uring_enter(2) a turn of the loop.
 *
 *   tcp_echo_uring PORT [BUFFERS [SIZE]]     a power of two of buffers, 32, of SIZE bytes, 65536
 *
 * The ring of buffers is kept within a second-level cache (2 MiB): a larger one costs a quarter. When it is empty, receives end with ENOBUFS, and are
 * asked for again as buffers come back. Buffers belong to all connections: a peer that never reads could hold them all, which a server for
 * strangers would have to bound. */
#define _GNU_SOURCE
#include "reference.h"

#include <errno.h>
#include <liburing.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    ENTRIES = 4096,      /* submission queue */
    MAX_DESCRIPTOR = 1 << 16,
    GATHER = 16,         /* buffers joined in one sendmsg */
    NONE = -1,
};

enum what { ACCEPT = 1, RECEIVE, SEND };

/* By descriptor. One is closed only after its receive and its send have both come to their end, so that no completion can be late for it and hit
 * another connection under the same number. */
struct connection {
    int first, last;    /* buffers that wait to be sent, in order; NONE: none */
    uint32_t sent;      /* of the first one, bytes that went out already */
    bool receiving, sending, queued, broken;
};

/* What a sendmsg names. The kernel reads it when the request is submitted (IORING_FEAT_SUBMIT_STABLE), so one a submission entry is enough. */
struct gather {
    struct msghdr header;
    struct iovec parts[GATHER];
};

static struct io_uring ring;
static struct connection connections[MAX_DESCRIPTOR];
static struct gather gathers[ENTRIES];
static unsigned gathers_used;

static struct io_uring_buf_ring *buffer_ring;
static uint8_t *buffers;
static int buffer_count = 32, buffer_size = RECEIVE_SIZE;
static uint32_t *buffer_length;
static int *buffer_next;

static int to_send[MAX_DESCRIPTOR], to_send_count; /* connections with something to send at the end of this turn */
static int buffers_free;                           /* as far as is known here: the kernel may have filled some already */
static int starved[MAX_DESCRIPTOR], starved_count; /* connections whose receive found no buffer */

static uint8_t *buffer_at(int id)
{
    return buffers + (size_t)id * (size_t)buffer_size;
}

static struct io_uring_sqe *entry(void)
{
    struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);
    if (sqe == NULL) {
        if (io_uring_submit(&ring) < 0 || (sqe = io_uring_get_sqe(&ring)) == NULL)
            die("io_uring_submit");
        gathers_used = 0;
    }
    return sqe;
}

/* Last of all: the prepare functions of some versions clear it. */
static void identify(struct io_uring_sqe *sqe, enum what what, int fd)
{
    io_uring_sqe_set_data64(sqe, (uint64_t)what << 32 | (uint32_t)fd);
}

static void ask_accept(int listener)
{
    struct io_uring_sqe *sqe = entry();
    io_uring_prep_multishot_accept(sqe, listener, NULL, NULL, SOCK_CLOEXEC);
    identify(sqe, ACCEPT, listener);
}

static void ask_receive(int fd)
{
    struct io_uring_sqe *sqe = entry();
    io_uring_prep_recv_multishot(sqe, fd, NULL, 0, 0);
    identify(sqe, RECEIVE, fd);
    sqe->flags |= IOSQE_BUFFER_SELECT;
    sqe->buf_group = 0;
    connections[fd].receiving = true;
}

/* One send is under way on a connection at a time: two could overtake each other. MSG_WAITALL lets the kernel finish short ones. */
static void ask_send(int fd)
{
    struct connection *c = &connections[fd];
    struct io_uring_sqe *sqe = entry();
    int id = c->first;
    if (buffer_next[id] == NONE) {
        io_uring_prep_send(sqe, fd, buffer_at(id) + c->sent, buffer_length[id] - c->sent, MSG_NOSIGNAL | MSG_WAITALL);
    } else {
        struct gather *gather = &gathers[gathers_used++];
        size_t parts = 0;
        for (uint32_t skip = c->sent; id != NONE && parts < GATHER; id = buffer_next[id], skip = 0)
            gather->parts[parts++] = (struct iovec){.iov_base = buffer_at(id) + skip, .iov_len = buffer_length[id] - skip};
        gather->header = (struct msghdr){.msg_iov = gather->parts, .msg_iovlen = parts};
        io_uring_prep_sendmsg(sqe, fd, &gather->header, MSG_NOSIGNAL | MSG_WAITALL);
    }
    identify(sqe, SEND, fd);
    c->sending = true;
}

static void want_send(int fd)
{
    struct connection *c = &connections[fd];
    if (c->sending || c->queued || c->first == NONE)
        return;
    c->queued = true;
    to_send[to_send_count++] = fd;
}

static void give_back(int id)
{
    io_uring_buf_ring_add(buffer_ring, buffer_at(id), (unsigned)buffer_size, (unsigned short)id, io_uring_buf_ring_mask((unsigned)buffer_count), 0);
    io_uring_buf_ring_advance(buffer_ring, 1);
    buffers_free++;
}

static void drop_first(struct connection *c)
{
    int id = c->first;
    c->first = buffer_next[id];
    c->sent = 0;
    give_back(id);
}

static void close_when_over(int fd)
{
    struct connection *c = &connections[fd];
    if (c->receiving || c->sending || (c->first != NONE && !c->broken))
        return;
    while (c->first != NONE)
        drop_first(c);
    close(fd);
}

static void accepted(const struct io_uring_cqe *cqe, int listener)
{
    if (cqe->res >= 0) {
        int fd = cqe->res;
        if (fd >= MAX_DESCRIPTOR)
            usage("fewer than 65536 descriptors");
        no_delay(fd);
        connections[fd] = (struct connection){.first = NONE, .last = NONE};
        ask_receive(fd);
    } else if (cqe->res != -ECONNABORTED && cqe->res != -EINTR) {
        errno = -cqe->res;
        die("accept");
    }
    if (!(cqe->flags & IORING_CQE_F_MORE))
        ask_accept(listener);
}

static void received(const struct io_uring_cqe *cqe, int fd)
{
    struct connection *c = &connections[fd];
    if (cqe->res > 0) {
        int id = (int)(cqe->flags >> IORING_CQE_BUFFER_SHIFT);
        buffers_free--;
        buffer_length[id] = (uint32_t)cqe->res;
        buffer_next[id] = NONE;
        if (c->first == NONE)
            c->first = id;
        else
            buffer_next[c->last] = id;
        c->last = id;
        want_send(fd);
    }
    if (cqe->flags & IORING_CQE_F_MORE)
        return;
    c->receiving = false;
    if (cqe->res > 0) {
        ask_receive(fd);
    } else if (cqe->res == -ENOBUFS) {
        c->receiving = true; /* it will be again, as soon as a buffer comes back */
        starved[starved_count++] = fd;
    } else {
        close_when_over(fd);
    }
}

static void sent(const struct io_uring_cqe *cqe, int fd)
{
    struct connection *c = &connections[fd];
    c->sending = false;
    if (cqe->res < 0) {
        c->broken = true;
        shutdown(fd, SHUT_RDWR); /* ends the receive too */
    } else {
        uint32_t left = (uint32_t)cqe->res;
        while (left > 0 && c->first != NONE && left >= buffer_length[c->first] - c->sent) {
            left -= buffer_length[c->first] - c->sent;
            drop_first(c);
        }
        c->sent += left;
        want_send(fd);
    }
    close_when_over(fd);
}

static void make_ring(void)
{
    struct io_uring_params parameters = {
        .flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP,
        .cq_entries = 4 * ENTRIES,
    };
    int result = io_uring_queue_init_params(ENTRIES, &ring, &parameters);
    if (result < 0) {
        errno = -result;
        die("io_uring_setup");
    }
    io_uring_register_ring_fd(&ring);

    size_t ring_bytes = (size_t)buffer_count * sizeof(struct io_uring_buf), bytes = (size_t)buffer_count * (size_t)buffer_size;
    buffer_ring = mmap(NULL, ring_bytes, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_PRIVATE, -1, 0);
    buffers = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_PRIVATE, -1, 0);
    buffer_length = calloc((size_t)buffer_count, sizeof *buffer_length);
    buffer_next = calloc((size_t)buffer_count, sizeof *buffer_next);
    if (buffer_ring == MAP_FAILED || buffers == MAP_FAILED || buffer_length == NULL || buffer_next == NULL)
        die("mmap");
    struct io_uring_buf_reg registration = {.ring_addr = (uintptr_t)buffer_ring, .ring_entries = (uint32_t)buffer_count};
    result = io_uring_register_buf_ring(&ring, &registration, 0);
    if (result < 0) {
        errno = -result;
        die("io_uring_register_buf_ring");
    }
    io_uring_buf_ring_init(buffer_ring);
    for (int id = 0; id < buffer_count; id++)
        give_back(id);
}

int main(int argc, char **argv)
{
    if (argc < 2 || argc > 4)
        usage("tcp_echo_uring PORT [BUFFERS [SIZE]]");
    int port = (int)parse_number(argv[1], 1, 65535);
    if (argc > 2)
        buffer_count = (int)parse_number(argv[2], 1, 1 << 15);
    if (argc > 3)
        buffer_size = (int)parse_number(argv[3], 64, 1 << 20);
    if ((buffer_count & (buffer_count - 1)) != 0)
        usage("a power of two of buffers");

    make_ring();
    ask_accept(tcp_listen(port, true, false));
    say_ready();
    for (;;) {
        int result = io_uring_submit_and_wait(&ring, 1);
        if (result < 0 && result != -EINTR) {
            errno = -result;
            die("io_uring_enter");
        }
        gathers_used = 0;
        unsigned head, count = 0;
        struct io_uring_cqe *cqe;
        io_uring_for_each_cqe(&ring, head, cqe) {
            count++;
            int fd = (int)(uint32_t)cqe->user_data;
            switch (cqe->user_data >> 32) {
            case ACCEPT: accepted(cqe, fd); break;
            case RECEIVE: received(cqe, fd); break;
            case SEND: sent(cqe, fd); break;
            }
        }
        io_uring_cq_advance(&ring, count);

        /* Only now: what arrived for a connection in several buffers this turn goes out in one call. */
        for (int i = 0; i < to_send_count; i++) {
            struct connection *c = &connections[to_send[i]];
            c->queued = false;
            if (!c->broken && !c->sending && c->first != NONE)
                ask_send(to_send[i]);
        }
        to_send_count = 0;

        /* As many as there are buffers for: one that comes to its end instead takes none, and must not leave the others waiting. */
        for (int i = 0; i < buffers_free && starved_count > 0; i++)
            ask_receive(starved[--starved_count]);
    }
}
