/* The items of a queue: where they are, when the table grows and shrinks. */
#include "support/fixture.h"

#include <lauxlib.h>
#include <stdlib.h>

#include "bind/lring.h"

/* Slot 1 of `L` holds this, as a userdata; the items are numbers. */
struct subject {
    lua_State *L;
    struct nb_lring ring;
    uint64_t next;
};

static struct subject *begin(void)
{
    lua_State *L = luaL_newstate();
    struct subject *subject = lua_newuserdatauv(L, sizeof *subject, 1);

    *subject = (struct subject){.L = L, .next = 1};
    nb_lring_init(&subject->ring);
    return subject;
}

static void end(struct subject *subject)
{
    assert_int_equal(lua_gettop(subject->L), 1);
    lua_close(subject->L);
}

static void store(lua_State *L, struct subject *subject)
{
    nb_lring_reserve(L, &subject->ring, &subject->next);
    lua_pushinteger(L, (lua_Integer)subject->next);
    nb_lring_store(L, &subject->ring, subject->next++);
    lua_settop(L, 1);
}

static void store_many(struct subject *subject, int count)
{
    for (; count > 0; count--)
        store(subject->L, subject);
}

/* Takes items `from` to `to`: each is the one that was stored. */
static void take(struct subject *subject, uint64_t from, uint64_t to)
{
    lua_State *L = subject->L;

    for (uint64_t number = from; number <= to; number++) {
        nb_lring_take(L, &subject->ring, number);
        assert_int_equal(lua_tointeger(L, -1), number);
        lua_settop(L, 1);
    }
}

static void items_that_come_and_go_need_no_more_room(void **state)
{
    struct subject *subject = begin();
    uint64_t size = subject->ring.size;

    for (uint64_t number = 1; number < 100; number += 3) {
        store_many(subject, 3);
        take(subject, number, number + 2);
    }
    assert_int_equal(subject->ring.size, size);
    end(subject);
}

static void the_table_grows_with_the_items(void **state)
{
    struct subject *subject = begin();

    store_many(subject, 3);
    take(subject, 1, 2);
    store_many(subject, 97);
    assert_int_equal(subject->ring.size, 128);
    assert_int_equal(subject->ring.count, 98);
    take(subject, 3, 100);
    assert_int_equal(subject->ring.count, 0);
    end(subject);
}

static void an_item_that_stays_is_not_overwritten(void **state)
{
    struct subject *subject = begin();

    store_many(subject, 2);
    for (uint64_t number = 2; number < 50; number++) {
        store_many(subject, 1);
        take(subject, number, number);
    }
    take(subject, 1, 1);
    take(subject, 50, 50);
    end(subject);
}

static void a_table_that_was_much_too_large_shrinks(void **state)
{
    struct subject *subject = begin();
    uint64_t size = subject->ring.size;

    store_many(subject, 1000);
    take(subject, 1, 1000);
    store_many(subject, 1000);
    assert_int_equal(subject->ring.size, 1024);
    take(subject, 1001, 2000);
    for (uint64_t number = 2001; number <= 2020; number++) {
        store_many(subject, 1);
        take(subject, number, number);
    }
    assert_int_equal(subject->ring.size, size);
    end(subject);
}

/* A finalizer: stores as many items as upvalue 2 says in the subject, 1. */
static int store_some(lua_State *L)
{
    struct subject *subject = lua_touserdata(L, lua_upvalueindex(1));

    lua_pushvalue(L, lua_upvalueindex(1));
    lua_replace(L, 1);
    for (int i = 0; i < lua_tointeger(L, lua_upvalueindex(2)); i++)
        store(L, subject);
    return 0;
}

/* The next allocation runs store_some(). */
static void leave_garbage(lua_State *L, int count)
{
    lua_gc(L, LUA_GCSTOP);
    lua_newuserdatauv(L, 0, 0);
    lua_createtable(L, 0, 1);
    lua_pushvalue(L, 1);
    lua_pushinteger(L, count);
    lua_pushcclosure(L, store_some, 2);
    lua_setfield(L, -2, "__gc");
    lua_setmetatable(L, -2);
    lua_settop(L, 1);
    lua_gc(L, LUA_GCINC, 100, 1000, 30);
    lua_gc(L, LUA_GCRESTART);
}

static void a_finalizer_may_store_while_the_table_grows(void **state)
{
    for (int count = 1; count <= 20; count++) {
        struct subject *subject = begin();
        store_many(subject, 4);
        leave_garbage(subject->L, count);
        store_many(subject, 1);
        assert_int_equal(subject->next, 6 + count);
        take(subject, 1, 5 + (uint64_t)count);
        end(subject);
    }
}

static void a_finalizer_may_store_while_the_table_shrinks(void **state)
{
    for (int count = 1; count <= 20; count++) {
        struct subject *subject = begin();
        store_many(subject, 17);
        take(subject, 1, 17);
        store_many(subject, 1);
        take(subject, 18, 18);
        assert_int_equal(subject->ring.size, 32);
        leave_garbage(subject->L, count);
        store_many(subject, 1);
        assert_int_equal(subject->next, 20 + count);
        take(subject, 19, 19 + (uint64_t)count);
        end(subject);
    }
}

static int store_in_vain(lua_State *L)
{
    store(L, lua_touserdata(L, 1));
    return 0;
}

static void *allocate(void *context, void *block, size_t old_size,
                      size_t new_size)
{
    const bool *refuses = context;

    (void)old_size;
    if (new_size == 0) {
        free(block);
        return NULL;
    }
    return *refuses && new_size > 64 ? NULL : realloc(block, new_size);
}

static void without_memory_nothing_changes(void **state)
{
    bool refuses = false;
    struct subject *subject = begin();
    lua_State *L = subject->L;
    void *context = NULL;
    lua_Alloc before = lua_getallocf(L, &context);

    store_many(subject, 4);
    lua_pushcfunction(L, store_in_vain);
    lua_pushvalue(L, 1);
    lua_setallocf(L, allocate, &refuses);
    refuses = true;
    assert_int_equal(lua_pcall(L, 1, 0, 0), LUA_ERRMEM);
    refuses = false;
    lua_setallocf(L, before, context);
    lua_settop(L, 1);
    assert_int_equal(subject->ring.size, 4);
    assert_int_equal(subject->next, 5);
    store_many(subject, 1);
    take(subject, 1, 5);
    end(subject);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_that_come_and_go_need_no_more_room),
        cmocka_unit_test(the_table_grows_with_the_items),
        cmocka_unit_test(an_item_that_stays_is_not_overwritten),
        cmocka_unit_test(a_table_that_was_much_too_large_shrinks),
        cmocka_unit_test(a_finalizer_may_store_while_the_table_grows),
        cmocka_unit_test(a_finalizer_may_store_while_the_table_shrinks),
        cmocka_unit_test(without_memory_nothing_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
