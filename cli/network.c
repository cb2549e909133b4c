#include "cli/network.h"

#include <inttypes.h>
#include <stdio.h>

#include "cli/units.h"
#include "cli/say.h"

cz_network network_of(const options *o)
{
    return (cz_network){.connections = (unsigned)o->connections,
                        .rate_limit = o->rate_limit,
                        .allow_private_redirects = o->allow_private_redirects};
}

cz_options store_options_of(const options *o)
{
    return (cz_options){.network = network_of(o)};
}

void network_say(const options *o, const cz_statistics *s)
{
    char in[UNITS_TEXT_MAX], out[UNITS_TEXT_MAX];
    if (!o->stats || s->requests == 0)
        return;
    size_text(in, s->bytes_in);
    size_text(out, s->bytes_out);
    say(stderr,
        "network: %" PRIu64 " requests (%" PRIu64 " retries, %" PRIu64 " hedges), %s in, %s out; "
        "median %.1f ms, 90 %% %.1f ms, 99 %% %.1f ms, longest %.1f ms",
        s->requests, s->retries, s->hedges, in, out, (double)s->median / 1e6,
        (double)s->percentile_90 / 1e6, (double)s->percentile_99 / 1e6, (double)s->longest / 1e6);
}

void network_say_store(const options *o, cz_store *store)
{
    cz_statistics s;
    if (!store)
        return;
    cz_store_statistics(&s, store);
    network_say(o, &s);
}
