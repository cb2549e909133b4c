/* format/attributes.c: names in the attributes of arrays. */
#include <criterion/criterion.h>

#include "format/attributes.h"

/* docs/pixels.md, 13.1. */
Test(attributes, the_matrix_by_the_code_of_the_frame_header)
{
    static const struct {
        uint32_t code;
        const char *of_hd, *of_sd;
    } table[] = {
        {0, "bt709", "bt601"},    {1, "bt709", "bt709"},   {2, "bt709", "bt601"},
        {5, "bt601", "bt601"},    {6, "bt601", "bt601"},   {9, "bt2020", "bt2020"},
        {10, "bt2020", "bt2020"}, {255, "bt709", "bt601"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        cr_expect_str_eq(prores_matrix_name(table[i].code, 720), table[i].of_hd);
        cr_expect_str_eq(prores_matrix_name(table[i].code, 719), table[i].of_sd);
    }
}
