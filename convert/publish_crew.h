/* Threads that put small objects while the next ones are made. See publisher_hurry(). */
#ifndef CZ_CONVERT_PUBLISH_CREW_H
#define CZ_CONVERT_PUBLISH_CREW_H

#include "convert/publish.h"

typedef struct publish_crew publish_crew;

/* *out is NULL without an error where no thread is to be had: then whoever asks puts by itself. */
int publish_crew_new(publish_crew **out, publisher *to, unsigned threads, cz_error *err);
/* Takes a copy. Once one has failed the others aren't put any more, and this returns CZ_OK. */
int publish_crew_put(publish_crew *c, const char *rest, const void *data, size_t len,
                     cz_error *err);
/* Waits for all of them. Errors: the first one's. NULL-safe. */
int publish_crew_end(publish_crew **c, cz_error *err);

/* What each one does (convert/publish.c). */
int publish_listed_now(publisher *p, const char *rest, const void *data, size_t len, cz_error *err);

#endif
