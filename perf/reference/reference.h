/* What the reference programs share: a clock, an exact account of processor time, a pattern that can be checked, a histogram.
 *
 * These programs are what Soket's figures are divided by. They are written to be read: one file each, the plain way its calls are meant to be used,
 * no trick that the manual pages do not tell. */
#ifndef REFERENCE_H
#define REFERENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The one receive buffer of a loop: what a 64 KiB message needs, and what still fits beside everything else in a second-level cache. */
enum { RECEIVE_SIZE = 64 * 1024 };

/* Says which call failed and why, and ends the program with 2: a reference that goes on after an error measures something else. */
_Noreturn void die(const char *call);

/* A usage error: says it and ends with 2. */
_Noreturn void usage(const char *text);

/* Nanoseconds of CLOCK_MONOTONIC. */
uint64_t now_ns(void);

/* Keeps the calling thread (and the threads it starts later) on one core; -1 leaves it where it is. */
void pin_to_core(int core);

/* A number from the command line, or a usage error. */
long parse_number(const char *text, long least, long most);

/* A TCP socket that listens on 127.0.0.1, non-blocking or not. With `share_port` several sockets share the port and the kernel deals out (SO_REUSEPORT). */
int tcp_listen(int port, bool blocking, bool share_port);

/* TCP_NODELAY: a message goes out when it is sent. Every server of the suite sets it. */
void no_delay(int fd);

/* "ready" on standard output: from now on connections are answered. */
void say_ready(void);

/* Processor time in ns that a process and all its descendants have used, threads that have ended included. Of children that have ended and were
 * waited for it counts what /proc/PID/stat tells, which is exact to a clock tick (10 ms). 0 when there is no such process. */
uint64_t tree_cpu_ns(pid_t pid);

/* Seconds that all cores together were busy, and that the hypervisor took away (steal), since the machine started. */
void machine_seconds(double *busy, double *stolen);

/* A stream of bytes without end in which a shift is seen: position i holds pattern_at(i)[0]. At least PATTERN_RUN bytes from there can be read. */
enum { PATTERN_RUN = 256 * 1024 };
void pattern_init(void);
const uint8_t *pattern_at(uint64_t position);

/* Latencies in ns, log-linear: 128 steps to a power of two, so a value is off by less than 0.8 %. */
enum { HISTOGRAM_STEP_BITS = 7, HISTOGRAM_SIZE = (64 - HISTOGRAM_STEP_BITS + 1) << HISTOGRAM_STEP_BITS };
struct histogram {
    uint64_t total;
    uint64_t counts[HISTOGRAM_SIZE];
};
void histogram_add(struct histogram *histogram, uint64_t value);
void histogram_merge(struct histogram *into, const struct histogram *from);
double histogram_quantile(const struct histogram *histogram, double q); /* 0 when empty */

#endif
