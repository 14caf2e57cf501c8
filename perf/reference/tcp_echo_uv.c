/* TCP echo over libuv, the loop under node: one receive buffer for all, uv_try_write at once, and a queued write of the rest only when the kernel
 * does not take everything.
 *
 *   tcp_echo_uv PORT */
#define _GNU_SOURCE
#include "reference.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

/* A queued write, with the bytes behind it. */
struct rest {
    uv_write_t write;
    char bytes[];
};

static char received[RECEIVE_SIZE];

static void check(int result, const char *call)
{
    if (result < 0) {
        fprintf(stderr, "%s: %s\n", call, uv_strerror(result));
        exit(2);
    }
}

static void *allocate(size_t size)
{
    void *memory = malloc(size);
    if (memory == NULL)
        die("malloc");
    return memory;
}

static void lend_buffer(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    (void)handle;
    (void)suggested;
    *buffer = uv_buf_init(received, sizeof received); /* read and answered before the next read of any connection */
}

static void closed(uv_handle_t *handle)
{
    free(handle);
}

static void on_read(uv_stream_t *stream, ssize_t length, const uv_buf_t *buffer);

static void on_written(uv_write_t *write, int status)
{
    uv_stream_t *stream = write->handle;
    free(write); /* the first member of its struct rest */
    if (status == 0)
        uv_read_start(stream, lend_buffer, on_read);
    else if (!uv_is_closing((uv_handle_t *)stream))
        uv_close((uv_handle_t *)stream, closed);
}

static void on_read(uv_stream_t *stream, ssize_t length, const uv_buf_t *buffer)
{
    if (length < 0) {
        uv_close((uv_handle_t *)stream, closed);
        return;
    }
    if (length == 0)
        return;
    uv_buf_t all = uv_buf_init(buffer->base, (unsigned)length);
    int sent = uv_try_write(stream, &all, 1);
    if (sent < 0 && sent != UV_EAGAIN) {
        uv_close((uv_handle_t *)stream, closed);
        return;
    }
    size_t out = sent < 0 ? 0 : (size_t)sent, left = (size_t)length - out;
    if (left == 0)
        return;
    uv_read_stop(stream); /* until the rest is gone */
    struct rest *rest = allocate(sizeof *rest + left);
    memcpy(rest->bytes, buffer->base + out, left);
    uv_buf_t part = uv_buf_init(rest->bytes, (unsigned)left);
    check(uv_write(&rest->write, stream, &part, 1, on_written), "uv_write");
}

static void on_connection(uv_stream_t *listener, int status)
{
    check(status, "uv_listen");
    uv_tcp_t *connection = allocate(sizeof *connection);
    check(uv_tcp_init(listener->loop, connection), "uv_tcp_init");
    check(uv_accept(listener, (uv_stream_t *)connection), "uv_accept");
    check(uv_tcp_nodelay(connection, 1), "uv_tcp_nodelay");
    check(uv_read_start((uv_stream_t *)connection, lend_buffer, on_read), "uv_read_start");
}

int main(int argc, char **argv)
{
    if (argc != 2)
        usage("tcp_echo_uv PORT");
    uv_loop_t *loop = uv_default_loop();
    uv_tcp_t listener;
    struct sockaddr_in address;
    check(uv_ip4_addr("127.0.0.1", (int)parse_number(argv[1], 1, 65535), &address), "uv_ip4_addr");
    check(uv_tcp_init(loop, &listener), "uv_tcp_init");
    check(uv_tcp_bind(&listener, (struct sockaddr *)&address, 0), "uv_tcp_bind");
    check(uv_listen((uv_stream_t *)&listener, 4096, on_connection), "uv_listen");
    say_ready();
    return uv_run(loop, UV_RUN_DEFAULT);
}
