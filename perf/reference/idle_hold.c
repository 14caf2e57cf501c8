/* Holds many TCP connections that do nothing.
 *
 *   idle_hold PORT COUNT
 *
 * Opens COUNT connections and says so with one line of JSON. Then each line on its input is a command, answered by one line:
 *   speak     sends a message on every connection and checks what comes back
 *   end       half-closes every one, waits for the server's end, and ends
 * The end of the input ends it like `end`. Whoever started it looks at the server's memory in between. */
#define _GNU_SOURCE
#include "reference.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MESSAGE = 64, PER_ADDRESS = 10000 }; /* from one source address there are some 28,000 ports */

static int open_one(int port, int number)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        die("socket");
    int one = 1;
    setsockopt(fd, SOL_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + (uint32_t)(number / PER_ADDRESS))};
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval limit = {.tv_sec = 20};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit); /* bounds connect as well */
    if (bind(fd, (struct sockaddr *)&from, sizeof from) != 0)
        die("bind");
    if (connect(fd, (struct sockaddr *)&to, sizeof to) != 0)
        die("connect");
    return fd;
}

/* Each connection says something else, so that an answer meant for another is seen. */
static void speak(int fd, int number)
{
    uint8_t reply[MESSAGE];
    const uint8_t *message = pattern_at((uint64_t)number * MESSAGE);
    if (send(fd, message, MESSAGE, MSG_NOSIGNAL) != MESSAGE)
        die("send");
    for (size_t length = 0; length < MESSAGE;) {
        ssize_t more = recv(fd, reply + length, MESSAGE - length, 0);
        if (more <= 0)
            die("recv");
        length += (size_t)more;
    }
    if (memcmp(reply, message, MESSAGE) != 0) {
        fprintf(stderr, "connection %d was given another answer\n", number);
        exit(4);
    }
}

static void tell(const char *what, int count, uint64_t began)
{
    printf("{\"%s\":%d,\"ms\":%.1f}\n", what, count, (double)(now_ns() - began) / 1e6);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    if (argc != 3)
        usage("idle_hold PORT COUNT");
    int port = (int)parse_number(argv[1], 1, 65535), count = (int)parse_number(argv[2], 1, 1000000);
    int *fds = calloc((size_t)count, sizeof *fds);
    if (fds == NULL)
        die("calloc");
    pattern_init();
    uint64_t began = now_ns();
    for (int i = 0; i < count; i++)
        fds[i] = open_one(port, i);
    tell("open", count, began);

    char line[64];
    while (fgets(line, sizeof line, stdin) != NULL && strcmp(line, "speak\n") == 0) {
        began = now_ns();
        for (int i = 0; i < count; i++)
            speak(fds[i], i);
        tell("spoke", count, began);
    }
    began = now_ns();
    for (int i = 0; i < count; i++)
        shutdown(fds[i], SHUT_WR);
    for (int i = 0; i < count; i++) {
        uint8_t byte;
        (void)!recv(fds[i], &byte, 1, 0);
        close(fds[i]);
    }
    tell("ended", count, began);
    return 0;
}
