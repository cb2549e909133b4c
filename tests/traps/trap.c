/* What the tests must not let pass: run by test_traps one by one, each expected to be found out. */
#include <criterion/criterion.h>
#include <limits.h>
#include <stdlib.h>

static void *volatile block;
static volatile int number = INT_MAX;

Test(trap, leak)
{
    block = malloc(10);
    block = NULL;
    cr_assert_null(block);
}

Test(trap, overflow)
{
    number++;
    cr_assert_neq(number, 0);
}

Test(trap, past_the_end)
{
    block = calloc(3, 1);
    cr_assert_neq(((volatile char *)block)[3], 1);
    free(block);
}
