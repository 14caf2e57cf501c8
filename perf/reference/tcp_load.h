/* What tcp_load.c (the plan, the measuring, the report) and tcp_traffic.c (the connections) share. */
#ifndef TCP_LOAD_H
#define TCP_LOAD_H

#include "reference.h"

#include <pthread.h>
#include <stdatomic.h>

enum mode { ECHO, CONNECT, STREAM };

struct plan {
    enum mode mode;
    int port, connections, size, in_flight, threads, core;
    pid_t server;
    double seconds, warm_up;
};

struct connection {
    int fd;
    bool wants_room;       /* EPOLLOUT is asked for */
    bool half_closed;      /* connect mode */
    uint64_t sent, wanted; /* bytes that went out, and that are to go out by now */
    uint64_t received;
    uint64_t *began;       /* when each message on its way was due to leave; message k at k % in_flight */
};

struct worker {
    pthread_t thread;
    int number, epoll, count;
    struct connection *connections;
    _Atomic uint64_t done;       /* messages back, connections ended, or bytes out: written here, read by the main thread */
    uint64_t unreturned, unended; /* echo mode, once the end was sent: bytes that never came back, connections the server did not end */
    unsigned source;             /* connect mode: the next source address */
    struct histogram *latency;
    uint8_t received[PATTERN_RUN];
};

/* Written before the workers start. */
extern struct plan plan;

/* Whether latencies count now; whether the workers are to come to their end. Written by the main thread. */
extern atomic_bool measuring, stopping;

/* Every worker, and the main thread: all connections are there. */
extern pthread_barrier_t connected;

/* The whole program ends at the first thing that is wrong: no figure comes of such a run. */
_Noreturn void fail(int code, const char *what, int error);

/* A worker's thread. */
void *work(void *worker);

#endif
