/* UDP echo: every datagram goes back where it came from.
 *
 *   udp_echo PORT one      recvfrom(2) and sendto(2), a call a datagram
 *   udp_echo PORT many     recvmmsg(2) and sendmmsg(2), up to 64 a call */
#define _GNU_SOURCE
#include "reference.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

enum { AT_ONCE = 64, DATAGRAM = 2048 };

static int bind_udp(int port)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        die("socket");
    int room = 4 << 20; /* the most the suite has under way is far less: nothing is lost for want of room */
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room) != 0 || setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room) != 0)
        die("setsockopt");
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0)
        die("bind");
    return fd;
}

/* ECONNREFUSED tells of a peer that has gone, and concerns no other. */
static bool passes(int error)
{
    return error == EINTR || error == ECONNREFUSED;
}

_Noreturn static void echo_one(int fd)
{
    static uint8_t bytes[DATAGRAM];
    for (;;) {
        struct sockaddr_in from;
        socklen_t from_length = sizeof from;
        ssize_t length = recvfrom(fd, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &from_length);
        if (length < 0) {
            if (!passes(errno))
                die("recvfrom");
            continue;
        }
        if (sendto(fd, bytes, (size_t)length, 0, (struct sockaddr *)&from, from_length) < 0 && !passes(errno))
            die("sendto");
    }
}

_Noreturn static void echo_many(int fd)
{
    static uint8_t bytes[AT_ONCE][DATAGRAM];
    struct sockaddr_in from[AT_ONCE];
    struct iovec parts[AT_ONCE];
    struct mmsghdr messages[AT_ONCE];
    memset(messages, 0, sizeof messages);
    for (int i = 0; i < AT_ONCE; i++) {
        parts[i].iov_base = bytes[i];
        parts[i].iov_len = DATAGRAM;
        messages[i].msg_hdr.msg_iov = &parts[i];
        messages[i].msg_hdr.msg_iovlen = 1;
        messages[i].msg_hdr.msg_name = &from[i];
        messages[i].msg_hdr.msg_namelen = sizeof from[i];
    }
    for (;;) {
        int count = recvmmsg(fd, messages, AT_ONCE, MSG_WAITFORONE, NULL);
        if (count < 0) {
            if (!passes(errno))
                die("recvmmsg");
            continue;
        }
        for (int i = 0; i < count; i++)
            parts[i].iov_len = messages[i].msg_len;
        for (int sent = 0; sent < count;) {
            int more = sendmmsg(fd, messages + sent, (unsigned)(count - sent), 0);
            if (more < 0) {
                if (!passes(errno))
                    die("sendmmsg");
                more = 1; /* this one could not be answered */
            }
            sent += more;
        }
        for (int i = 0; i < count; i++) {
            parts[i].iov_len = DATAGRAM;
            messages[i].msg_hdr.msg_namelen = sizeof from[i];
        }
    }
}

int main(int argc, char **argv)
{
    if (argc != 3 || (strcmp(argv[2], "one") != 0 && strcmp(argv[2], "many") != 0))
        usage("udp_echo PORT one|many");
    int fd = bind_udp((int)parse_number(argv[1], 1, 65535));
    say_ready();
    if (strcmp(argv[2], "one") == 0)
        echo_one(fd);
    else
        echo_many(fd);
}
