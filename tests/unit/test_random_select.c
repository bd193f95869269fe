/*
 * Random programs around socket.select, on the virtual clock: threads that
 * select over any of a few sockets, readers, and a world in which bytes come,
 * buffers fill, sockets are closed and their numbers used again, and threads
 * are cancelled. What select gives is exactly what is ready then, a time-out
 * comes in time, and nobody waits for what is ready already.
 *
 * A failure prints the seed: NB_SEED=n repeats it.
 */
#include "support/luafixture.h"

#include <stdio.h>
#include <string.h>

enum { PROGRAMS = 300, SIZE = 8192 };

static const char program[] =
    "local SOCKETS, THREADS, STEPS = 5, 8, 60\n"
    "local now, random = timer.now, math.random\n"
    "local sockets, selecting = {}, {}\n"

    /* A socket with the books about it. */
    "local function new()\n"
    "  local s = socket.tcp4()\n"
    "  s:connect('192.0.2.1', 80)\n"
    "  wire.writable(s:fileno(), false)\n"
    "  return { s = s, fd = s:fileno(), bytes = 0, writable = false }\n"
    "end\n"

    "local function can_read(r) return r.closed or r.bytes > 0 end\n"
    "local function can_write(r) return r.closed or r.writable end\n"

    /* Some of the sockets, as they are or in an object of the script. */
    "local function some()\n"
    "  local list, records = {}, {}\n"
    "  for i = 1, random(0, SOCKETS) do\n"
    "    local r = sockets[random(SOCKETS)]\n"
    "    local o = { getfd = function() return r.fd end }\n"
    "    list[i] = random(3) == 1 and o or r.s\n"
    "    records[list[i]] = r\n"
    "  end\n"
    "  return list, records\n"
    "end\n"

    "local function demand(got, list, records, can)\n"
    "  local count = 0\n"
    "  for i, object in ipairs(got) do\n"
    "    assert(got[object] == i, 'no map')\n"
    "  end\n"
    "  for object, r in pairs(records) do\n"
    "    local is = got[object] ~= nil\n"
    "    assert(is == not not can(r), is and 'not ready' or 'forgotten')\n"
    "    count = count + (is and 1 or 0)\n"
    "  end\n"
    "  assert(count == #got, 'too many')\n"
    "  return count\n"
    "end\n"

    "local function select_once(me)\n"
    "  local reads, r = some()\n"
    "  local writes, w = some()\n"
    "  local t = random(4) > 1 and random(0, 30) / 8 or nil\n"
    "  me.reads, me.writes, me.deadline = r, w, t and now() + t\n"
    "  local readable, writable, why = socket.select(reads, writes, t)\n"
    "  me.reads, me.writes = {}, {}\n"
    "  local count = demand(readable, reads, r, can_read) +\n"
    "    demand(writable, writes, w, can_write)\n"
    "  assert((why == 'timeout') == (count == 0), why)\n"
    "  assert(count > 0 or now() == me.deadline, 'late, or early')\n"
    "  timer.sleep(random(0, 8) / 8)\n"
    "end\n"

    "local function spawn_selector(i)\n"
    "  local me = { reads = {}, writes = {} }\n"
    "  selecting[i] = me\n"
    "  me.thread = thread.spawn({ daemon = true }, function()\n"
    "    while true do select_once(me) end\n"
    "  end)\n"
    "end\n"

    "local function spawn_reader(r)\n"
    "  thread.spawn({ daemon = true }, function()\n"
    "    if r.s:recv(1) then r.bytes = r.bytes - 1 end\n"
    "  end)\n"
    "end\n"

    "local world = {\n"
    "  function(r) wire.text('x', r.fd) r.bytes = r.bytes + 1 end,\n"
    "  function(r)\n"
    "    r.writable = not r.writable\n"
    "    wire.writable(r.fd, r.writable)\n"
    "  end,\n"
    "  function(r) if r.bytes > 0 then spawn_reader(r) end end,\n"
    "  spawn_reader,\n"
    "  function(r, i)\n"
    "    timer.sleep(1 / 64)\n" /* whoever reads has read */
    "    while r.bytes > 0 do r.s:recv(1) r.bytes = r.bytes - 1 end\n"
    "    r.s:close()\n"
    "    r.closed = true\n"
    "    sockets[i] = new()\n"
    "  end,\n"
    "  function()\n"
    "    local i = random(THREADS)\n"
    "    selecting[i].thread:cancel()\n"
    "    spawn_selector(i)\n"
    "  end,\n"
    "  function() collectgarbage() end,\n"
    "}\n"

    /* Everybody has run: who still selects has to. */
    "local function check()\n"
    "  for _, me in ipairs(selecting) do\n"
    "    if me.thread:waiting_for() == 'select' then\n"
    "      for _, r in pairs(me.reads) do\n"
    "        assert(not can_read(r), 'not woken to read')\n"
    "      end\n"
    "      for _, r in pairs(me.writes) do\n"
    "        assert(not can_write(r), 'not woken to write')\n"
    "      end\n"
    "      assert(not me.deadline or now() <= me.deadline)\n"
    "    end\n"
    "  end\n"
    "end\n"

    "for i = 1, SOCKETS do sockets[i] = new() end\n"
    "for i = 1, THREADS do spawn_selector(i) end\n"
    "for _ = 1, STEPS do\n"
    "  for _ = 1, random(3) do\n"
    "    local i = random(SOCKETS)\n"
    "    world[random(#world)](sockets[i], i)\n"
    "    if random(2) == 1 then timer.sleep(1 / 64) end\n"
    "  end\n"
    "  timer.sleep(random(8) / 8 + 1 / 128)\n"
    "  check()\n"
    "end\n"
    "print('done')\n";

static void select_gives_what_is_ready_when_it_is(void **state)
{
    static struct luafixture fx;
    static char text[SIZE];
    uint64_t last = 0;

    for (uint64_t seed = chance_seeds(PROGRAMS, &last); seed <= last; seed++) {
        int len = snprintf(text, sizeof text, "math.randomseed(%llu)\n%s",
                           (unsigned long long)seed, program);
        assert_in_range(len, 1, sizeof text - 1);
        luafixture_begin(&fx);
        luafixture_run(&fx, text);
        if (strcmp(fx.err, "") != 0 || strcmp(fx.out, "done\n") != 0)
            fail_msg("NB_SEED=%llu: %s", (unsigned long long)seed, fx.err);
        fx.broken = true; /* bytes may be left */
        luafixture_end(&fx);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(select_gives_what_is_ready_when_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
