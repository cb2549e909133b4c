/* --connections, --rate-limit, --allow-private-redirects and --stats: how the network is used,
 * and what it was used for. */
#ifndef CZ_CLI_NETWORK_H
#define CZ_CLI_NETWORK_H

#include <camzarr.h>

#include "cli/options.h"

cz_network network_of(const options *o);
/* The same for cz_open(). */
cz_options store_options_of(const options *o);

/* With --stats a line to stderr; nothing where no request was sent, of a folder say. */
void network_say(const options *o, const cz_statistics *s);
/* The same of a store; NULL-safe. */
void network_say_store(const options *o, cz_store *store);

#endif
