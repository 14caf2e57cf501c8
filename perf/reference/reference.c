#define _GNU_SOURCE
#include "reference.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

void die(const char *call)
{
    perror(call);
    exit(2);
}

void usage(const char *text)
{
    fprintf(stderr, "usage: %s\n", text);
    exit(2);
}

uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

void pin_to_core(int core)
{
    if (core < 0)
        return;
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((size_t)core, &set);
    if (sched_setaffinity(0, sizeof set, &set) != 0)
        die("sched_setaffinity");
}

long parse_number(const char *text, long least, long most)
{
    char *end;
    errno = 0;
    long number = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != 0 || number < least || number > most) {
        fprintf(stderr, "%s: not a number from %ld to %ld\n", text, least, most);
        exit(2);
    }
    return number;
}

int tcp_listen(int port, bool blocking, bool share_port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | (blocking ? 0 : SOCK_NONBLOCK), 0);
    if (fd < 0)
        die("socket");
    int one = 1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0)
        die("setsockopt(SO_REUSEADDR)");
    if (share_port && setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one) != 0)
        die("setsockopt(SO_REUSEPORT)");
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0)
        die("bind");
    if (listen(fd, 4096) != 0)
        die("listen");
    return fd;
}

void no_delay(int fd)
{
    int one = 1;
    if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) != 0)
        die("setsockopt(TCP_NODELAY)");
}

void say_ready(void)
{
    puts("ready");
    fflush(stdout);
}

/* ---- processor time ---- */

/* What children that were waited for used: fields 16 and 17 of /proc/PID/stat, in ticks (proc_pid_stat(5)). The command in field 2 may hold
 * anything, so the count begins after its last parenthesis. */
static uint64_t reaped_ns(pid_t pid)
{
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return 0;
    size_t length = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[length] = 0;
    const char *rest = strrchr(text, ')');
    long user = 0, system = 0;
    if (rest == NULL || sscanf(rest + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %ld %ld", &user, &system) != 2)
        return 0;
    return (uint64_t)(user + system) * (1000000000u / (uint64_t)sysconf(_SC_CLK_TCK));
}

uint64_t tree_cpu_ns(pid_t pid)
{
    /* The clock of another process counts every thread it ever had, in ns (clock_getcpuclockid(3)); the files under /proc/PID/task lose a
     * thread's time when it ends. */
    uint64_t total = 0;
    clockid_t clock;
    struct timespec t;
    if (clock_getcpuclockid(pid, &clock) == 0 && clock_gettime(clock, &t) == 0)
        total = (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
    total += reaped_ns(pid);

    char path[320];
    snprintf(path, sizeof path, "/proc/%d/task", pid);
    DIR *tasks = opendir(path);
    if (tasks == NULL)
        return total;
    struct dirent *entry;
    while ((entry = readdir(tasks)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "/proc/%d/task/%s/children", pid, entry->d_name);
        FILE *file = fopen(path, "re");
        if (file == NULL)
            continue;
        int child;
        while (fscanf(file, "%d", &child) == 1)
            total += tree_cpu_ns(child);
        fclose(file);
    }
    closedir(tasks);
    return total;
}

void machine_seconds(double *busy, double *stolen)
{
    unsigned long long user, nice, system, idle, wait, irq, soft, steal;
    *busy = *stolen = 0;
    FILE *file = fopen("/proc/stat", "re");
    if (file == NULL)
        return;
    if (fscanf(file, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &user, &nice, &system, &idle, &wait, &irq, &soft, &steal) == 8) {
        double ticks = (double)sysconf(_SC_CLK_TCK);
        *busy = (double)(user + nice + system + irq + soft) / ticks;
        *stolen = (double)steal / ticks;
    }
    fclose(file);
}

/* ---- pattern ---- */

/* A prime no message size divides, so that a message that was repeated, lost or moved does not look right by chance. */
enum { PATTERN_PERIOD = 65521 };
static uint8_t pattern[PATTERN_PERIOD + PATTERN_RUN];

void pattern_init(void)
{
    uint64_t x = 0x9e3779b97f4a7c15u; /* any number but 0; xorshift goes through all others */
    for (size_t i = 0; i < PATTERN_PERIOD; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        pattern[i] = (uint8_t)(x >> 32);
    }
    for (size_t i = PATTERN_PERIOD; i < sizeof pattern; i++)
        pattern[i] = pattern[i - PATTERN_PERIOD];
}

const uint8_t *pattern_at(uint64_t position)
{
    return pattern + position % PATTERN_PERIOD;
}

/* ---- histogram ---- */

/* Values below 128 have a step each. Above, the leading one and the seven bits after it name the step. */
static unsigned index_of(uint64_t value)
{
    if (value < 1u << HISTOGRAM_STEP_BITS)
        return (unsigned)value;
    unsigned shift = 63u - (unsigned)__builtin_clzll(value) - HISTOGRAM_STEP_BITS;
    return ((shift + 1) << HISTOGRAM_STEP_BITS) + (unsigned)((value >> shift) & ((1u << HISTOGRAM_STEP_BITS) - 1));
}

void histogram_add(struct histogram *histogram, uint64_t value)
{
    histogram->counts[index_of(value)]++;
    histogram->total++;
}

void histogram_merge(struct histogram *into, const struct histogram *from)
{
    for (size_t i = 0; i < HISTOGRAM_SIZE; i++)
        into->counts[i] += from->counts[i];
    into->total += from->total;
}

double histogram_quantile(const struct histogram *histogram, double q)
{
    uint64_t rank = (uint64_t)((double)histogram->total * q), seen = 0;
    for (unsigned i = 0; i < HISTOGRAM_SIZE; i++) {
        seen += histogram->counts[i];
        if (histogram->counts[i] == 0 || seen <= rank)
            continue;
        unsigned shift = i >> HISTOGRAM_STEP_BITS, step = i & ((1u << HISTOGRAM_STEP_BITS) - 1);
        return shift == 0 ? step : (double)(((uint64_t)step + (1u << HISTOGRAM_STEP_BITS)) << (shift - 1));
    }
    return 0;
}
