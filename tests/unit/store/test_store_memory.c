/* store/objects/memory.c: injected faults and access to the stored bytes, which other tests use. */
#include "store/objects/object_store.h"

#include <criterion/criterion.h>
#include <string.h>

#include "tests/unit/support/alloc_fail.h"

/* Fails one kind of operation from its nth on, and notes what was asked. */
typedef struct script {
    os_op op;
    int from, seen;
    char key[64];
} script;

static int fault(void *user, os_op op, const char *key, cz_error *err)
{
    script *s = user;
    if (op != s->op)
        return CZ_OK;
    strncpy(s->key, key, sizeof s->key - 1);
    return ++s->seen < s->from ? CZ_OK
                               : cz_fail(err, CZ_UNREACHABLE, "%s: the network is gone", key);
}

static object_store *opened(script *s)
{
    object_store *os = NULL;
    cr_assert_eq(os_memory(&os, NULL), CZ_OK);
    cr_assert_eq(os_put(os, "d/k", "0123456789", 10, OS_OVERWRITE, NULL), CZ_OK);
    if (s)
        os_memory_fault(os, fault, s);
    return os;
}

static int count(void *user, const os_object *o)
{
    (void)o;
    ++*(int *)user;
    return 0;
}

Test(memory, each_operation_can_fail)
{
    for (os_op op = OS_GET; op <= OS_REMOVE; op++) {
        script s = {.op = op, .from = 1};
        object_store *os = opened(&s);
        uint64_t size = 0;
        int listed = 0;
        buf b = {0};
        cz_error err = {0};
        const int want[] = {
            os_get_all(os, "d/k", 99, &b, op == OS_GET ? &err : NULL),
            os_stat(os, "d/k", &size, op == OS_STAT ? &err : NULL),
            os_put(os, "d/l", "x", 1, OS_CREATE, op == OS_PUT ? &err : NULL),
            os_list(os, "d/", false, count, &listed, op == OS_LIST ? &err : NULL),
            os_remove(os, "d/k", op == OS_REMOVE ? &err : NULL),
        };
        for (os_op i = OS_GET; i <= OS_REMOVE; i++)
            cr_assert_eq(want[i], i == op ? CZ_UNREACHABLE : CZ_OK, "%u while %u fails", i, op);
        cr_assert_eq(err.code, CZ_UNREACHABLE);
        cr_assert_not_null(strstr(err.message, "network"));
        cr_assert_str_eq(s.key, op == OS_PUT ? "d/l" : op == OS_LIST ? "d/" : "d/k");
        cr_assert_eq(b.len, op == OS_GET ? 0 : 10);
        cr_assert_eq(listed, op == OS_LIST ? 0 : op == OS_PUT ? 1 : 2);
        os_memory_fault(os, NULL, NULL);
        cr_assert_eq(os_stat(os, "d/l", &size, NULL), op == OS_PUT ? CZ_ABSENT : CZ_OK);
        cr_assert_eq(os_stat(os, "d/k", &size, NULL), op == OS_REMOVE ? CZ_OK : CZ_ABSENT);
        buf_free(&b);
        os_close(&os);
    }
}

Test(memory, ranges_fail_one_by_one)
{
    script s = {.op = OS_GET, .from = 2};
    object_store *os = opened(&s);
    char to[3] = {0};
    cz_error err = {0};
    os_read r[] = {{.key = "d/k", .offset = 1, .len = 1, .to = &to[0]},
                   {.key = "d/k", .offset = 2, .len = 1, .to = &to[1]},
                   {.key = "d/k", .offset = 3, .len = 1, .to = &to[2]}};
    cr_assert_eq(os_get(os, r, 3, NULL, &err), CZ_UNREACHABLE);
    cr_assert_eq(r[0].rc, CZ_OK);
    cr_assert_eq(r[1].rc, CZ_UNREACHABLE);
    cr_assert_eq(r[2].rc, CZ_UNREACHABLE);
    cr_assert_eq(r[2].err.code, CZ_UNREACHABLE);
    cr_assert_eq(to[0], '1');
    cr_assert_eq(to[1], 0);
    os_close(&os);
}

/* A fault may act on the store: here, the object goes away just before it is read. */
static int vanish(void *user, os_op op, const char *key, cz_error *err)
{
    return op == OS_GET ? os_remove(user, key, err) : CZ_OK;
}

Test(memory, fault_callback_may_use_the_store)
{
    object_store *os = opened(NULL);
    buf b = {0};
    os_memory_fault(os, vanish, os);
    cr_assert_eq(os_get_all(os, "d/k", 99, &b, NULL), CZ_ABSENT);
    os_close(&os);
}

Test(memory, bytes_can_be_read_and_damaged)
{
    object_store *os = opened(NULL);
    size_t len = 7;
    cr_assert_null(os_memory_at(os, "none", &len));
    cr_assert_eq(len, 0);
    uint8_t *at = os_memory_at(os, "d/k", &len);
    cr_assert_eq(len, 10);
    cr_assert_eq(memcmp(at, "0123456789", 10), 0);
    at[3] ^= 1;
    buf b = {0};
    cr_assert_eq(os_get_all(os, "d/k", 10, &b, NULL), CZ_OK);
    cr_assert_str_eq(buf_text(&b), "0122456789");
    buf_free(&b);
    os_close(&os);
}

Test(memory, without_memory)
{
    for (size_t n = 1;; n++) {
        object_store *os = NULL;
        cz_error err = {0};
        alloc_fail_at(n);
        const int rc = os_memory(&os, &err);
        if (!alloc_fail_end()) {
            cr_assert_eq(rc, CZ_OK);
            os_close(&os);
            break;
        }
        cr_assert_eq(rc, CZ_NOMEM);
        cr_assert_null(os);
    }
}
