/* camzarr serve: frames and objects of a store over HTTP. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/network.h"
#include "cli/say.h"
#include "cli/serve/http_server.h"
#include "cli/signals.h"
#include "cli/verbs/verbs.h"

enum {
    PORT = 8080,
    CACHE_BYTES = 128 << 20,
    PORT_MAX = 65535,
};

static void log_request(void *user, const char *method, const char *target, unsigned status)
{
    (void)user;
    say(stderr, "%u %s %s", status, method, target);
}

static int parse_port(uint16_t *out, const char *text)
{
    char *end;
    const unsigned long v = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || v > PORT_MAX)
        return say_usage("serve", "--port %s: not a number from 0 to %d", text, PORT_MAX);
    *out = (uint16_t)v;
    return EXIT_DONE;
}

static int announce(const options *o, const char *address, uint16_t port)
{
    const bool v6 = strchr(address, ':') != NULL;
    if (o->json) {
        cz_error err;
        char url[128];
        (void)snprintf(url, sizeof url, "http://%s%s%s:%u/", v6 ? "[" : "", address, v6 ? "]" : "",
                       port);
        cJSON *line = json_object();
        json_add_text(line, "url", url);
        return say_json(line, &err);
    }
    if (!o->quiet)
        say(stderr, "serving %s at http://%s%s%s:%u/ until Ctrl-C", o->arg[0], v6 ? "[" : "",
            address, v6 ? "]" : "", port);
    return CZ_OK;
}

static int serve(const options *o, const http_server_options *with, cz_error *err)
{
    const cz_options opts = store_options_of(o);
    cz_store *store = NULL;
    http_server *server = NULL;
    int rc = cz_open(&store, o->arg[0], &opts, err);
    if (rc == CZ_OK)
        rc = http_server_start(&server, store, with, err);
    if (rc == CZ_OK)
        rc = announce(o, with->address, http_server_port(server));
    while (rc == CZ_OK && !interrupted() && !output_failed())
        (void)usleep(100000);
    http_server_stop(&server);
    network_say_store(o, store);
    cz_close(&store);
    return rc;
}

int run_serve(const options *o)
{
    cz_error err;
    http_server_options with = {.address = o->listen ? o->listen : "127.0.0.1",
                                .port = PORT,
                                .origin = o->origin,
                                .threads = (unsigned)o->threads,
                                .memory = o->memory ? o->memory : CACHE_BYTES,
                                .log = o->verbose ? log_request : NULL};
    if (o->port) {
        const int code = parse_port(&with.port, o->port);
        if (code != EXIT_DONE)
            return code;
    }
    if (!is_loopback_address(with.address) && !o->remote)
        return say_usage("serve",
                         "--listen %s: other machines could read the store; add --remote if that "
                         "is wanted",
                         with.address);
    signals_handle();
    const int rc = serve(o, &with, &err);
    return rc < 0 ? say_error(&err) : EXIT_DONE;
}
