/* reader/spare.c: what is kept is used again, and bounded. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "reader/spare.h"

Test(spare, bytes_are_used_again)
{
    spare *s = NULL;
    size_t room = 1000000, again = 900000;
    cr_assert_eq(spare_new(&s, NULL), CZ_OK);
    uint8_t *at = spare_take_bytes(s, &room);
    cr_assert(at && room >= 1000000);
    memset(at, 1, room);
    spare_give_bytes(s, at, room);
    uint8_t *other = spare_take_bytes(s, &again);
    cr_assert(other == at && again == room, "with its whole room");
    spare_give_bytes(s, other, again);
    size_t small = 1000;
    other = spare_take_bytes(s, &small);
    cr_assert_neq(other, at, "not for much less");
    spare_give_bytes(s, other, small);
    spare_give_bytes(s, NULL, 0);
    spare_free(&s);
    cr_assert_null(s);
}

Test(spare, is_bounded)
{
    enum { BUFFERS = 100, ROOM = 1 << 20 };
    spare *s = NULL;
    uint8_t *at[BUFFERS];
    size_t room[BUFFERS], kept = 0;
    cr_assert_eq(spare_new(&s, NULL), CZ_OK);
    for (int i = 0; i < BUFFERS; i++) {
        room[i] = ROOM;
        cr_assert_not_null(at[i] = spare_take_bytes(s, &room[i]));
        at[i][0] = 7;
    }
    for (int i = 0; i < BUFFERS; i++)
        spare_give_bytes(s, at[i], room[i]);
    kept = spare_kept(s);
    cr_assert(kept > SPARE_BYTES / 2 && kept <= SPARE_BYTES, "%zu bytes", kept);
    spare_free(&s);
}

Test(spare, decoders_are_used_again)
{
    spare *s = NULL;
    prores_decoder *first = NULL, *second = NULL;
    cr_assert_eq(spare_new(&s, NULL), CZ_OK);
    cr_assert_eq(spare_take_decoder(&first, s, 2, NULL), CZ_OK);
    const prores_decoder *const was = first;
    spare_give_decoder(s, &first);
    cr_assert_null(first);
    cr_assert_eq(spare_take_decoder(&second, s, 1, NULL), CZ_OK);
    cr_assert_eq(second, was, "with more workers than needed");
    cr_assert_eq(spare_kept(s), 0);
    cr_assert_eq(spare_take_decoder(&first, s, 3, NULL), CZ_OK);
    cr_assert_eq(prores_decoder_workers(first), 3);
    spare_give_decoder(s, &first);
    spare_give_decoder(s, &second);
    cr_assert_gt(spare_kept(s), 0);
    spare_free(&s);
}
