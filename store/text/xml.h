/* The little XML that object stores answer with: elements and text, read front to back.
 *
 * A pull parser over bytes that are hostile: it allocates nothing, its depth is bounded, and it
 * knows no DTD, so no entity but the five of XML and characters by number. Attributes, comments,
 * processing instructions are skipped; CDATA is text. Not thread-safe; cheap to make. */
#ifndef CZ_STORE_TEXT_XML_H
#define CZ_STORE_TEXT_XML_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

enum { XML_DEPTH_MAX = 16 };

typedef enum xml_event {
    XML_END,   /* of the document */
    XML_OPEN,  /* an element begins: its name */
    XML_CLOSE, /* it ends: `text` is what it held, if it held no element */
    XML_BAD,   /* no XML, or none that is read here */
} xml_event;

typedef struct xml {
    const char *at, *end;
    size_t depth; /* elements that are open */
    size_t level; /* of the last event's element in `open` */
    struct {
        const char *at; /* with its prefix, if it has one */
        size_t len;
    } open[XML_DEPTH_MAX];
    bool seen_root, closes; /* closes: an empty element's XML_CLOSE is due */
    buf *text;
} xml;

/* Text of the elements goes to `text`, which is the caller's and is emptied at each event. */
xml xml_begin(const void *bytes, size_t n, buf *text);
xml_event xml_next(xml *x);
/* After XML_OPEN and XML_CLOSE: is it this one's name? Prefixes don't count. */
bool xml_is(const xml *x, const char *name);
/* And is it a child of this one? */
bool xml_in(const xml *x, const char *parent);

/* The text of the first element of that name, wherever it is, appended to out; false without one.
 * Without memory out is bad. */
bool xml_find(buf *out, const void *bytes, size_t n, const char *name);

#endif
