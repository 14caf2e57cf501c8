/* The connections of tcp_load: what a worker does with them in each mode. */
#define _GNU_SOURCE
#include "tcp_load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static const uint64_t patience = 3000000000; /* ns, for the server's end of connections */

_Noreturn void fail(int code, const char *what, int error)
{
    printf("{\"error\":\"%s%s%s\"}\n", what, error != 0 ? ": " : "", error != 0 ? strerror(error) : "");
    fflush(stdout);
    _exit(code);
}

static struct sockaddr_in server_address(void)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)plan.port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
}

static void watch(struct worker *worker, int how, struct connection *c, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = c};
    if (epoll_ctl(worker->epoll, how, c->fd, &event) != 0)
        die("epoll_ctl");
}

static void count(struct worker *worker, uint64_t more)
{
    /* One writer: a load and a store, and no locked instruction. */
    atomic_store_explicit(&worker->done, atomic_load_explicit(&worker->done, memory_order_relaxed) + more, memory_order_relaxed);
}

static void record(struct worker *worker, uint64_t latency)
{
    if (atomic_load_explicit(&measuring, memory_order_relaxed))
        histogram_add(worker->latency, latency);
}

/* Sends what is wanted and not yet sent; what the kernel does not take waits for EPOLLOUT. */
static void push(struct worker *worker, struct connection *c)
{
    while (c->sent < c->wanted) {
        uint64_t length = c->wanted - c->sent;
        if (length > PATTERN_RUN)
            length = PATTERN_RUN;
        ssize_t sent = send(c->fd, pattern_at(c->sent), length, MSG_NOSIGNAL);
        if (sent < 0) {
            if (errno != EAGAIN)
                fail(3, "send", errno);
            if (!c->wants_room)
                watch(worker, EPOLL_CTL_MOD, c, EPOLLIN | EPOLLOUT);
            c->wants_room = true;
            return;
        }
        c->sent += (uint64_t)sent;
    }
    if (c->wants_room)
        watch(worker, EPOLL_CTL_MOD, c, EPOLLIN);
    c->wants_room = false;
}

/* Takes what came and compares it with what was sent. How many bytes; 0 when nothing was there; -1 at the server's end. */
static ssize_t take(struct worker *worker, struct connection *c)
{
    ssize_t length = recv(c->fd, worker->received, sizeof worker->received, 0);
    if (length < 0) {
        if (errno == EAGAIN)
            return 0;
        fail(3, "recv", errno);
    }
    if (length == 0)
        return -1;
    if (c->received + (uint64_t)length > c->sent)
        fail(4, "more bytes came back than were sent", 0);
    if (memcmp(worker->received, pattern_at(c->received), (size_t)length) != 0)
        fail(4, "the bytes that came back are not those that were sent", 0);
    c->received += (uint64_t)length;
    return length;
}

static void set_blocking(int fd, bool blocking)
{
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK) != 0)
        die("fcntl");
}

/* The end of what is sent. From here on calls on the connection wait, all of them together until `deadline`. */
static void settle(struct connection *c, uint64_t deadline)
{
    uint64_t now = now_ns(), left = deadline > now ? (deadline - now) / 1000 + 1 : 1; /* 0 would be for ever */
    struct timeval limit = {.tv_sec = (time_t)(left / 1000000), .tv_usec = (suseconds_t)(left % 1000000)};
    set_blocking(c->fd, true);
    if (setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) != 0)
        die("setsockopt(SO_RCVTIMEO)");
}

/* ---- echo ---- */

static void echo_open(struct worker *worker, struct connection *c)
{
    struct sockaddr_in to = server_address();
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (c->fd < 0)
        die("socket");
    if (connect(c->fd, (struct sockaddr *)&to, sizeof to) != 0)
        fail(3, "connect", errno);
    no_delay(c->fd);
    set_blocking(c->fd, false);
    c->began = calloc((size_t)plan.in_flight, sizeof *c->began);
    if (c->began == NULL)
        die("calloc");
    watch(worker, EPOLL_CTL_ADD, c, EPOLLIN);
}

static void echo_start(struct worker *worker, struct connection *c)
{
    uint64_t now = now_ns();
    for (int i = 0; i < plan.in_flight; i++)
        c->began[i] = now;
    c->wanted = (uint64_t)plan.size * (uint64_t)plan.in_flight;
    push(worker, c);
}

static void echo_turn(struct worker *worker, struct connection *c, uint32_t events)
{
    if (events & EPOLLOUT)
        push(worker, c);
    if (!(events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
        return;
    uint64_t size = (uint64_t)plan.size, before = c->received / size;
    if (take(worker, c) < 0)
        fail(3, "the server closed the connection", 0);
    uint64_t after = c->received / size;
    if (after == before)
        return;
    uint64_t now = now_ns();
    for (uint64_t k = before; k < after; k++) {
        uint64_t *began = &c->began[k % (uint64_t)plan.in_flight];
        record(worker, now - *began);
        *began = now;
    }
    count(worker, after - before);
    c->wanted += (after - before) * size;
    push(worker, c);
}

/* What is still on its way comes back as well, and the server sees an orderly end: a reset would have it clean up after an error while the next
 * server is measured. Not every peer answers what comes before a half-close, or closes after it; what it keeps is told and is no failure. */
static void echo_end(struct worker *worker)
{
    uint64_t deadline = now_ns() + patience;
    for (int i = 0; i < worker->count; i++)
        shutdown(worker->connections[i].fd, SHUT_WR);
    for (int i = 0; i < worker->count; i++) {
        struct connection *c = &worker->connections[i];
        ssize_t length;
        settle(c, deadline);
        while ((length = take(worker, c)) > 0) {
        }
        worker->unended += length == 0;
        worker->unreturned += c->sent - c->received;
        close(c->fd);
    }
}

/* ---- connect ---- */

/* Each connection leaves a TIME_WAIT behind on this side. Many source addresses keep the free ports from running out within a run. */
static void connect_start(struct worker *worker, struct connection *c)
{
    uint64_t *began = c->began;
    *c = (struct connection){.began = began, .wanted = (uint64_t)plan.size};
    *began = now_ns();
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (c->fd < 0)
        die("socket");
    int one = 1;
    setsockopt(c->fd, SOL_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + worker->source++ % 200)}, to = server_address();
    if (bind(c->fd, (struct sockaddr *)&from, sizeof from) != 0)
        die("bind");
    no_delay(c->fd);
    bool waits = connect(c->fd, (struct sockaddr *)&to, sizeof to) != 0;
    if (waits && errno != EINPROGRESS)
        fail(3, "connect", errno);
    c->wants_room = waits;
    watch(worker, EPOLL_CTL_ADD, c, waits ? EPOLLIN | EPOLLOUT : EPOLLIN);
    if (!waits)
        push(worker, c);
}

static void connect_turn(struct worker *worker, struct connection *c, uint32_t events)
{
    if (events & EPOLLOUT) {
        int error = 0;
        socklen_t length = sizeof error;
        getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &length);
        if (error != 0)
            fail(3, "connect", error);
        push(worker, c);
    }
    if (!(events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
        return;
    if (take(worker, c) < 0) {
        if (!c->half_closed)
            fail(3, "the server closed the connection before it had answered", 0);
        record(worker, now_ns() - *c->began);
        count(worker, 1);
        close(c->fd);
        connect_start(worker, c);
    } else if (c->received == (uint64_t)plan.size && !c->half_closed) {
        c->half_closed = true;
        if (shutdown(c->fd, SHUT_WR) != 0)
            fail(3, "shutdown", errno);
    }
}

/* ---- stream ---- */

static void stream_turn(struct worker *worker, struct connection *c, uint32_t events)
{
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
        fail(3, "the receiver ended the stream", 0);
    for (int i = 0; i < 16; i++) { /* then the others have their turn */
        ssize_t sent = send(c->fd, pattern_at(c->sent), (size_t)plan.size, MSG_NOSIGNAL);
        if (sent < 0) {
            if (errno != EAGAIN)
                fail(3, "send", errno);
            return;
        }
        c->sent += (uint64_t)sent;
        count(worker, (uint64_t)sent);
    }
}

/* The receiver has counted too, and says its number as text when it has seen the end. */
static void stream_end(struct connection *c)
{
    char text[32];
    size_t length = 0;
    shutdown(c->fd, SHUT_WR);
    settle(c, now_ns() + patience);
    for (ssize_t more; length < sizeof text - 1 && (more = recv(c->fd, text + length, sizeof text - 1 - length, 0)) != 0; length += (size_t)more) {
        if (more < 0)
            fail(3, "the receiver's count", errno);
    }
    close(c->fd);
    text[length] = 0;
    if (strtoull(text, NULL, 10) != c->sent)
        fail(4, "the receiver did not get every byte", 0);
}

/* ---- the run ---- */

static void turn(struct worker *worker, struct connection *c, uint32_t events)
{
    switch (plan.mode) {
    case ECHO: echo_turn(worker, c, events); break;
    case CONNECT: connect_turn(worker, c, events); break;
    case STREAM: stream_turn(worker, c, events); break;
    }
}

void *work(void *argument)
{
    struct worker *worker = argument;
    pin_to_core(plan.core < 0 ? -1 : plan.core + worker->number);
    worker->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (worker->epoll < 0)
        die("epoll_create1");
    for (int i = 0; i < worker->count; i++) {
        echo_open(worker, &worker->connections[i]);
        if (plan.mode == CONNECT)
            close(worker->connections[i].fd); /* it only shows that the server is there */
    }
    pthread_barrier_wait(&connected);
    for (int i = 0; i < worker->count; i++) {
        struct connection *c = &worker->connections[i];
        switch (plan.mode) {
        case ECHO: echo_start(worker, c); break;
        case CONNECT: connect_start(worker, c); break;
        case STREAM: watch(worker, EPOLL_CTL_MOD, c, EPOLLIN | EPOLLOUT); break;
        }
    }
    struct epoll_event events[256];
    while (!atomic_load_explicit(&stopping, memory_order_relaxed)) {
        int ready = epoll_wait(worker->epoll, events, sizeof events / sizeof *events, 50);
        for (int i = 0; i < ready; i++)
            turn(worker, events[i].data.ptr, events[i].events);
    }
    if (plan.mode == ECHO)
        echo_end(worker);
    for (int i = 0; plan.mode == STREAM && i < worker->count; i++)
        stream_end(&worker->connections[i]);
    return NULL;
}
