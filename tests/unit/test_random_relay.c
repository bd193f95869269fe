/*
 * socket.relay on a random network: slow, with room for little, "not now" when
 * it was ready and ready when it is not, pipes that cannot be had and splices
 * that are refused. The relay is broken off again and again, with bytes on
 * their way, and begun anew.
 *
 * Whatever happens, each side gets what the other one has sent, and its end.
 * A failure prints its seed: NB_SEED=n repeats it.
 */
#include "support/luafixture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "net/net.h"
#include "support/watchdog.h"

enum { PROGRAMS = 250 };

static const char program[] =
    "local seed = ...\n"
    "math.randomseed(seed)\n"
    "local random = math.random\n"

    /* No two places of it look the same. */
    "local function make_text(name)\n"
    "  local words = {}\n"
    "  for i = 1, random(3000) do words[i] = name .. i end\n"
    "  return table.concat(words, ' ')\n"
    "end\n"

    "local function write(s, text)\n"
    "  local at = 1\n"
    "  while at <= #text do\n"
    "    local last = at + random(4000)\n"
    "    assert(s:send(text:sub(at, last)))\n"
    "    at = last + 1\n"
    "    if random(4) == 1 then timer.sleep(random()) end\n"
    "  end\n"
    "  s:shutdown('send')\n"
    "end\n"

    "local function read(s, text)\n"
    "  if random(2) == 1 then timer.sleep(random() * 4) end\n"
    "  local pieces = {}\n"
    "  local piece, _, code = s:recv(random(4000))\n"
    "  while piece do\n"
    "    pieces[#pieces + 1] = piece\n"
    "    if random(4) == 1 then timer.sleep(random()) end\n"
    "    piece, _, code = s:recv(random(4000))\n"
    "  end\n"
    "  assert(code == 'EOF' and table.concat(pieces) == text, 'wrong bytes')\n"
    "end\n"

    "local a, b = assert(socket.socketpair())\n"
    "local c, d = assert(socket.socketpair())\n"
    "local there, back = make_text('there'), make_text('back')\n"
    "local ends = { thread.spawn(write, a, there), thread.spawn(read, d, "
    "there),"
    "  thread.spawn(write, d, back), thread.spawn(read, a, back) }\n"

    "local function relay()\n"
    "  local s = random(3) == 1 and b or c\n"
    "  s:settimeout(random(3) == 1 and random() / 2 or nil)\n"
    "  return true, socket.relay(b, c)\n"
    "end\n"
    "local ab, ba = 0, 0\n"
    "local ok, first, message, code, n, m\n"
    "repeat\n"
    "  local t = thread.spawn(relay)\n"
    "  ok, _, first, message, code, n, m = t:join(random() * 2)\n"
    "  if not ok then\n"
    "    first = nil\n"
    "    t:cancel()\n"
    "    t:join()\n"
    "  elseif not first then\n"
    "    assert(code == 'ETIMEDOUT', message)\n"
    "    ab, ba = ab + n, ba + m\n"
    "  end\n"
    "until first\n"
    "for _, t in ipairs(ends) do assert(t:join()) end\n"
    "assert(ab + first <= #there and ba + message <= #back, 'too many')\n";

static int judge(void *context, enum lan_op op, int fd)
{
    struct chance *chance = context;
    bool moves = op == LAN_SEND || op == LAN_RECV || op == LAN_SPLICE;

    if (op == LAN_PIPE && chance_below(chance, 4) == 0)
        return -EMFILE;
    if (op == LAN_SPLICE && chance_below(chance, 300) == 0)
        return -EINVAL;
    if (moves && chance_below(chance, 8) == 0)
        return -EAGAIN;
    if ((moves || op == LAN_DRAIN) && chance_below(chance, 4) == 0)
        return 1 + (int)chance_below(chance, 200);
    return LAN_GO;
}

static int64_t travel(void *context)
{
    return 1 + (int64_t)chance_below(context, 50000000);
}

static void run(uint64_t seed)
{
    struct chance chance = {seed};
    const struct lan_rules rules = {
        .judge = judge, .delay = travel, .context = &chance};
    static struct luafixture fx;
    char chunk[sizeof program + 64];

    luafixture_begin_lan(&fx, &rules);
    snprintf(chunk, sizeof chunk, "(function(...) %s end)(%llu)", program,
             (unsigned long long)seed);
    watchdog_set("it hangs; repeat with NB_SEED=%llu",
                 (unsigned long long)seed);
    int rc = luafixture_run(&fx, chunk);
    watchdog_clear();
    if (rc != 0 || *fx.err != '\0')
        fail_msg("%srepeat with NB_SEED=%llu", fx.err,
                 (unsigned long long)seed);
    luafixture_end(&fx);
}

static void no_byte_is_lost_however_often_it_is_broken_off(void **state)
{
    uint64_t last;

    for (uint64_t seed = chance_seeds(PROGRAMS, &last); seed <= last; seed++)
        run(seed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_byte_is_lost_however_often_it_is_broken_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
