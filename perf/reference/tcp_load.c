/* A closed-loop load generator for TCP that checks every byte it gets back, and accounts for the processor time of the server it talks to.
 *
 *   tcp_load --port PORT [--mode echo|connect|stream] [--connections N] [--size BYTES] [--in-flight P] [--seconds S] [--warm-up S]
 *            [--threads T] [--core C] [--server-pid PID]
 *
 *   echo      N connections, P messages of BYTES on their way on each; a new one goes out for each that is back
 *   connect   N connections at a time: connect, one message there and back, half-close, the server's end, close; counted is the whole of it
 *   stream    N connections send as fast as they may; the receiver tells at the end how many bytes it got (tcp_sink)
 *
 * Prints one line of JSON. Exits 0; 2 when it could not do its work; 3 when the server closed or stalled; 4 when what came back was wrong.
 *
 * Processor time is that of the process PID with all its descendants, between two moments in the middle of steady traffic, divided by the messages
 * that came back between them. A closed loop tells the cost of a message well and the latency under a given load not at all: a slow server slows
 * the generator down with it. */
#define _GNU_SOURCE
#include "tcp_load.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char *const mode_names[] = {"echo", "connect", "stream"};

struct plan plan = {.connections = 1, .size = 64, .in_flight = 1, .threads = 1, .core = -1, .seconds = 2, .warm_up = 0.3};
atomic_bool measuring, stopping;
pthread_barrier_t connected;

static void sleep_for(double seconds)
{
    struct timespec t = {.tv_sec = (time_t)seconds, .tv_nsec = (long)(fmod(seconds, 1) * 1e9)};
    while (nanosleep(&t, &t) != 0 && errno == EINTR) {
    }
}

/* Everything that is measured, at one moment. */
struct reading {
    uint64_t at, done, server, own;
    double busy, stolen;
};

static struct reading read_all(struct worker *workers)
{
    struct reading reading = {.at = now_ns()};
    for (int i = 0; i < plan.threads; i++)
        reading.done += atomic_load_explicit(&workers[i].done, memory_order_relaxed);
    if (plan.server > 0)
        reading.server = tree_cpu_ns(plan.server);
    reading.own = tree_cpu_ns(getpid());
    machine_seconds(&reading.busy, &reading.stolen);
    return reading;
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
        {"port", required_argument, NULL, 'o'}, {"mode", required_argument, NULL, 'e'}, {"connections", required_argument, NULL, 'n'},
        {"size", required_argument, NULL, 'm'}, {"in-flight", required_argument, NULL, 'p'}, {"seconds", required_argument, NULL, 's'},
        {"warm-up", required_argument, NULL, 'w'}, {"threads", required_argument, NULL, 't'}, {"core", required_argument, NULL, 'c'},
        {"server-pid", required_argument, NULL, 'd'}, {0},
    };
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case 'o': plan.port = (int)parse_number(optarg, 1, 65535); break;
        case 'n': plan.connections = (int)parse_number(optarg, 1, 60000); break;
        case 'm': plan.size = (int)parse_number(optarg, 1, PATTERN_RUN); break;
        case 'p': plan.in_flight = (int)parse_number(optarg, 1, 4096); break;
        case 's': plan.seconds = option_seconds(optarg); break;
        case 'w': plan.warm_up = option_seconds(optarg); break;
        case 't': plan.threads = (int)parse_number(optarg, 1, 256); break;
        case 'c': plan.core = (int)parse_number(optarg, 0, 1023); break;
        case 'd': plan.server = (pid_t)parse_number(optarg, 1, 1 << 22); break;
        case 'e':
            for (plan.mode = ECHO; plan.mode <= STREAM && strcmp(optarg, mode_names[plan.mode]) != 0; plan.mode++) {
            }
            if (plan.mode <= STREAM)
                break;
            usage("--mode echo|connect|stream");
        default: usage("tcp_load --port PORT ...; what there is stands at the top of tcp_load.c");
        }
    }
    if (plan.port == 0 || optind != argc || plan.threads > plan.connections)
        usage("tcp_load --port PORT ...; no more threads than connections");
}

int main(int argc, char **argv)
{
    read_options(argc, argv);
    pattern_init();
    struct worker *workers = calloc((size_t)plan.threads, sizeof *workers);
    if (workers == NULL || (errno = pthread_barrier_init(&connected, NULL, (unsigned)plan.threads + 1)) != 0)
        die("pthread_barrier_init");
    for (int i = 0; i < plan.threads; i++) {
        struct worker *worker = &workers[i];
        worker->number = i;
        worker->source = (unsigned)i * 7;
        worker->count = plan.connections / plan.threads + (i < plan.connections % plan.threads);
        worker->connections = calloc((size_t)worker->count, sizeof *worker->connections);
        worker->latency = calloc(1, sizeof *worker->latency);
        if (worker->connections == NULL || worker->latency == NULL)
            die("calloc");
        if ((errno = pthread_create(&worker->thread, NULL, work, worker)) != 0)
            die("pthread_create");
    }
    pthread_barrier_wait(&connected);
    sleep_for(plan.warm_up);
    atomic_store(&measuring, true);
    struct reading before = read_all(workers);
    sleep_for(plan.seconds);
    struct reading after = read_all(workers);
    atomic_store(&measuring, false);
    atomic_store(&stopping, true);
    struct histogram *latency = calloc(1, sizeof *latency);
    if (latency == NULL)
        die("calloc");
    uint64_t unreturned = 0, unended = 0, all = 0; /* all: since the start, warm-up included */
    for (int i = 0; i < plan.threads; i++) {
        pthread_join(workers[i].thread, NULL);
        unreturned += workers[i].unreturned;
        unended += workers[i].unended;
        all += atomic_load(&workers[i].done);
        histogram_merge(latency, workers[i].latency);
    }

    uint64_t done = after.done - before.done;
    if (done == 0)
        fail(3, "nothing came back: the server stalled", 0);
    double seconds = (double)(after.at - before.at) / 1e9;
    double messages = plan.mode == STREAM ? (double)done / plan.size : (double)done;
    double server = (double)(after.server - before.server) / 1e9, own = (double)(after.own - before.own) / 1e9;
    printf("{\"mode\":\"%s\",\"connections\":%d,\"size\":%d,\"in_flight\":%d,\"seconds\":%.3f,\"messages\":%.0f,\"rate\":%.0f,\"gb_per_s\":%.4f",
        mode_names[plan.mode], plan.connections, plan.size, plan.in_flight, seconds, messages, messages / seconds, messages * plan.size / seconds / 1e9);
    if (latency->total > 0)
        printf(",\"p50_us\":%.1f,\"p99_us\":%.1f,\"p999_us\":%.1f", histogram_quantile(latency, 0.5) / 1e3, histogram_quantile(latency, 0.99) / 1e3,
            histogram_quantile(latency, 0.999) / 1e3);
    if (plan.server > 0)
        printf(",\"server_us\":%.4f,\"server_cores\":%.3f", server * 1e6 / messages, server / seconds);
    printf(",\"own_us\":%.4f,\"own_cores\":%.3f,\"other_cores\":%.3f,\"stolen_cores\":%.3f,\"unreturned\":%llu,\"unended\":%llu,\"all\":%llu}\n", own * 1e6 / messages, own / seconds,
        (after.busy - before.busy - own - server) / seconds, (after.stolen - before.stolen) / seconds, (unsigned long long)unreturned,
        (unsigned long long)unended, (unsigned long long)all);
    return 0;
}
