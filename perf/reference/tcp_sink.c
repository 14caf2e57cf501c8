/* Takes whatever comes and counts it: the other end for programs that send as fast as they may. At the end of a stream it sends back how many bytes
 * came, as text, so that the sender can tell whether all of them did.
 *
 *   tcp_sink PORT [silent]      silent: sends nothing back, for senders that expect nothing */
#define _GNU_SOURCE
#include "reference.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

struct stream {
    int fd;
    uint64_t received;
};

static uint8_t bytes[4 * RECEIVE_SIZE];

static void end(struct stream *stream, bool tell)
{
    char text[32];
    int length = snprintf(text, sizeof text, "%llu\n", (unsigned long long)stream->received);
    if (tell && send(stream->fd, text, (size_t)length, MSG_NOSIGNAL) < 0)
        perror("send");
    close(stream->fd);
    free(stream);
}

int main(int argc, char **argv)
{
    bool tell = argc == 2;
    if (argc < 2 || argc > 3 || (argc == 3 && strcmp(argv[2], "silent") != 0))
        usage("tcp_sink PORT [silent]");
    int listener = tcp_listen((int)parse_number(argv[1], 1, 65535), false, false), epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN}, events[64];
    if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event) != 0)
        die("epoll_ctl");
    say_ready();
    for (;;) {
        int count = epoll_wait(epoll, events, sizeof events / sizeof *events, -1);
        for (int i = 0; i < count; i++) {
            struct stream *stream = events[i].data.ptr;
            if (stream != NULL) {
                ssize_t length = recv(stream->fd, bytes, sizeof bytes, 0);
                if (length > 0)
                    stream->received += (uint64_t)length;
                else if (length == 0 || errno != EAGAIN)
                    end(stream, tell && length == 0);
                continue;
            }
            int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (fd < 0)
                continue; /* it went away again */
            stream = calloc(1, sizeof *stream);
            if (stream == NULL)
                die("calloc");
            stream->fd = fd;
            event.data.ptr = stream;
            if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0)
                die("epoll_ctl");
        }
    }
}
