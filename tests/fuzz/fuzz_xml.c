/* store/text/xml.c and store/text/ini.c with any bytes: parsing terminates and reads none beyond
 * them. */
#include <stdint.h>
#include <stdlib.h>

#include "store/text/ini.h"
#include "store/text/xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    buf text = {0};
    xml x = xml_begin(data, size, &text);
    size_t steps = 0;
    for (xml_event e = xml_next(&x); e == XML_OPEN || e == XML_CLOSE; e = xml_next(&x)) {
        (void)xml_is(&x, "Key");
        (void)xml_in(&x, "Contents");
        if (++steps > 2 * size) /* each event takes a byte of the document, but for `<a/>` */
            abort();
    }
    (void)xml_find(&text, data, size, "NextContinuationToken");
    (void)ini_value(&text, (const char *)data, size, "default", "region");
    buf_free(&text);
    return 0;
}
