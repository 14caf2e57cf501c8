/* TCP echo over epoll(7): what everything else is divided by.
 *
 * Level-triggered, non-blocking, one loop a thread, one receive buffer a loop. What came is sent back at once; only what the kernel does not take
 * is copied, and while that waits nothing more is received from that connection.
 *
 *   tcp_echo_epoll PORT [THREADS]     THREADS: 1; with more each has a listener of its own on the port (SO_REUSEPORT) */
#define _GNU_SOURCE
#include "reference.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

struct connection {
    int fd;
    uint32_t waiting, sent; /* bytes in `rest`, and how many of them went out meanwhile */
    uint8_t *rest;          /* NULL: nothing waits */
};

struct loop {
    int epoll, listener;
    uint8_t received[RECEIVE_SIZE];
};

static void watch(struct loop *loop, int how, int fd, uint32_t events, void *what)
{
    struct epoll_event event = {.events = events, .data.ptr = what};
    if (epoll_ctl(loop->epoll, how, fd, &event) != 0)
        die("epoll_ctl");
}

static void accept_all(struct loop *loop)
{
    for (;;) {
        int fd = accept4(loop->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            if (errno == EAGAIN)
                return;
            if (errno == ECONNABORTED || errno == EINTR)
                continue;
            die("accept4");
        }
        no_delay(fd);
        struct connection *connection = calloc(1, sizeof *connection);
        if (connection == NULL)
            die("calloc");
        connection->fd = fd;
        watch(loop, EPOLL_CTL_ADD, fd, EPOLLIN, connection);
    }
}

/* Closing takes the socket out of the epoll set as well. No event of this turn can name it again: epoll_wait gives one event a socket. */
static void end(struct connection *connection)
{
    close(connection->fd);
    free(connection->rest);
    free(connection);
}

/* Keeps what the kernel did not take, and waits for room instead of for more bytes. */
static void keep(struct loop *loop, struct connection *connection, const uint8_t *bytes, size_t length)
{
    connection->rest = malloc(length);
    if (connection->rest == NULL)
        die("malloc");
    memcpy(connection->rest, bytes, length);
    connection->waiting = (uint32_t)length;
    connection->sent = 0;
    watch(loop, EPOLL_CTL_MOD, connection->fd, EPOLLOUT, connection);
}

static void answer(struct loop *loop, struct connection *connection)
{
    ssize_t length = recv(connection->fd, loop->received, RECEIVE_SIZE, 0);
    if (length <= 0) {
        if (length == 0 || errno != EAGAIN)
            end(connection);
        return;
    }
    ssize_t sent = send(connection->fd, loop->received, (size_t)length, MSG_NOSIGNAL);
    if (sent < 0) {
        if (errno != EAGAIN) {
            end(connection);
            return;
        }
        sent = 0;
    }
    if (sent < length)
        keep(loop, connection, loop->received + sent, (size_t)(length - sent));
}

static void send_rest(struct loop *loop, struct connection *connection)
{
    ssize_t sent = send(connection->fd, connection->rest + connection->sent, connection->waiting - connection->sent, MSG_NOSIGNAL);
    if (sent < 0) {
        if (errno != EAGAIN)
            end(connection);
        return;
    }
    connection->sent += (uint32_t)sent;
    if (connection->sent < connection->waiting)
        return;
    free(connection->rest);
    connection->rest = NULL;
    watch(loop, EPOLL_CTL_MOD, connection->fd, EPOLLIN, connection);
}

static void *run(void *argument)
{
    struct loop *loop = argument;
    struct epoll_event events[512];
    for (;;) {
        int count = epoll_wait(loop->epoll, events, sizeof events / sizeof *events, -1);
        for (int i = 0; i < count; i++) {
            struct connection *connection = events[i].data.ptr;
            if (connection == NULL)
                accept_all(loop);
            else if (connection->rest != NULL)
                send_rest(loop, connection);
            else
                answer(loop, connection);
        }
    }
    return NULL;
}

int main(int argc, char **argv)
{
    if (argc < 2 || argc > 3)
        usage("tcp_echo_epoll PORT [THREADS]");
    int port = (int)parse_number(argv[1], 1, 65535);
    int threads = argc > 2 ? (int)parse_number(argv[2], 1, 1024) : 1;

    struct loop *loops = calloc((size_t)threads, sizeof *loops);
    if (loops == NULL)
        die("calloc");
    for (int i = 0; i < threads; i++) {
        loops[i].epoll = epoll_create1(EPOLL_CLOEXEC);
        if (loops[i].epoll < 0)
            die("epoll_create1");
        loops[i].listener = tcp_listen(port, false, threads > 1);
        watch(&loops[i], EPOLL_CTL_ADD, loops[i].listener, EPOLLIN, NULL);
    }
    for (int i = 1; i < threads; i++) {
        pthread_t thread;
        if ((errno = pthread_create(&thread, NULL, run, &loops[i])) != 0)
            die("pthread_create");
    }
    say_ready();
    run(&loops[0]);
}
