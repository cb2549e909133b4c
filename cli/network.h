/* --connections, --rate-limit and --allow-private-redirects as options of the library, and the
 * statistics of --stats. */
#ifndef CZ_CLI_NETWORK_H
#define CZ_CLI_NETWORK_H

#include <camzarr.h>

#include "cli/options.h"

cz_network network_of(const options *o);
/* The same for cz_open(). */
cz_options store_options_of(const options *o);

/* Print the line of --stats to stderr, unless no request was sent (a local folder). */
void network_say(const options *o, const cz_statistics *s);
/* The same for a store; NULL-safe. */
void network_say_store(const options *o, cz_store *store);

#endif
