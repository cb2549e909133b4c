/* A pull parser for the XML of object stores: elements and text.
 *
 * Safe for untrusted input: it allocates nothing except text, its depth is bounded, and it rejects
 * DTDs, so the only entities are the five predefined ones and character references. Attributes,
 * comments and processing instructions are skipped; CDATA is text. Not thread-safe.
 *
 * expat is not used: listings and errors need one pass over elements and text, which its callbacks
 * would turn into a state machine per document, while its DTDs, attributes and namespaces, and
 * their limits against entity expansion, would all have to be switched off. This parser is smaller
 * than those adapters, and is fuzzed (tests/fuzz). */
#ifndef CZ_STORE_TEXT_XML_H
#define CZ_STORE_TEXT_XML_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

enum { XML_DEPTH_MAX = 16 };

typedef enum xml_event {
    XML_END,   /* of the document */
    XML_OPEN,  /* start of an element */
    XML_CLOSE, /* end of an element: `text` is its content if it has no child elements */
    XML_BAD,   /* malformed or unsupported; parsing must stop */
} xml_event;

typedef struct xml {
    const char *at, *end;
    size_t depth; /* open elements */
    size_t level; /* index in `open` of the last event's element */
    struct {
        const char *at; /* name, with prefix; in the document, not copied */
        size_t len;
    } open[XML_DEPTH_MAX];
    bool seen_root;
    bool close_pending; /* the XML_CLOSE of an empty element comes next */
    buf *text;
} xml;

/* The bytes must outlive the parser. `text`, the caller's, receives the text of elements; each
 * event overwrites it. */
xml xml_begin(const void *bytes, size_t n, buf *text);
xml_event xml_next(xml *x);
/* After XML_OPEN and XML_CLOSE: has the element this name? Prefixes are ignored. */
bool xml_is(const xml *x, const char *name);
/* Is its parent's name this one? */
bool xml_in(const xml *x, const char *parent);

/* Append the text of the first element of that name at any depth; false if there is none. */
bool xml_find(buf *out, const void *bytes, size_t n, const char *name);

#endif
