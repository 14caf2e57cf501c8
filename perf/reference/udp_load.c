/* A closed-loop load generator for UDP echo: S connected sockets, W datagrams on their way on each. Every reply is compared with what was sent, by
 * its sequence number and its bytes. What does not come back for 200 ms counts as lost and is sent anew, so that a loss is told and stops nothing.
 *
 *   udp_load --port PORT [--sockets S] [--window W] [--size BYTES] [--seconds S] [--warm-up S] [--core C] [--server-pid PID]
 *
 * Prints one line of JSON; exits like tcp_load. */
#define _GNU_SOURCE
#include "reference.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum { AT_ONCE = 64, DATAGRAM = 2048 };
static const uint64_t patience = 200000000; /* ns */

/* What stands at the head of each datagram; the rest is the pattern from that sequence number on. */
struct head {
    uint64_t sequence;
};

static struct {
    int port, sockets, window, size, core;
    pid_t server;
    double seconds, warm_up;
} plan = {.sockets = 1, .window = 1, .size = 64, .core = -1, .seconds = 2, .warm_up = 0.3};

struct flow {
    int fd;
    int on_the_way;
    uint64_t next;                      /* the sequence number to send next */
    uint64_t heard;                     /* when something last came */
    uint64_t sequence_of[AT_ONCE];      /* by sequence % AT_ONCE: which one was sent last, */
    uint64_t began[AT_ONCE];            /* when, */
    bool waits[AT_ONCE];                /* and whether it is still waited for */
};

/* The messages of one recvmmsg or sendmmsg. */
struct batch {
    struct mmsghdr messages[AT_ONCE];
    struct iovec parts[AT_ONCE];
    uint8_t bytes[AT_ONCE][DATAGRAM];
};

static struct batch out, in;
static struct histogram latency;
static uint64_t done, lost, late;
static bool measuring;

_Noreturn static void fail(int code, const char *what)
{
    printf("{\"error\":\"%s\"}\n", what);
    exit(code);
}

static void batch_init(struct batch *batch, size_t length)
{
    for (int i = 0; i < AT_ONCE; i++) {
        batch->parts[i] = (struct iovec){.iov_base = batch->bytes[i], .iov_len = length};
        batch->messages[i].msg_hdr.msg_iov = &batch->parts[i];
        batch->messages[i].msg_hdr.msg_iovlen = 1;
    }
}

/* Sends as many as may be on their way. A number is used again only when the one AT_ONCE before it is back or given up. */
static void fill(struct flow *flow)
{
    int count = 0;
    uint64_t now = now_ns();
    while (flow->on_the_way + count < plan.window) {
        uint64_t sequence = flow->next + (uint64_t)count;
        if (flow->waits[sequence % AT_ONCE])
            break; /* an older one under this number is still out: wait for it, or for patience to end */
        struct head head = {.sequence = sequence};
        memcpy(out.bytes[count], &head, sizeof head);
        memcpy(out.bytes[count] + sizeof head, pattern_at(sequence * 7), (size_t)plan.size - sizeof head);
        count++;
    }
    if (count == 0)
        return;
    int sent = sendmmsg(flow->fd, out.messages, (unsigned)count, 0);
    if (sent < 0) {
        if (errno == EAGAIN || errno == ENOBUFS)
            return;
        fail(3, errno == ECONNREFUSED ? "nobody answers on that port" : strerror(errno));
    }
    for (int i = 0; i < sent; i++, flow->next++) {
        size_t slot = flow->next % AT_ONCE;
        flow->sequence_of[slot] = flow->next;
        flow->began[slot] = now;
        flow->waits[slot] = true;
    }
    flow->on_the_way += sent;
}

static void take(struct flow *flow, uint64_t now)
{
    int count = recvmmsg(flow->fd, in.messages, AT_ONCE, MSG_DONTWAIT, NULL);
    if (count < 0) {
        if (errno == EAGAIN)
            return;
        fail(3, errno == ECONNREFUSED ? "nobody answers on that port" : strerror(errno));
    }
    flow->heard = now;
    for (int i = 0; i < count; i++) {
        struct head head;
        memcpy(&head, in.bytes[i], sizeof head);
        if (in.messages[i].msg_len != (unsigned)plan.size || memcmp(in.bytes[i] + sizeof head, pattern_at(head.sequence * 7), (size_t)plan.size - sizeof head) != 0)
            fail(4, "the datagram that came back is not one that was sent");
        size_t slot = head.sequence % AT_ONCE;
        if (!flow->waits[slot] || flow->sequence_of[slot] != head.sequence) {
            late++; /* it had been given up */
            continue;
        }
        flow->waits[slot] = false;
        flow->on_the_way--;
        done++;
        if (measuring)
            histogram_add(&latency, now_ns() - flow->began[slot]);
    }
    fill(flow);
}

static void give_up_old(struct flow *flow, uint64_t now)
{
    if (flow->on_the_way == 0 || now - flow->heard < patience)
        return;
    for (int i = 0; i < AT_ONCE; i++)
        flow->waits[i] = false;
    lost += (uint64_t)flow->on_the_way;
    flow->on_the_way = 0;
    flow->heard = now;
    fill(flow);
}

static double option_seconds(const char *text)
{
    char *end;
    double seconds = strtod(text, &end);
    if (end == text || *end != 0 || !(seconds >= 0 && seconds <= 3600))
        usage("seconds are a number from 0 to 3600");
    return seconds;
}

static void read_options(int argc, char **argv)
{
    static const struct option options[] = {
        {"port", required_argument, NULL, 'o'}, {"sockets", required_argument, NULL, 'n'}, {"window", required_argument, NULL, 'p'},
        {"size", required_argument, NULL, 'm'}, {"seconds", required_argument, NULL, 's'}, {"warm-up", required_argument, NULL, 'w'},
        {"core", required_argument, NULL, 'c'}, {"server-pid", required_argument, NULL, 'd'}, {0},
    };
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case 'o': plan.port = (int)parse_number(optarg, 1, 65535); break;
        case 'n': plan.sockets = (int)parse_number(optarg, 1, 10000); break;
        case 'p': plan.window = (int)parse_number(optarg, 1, AT_ONCE); break;
        case 'm': plan.size = (int)parse_number(optarg, sizeof(struct head), DATAGRAM); break;
        case 's': plan.seconds = option_seconds(optarg); break;
        case 'w': plan.warm_up = option_seconds(optarg); break;
        case 'c': plan.core = (int)parse_number(optarg, 0, 1023); break;
        case 'd': plan.server = (pid_t)parse_number(optarg, 1, 1 << 22); break;
        default: usage("udp_load --port PORT ...; what there is stands at the top of udp_load.c");
        }
    }
    if (plan.port == 0 || optind != argc)
        usage("udp_load --port PORT ...");
}

static void open_flow(struct flow *flow, int epoll)
{
    struct sockaddr_in to = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)plan.port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    int room = 1 << 20;
    flow->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (flow->fd < 0)
        die("socket");
    if (setsockopt(flow->fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room) != 0)
        die("setsockopt(SO_RCVBUF)");
    if (connect(flow->fd, (struct sockaddr *)&to, sizeof to) != 0)
        die("connect");
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = flow};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, flow->fd, &event) != 0)
        die("epoll_ctl");
}

int main(int argc, char **argv)
{
    read_options(argc, argv);
    pin_to_core(plan.core);
    pattern_init();
    batch_init(&out, (size_t)plan.size);
    batch_init(&in, DATAGRAM);
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    struct flow *flows = calloc((size_t)plan.sockets, sizeof *flows);
    if (epoll < 0 || flows == NULL)
        die("epoll_create1");

    uint64_t now = now_ns();
    for (int i = 0; i < plan.sockets; i++) {
        open_flow(&flows[i], epoll);
        flows[i].heard = now;
        fill(&flows[i]);
    }
    uint64_t looked = now, begins = now + (uint64_t)(plan.warm_up * 1e9), ends = UINT64_MAX, began = 0, server = 0, own = 0;
    double busy = 0, stolen = 0;
    struct epoll_event events[256];
    while (now < ends) {
        int ready = epoll_wait(epoll, events, sizeof events / sizeof *events, 10);
        now = now_ns();
        for (int i = 0; i < ready; i++)
            take(events[i].data.ptr, now);
        if (now - looked > patience / 5) {
            looked = now;
            for (int i = 0; i < plan.sockets; i++)
                give_up_old(&flows[i], now);
        }
        if (!measuring && now >= begins) {
            measuring = true;
            done = lost = late = 0;
            server = plan.server > 0 ? tree_cpu_ns(plan.server) : 0;
            own = tree_cpu_ns(getpid());
            machine_seconds(&busy, &stolen);
            began = now_ns();
            ends = began + (uint64_t)(plan.seconds * 1e9);
        }
    }

    double seconds = (double)(now_ns() - began) / 1e9, busy_after, stolen_after;
    server = plan.server > 0 ? tree_cpu_ns(plan.server) - server : 0;
    own = tree_cpu_ns(getpid()) - own;
    machine_seconds(&busy_after, &stolen_after);
    if (done == 0)
        fail(3, "nothing came back");
    double messages = (double)done, server_seconds = (double)server / 1e9, own_seconds = (double)own / 1e9;
    printf("{\"mode\":\"udp\",\"connections\":%d,\"size\":%d,\"in_flight\":%d,\"seconds\":%.3f,\"messages\":%.0f,\"rate\":%.0f,\"gb_per_s\":%.4f", plan.sockets,
        plan.size, plan.window, seconds, messages, messages / seconds, messages * plan.size / seconds / 1e9);
    printf(",\"p50_us\":%.1f,\"p99_us\":%.1f,\"p999_us\":%.1f,\"lost\":%llu,\"late\":%llu", histogram_quantile(&latency, 0.5) / 1e3,
        histogram_quantile(&latency, 0.99) / 1e3, histogram_quantile(&latency, 0.999) / 1e3, (unsigned long long)lost, (unsigned long long)late);
    if (plan.server > 0)
        printf(",\"server_us\":%.4f,\"server_cores\":%.3f", server_seconds * 1e6 / messages, server_seconds / seconds);
    printf(",\"own_us\":%.4f,\"own_cores\":%.3f,\"other_cores\":%.3f,\"stolen_cores\":%.3f}\n", own_seconds * 1e6 / messages, own_seconds / seconds,
        (busy_after - busy - own_seconds - server_seconds) / seconds, (stolen_after - stolen) / seconds);
    return 0;
}
