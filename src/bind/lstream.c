/*
 * Moving bytes: send and recv on any socket, and the readers of a stream:
 * receive with LuaSocket's patterns, recvuntil, lines.
 *
 * What a reader has collected stays in the socket's buffer over its waits, so
 * a time-out or a cancellation loses nothing.
 */
#include <errno.h>
#include <string.h>

#include "bind/fail.h"
#include "bind/lsocket.h"
#include "bind/state.h"
#include "net/datagram.h"
#include "net/extra.h"
#include "util/err.h"

static const struct nb_reader_delimiter newline = {
    .bytes = "\n",
    .len = 1,
    .max = SIZE_MAX,
};

/* Receives into the state's scratch space. Bytes, or what to wait for. */
static int receive_some(struct nb_lua *lua, struct nb_socket *sock,
                        struct nb_lthread *t, size_t max)
{
    struct nb_received info;

    if (!nb_lsocket_may_try(sock, NB_READ, t) ||
        (nb_lsocket_is_drained(sock, t) && !nb_socket_is_ahead(sock)))
        return NB_WANT_READ;
    if (max > NB_SCRATCH)
        max = NB_SCRATCH;
    if (sock->type == SOCK_STREAM)
        return nb_socket_recv(sock, lua->scratch, max);
    return nb_datagram_receive(sock, lua->scratch, max, &info);
}

/* Receives for the call of `function`: data | nil, message, code. Waits. */
static int receive(lua_State *L, lua_CFunction function)
{
    struct nb_socket *sock = nb_lsocket_at(L, 1);
    size_t max = nb_lsocket_max(L, 2);
    struct nb_lthread *t = nb_lwait_enter(L, function);
    struct nb_lua *lua = nb_lua_at(t);
    int n = receive_some(lua, sock, t, max);

    if (n == NB_WANT_READ)
        n = nb_lsocket_wait(L, t, sock, n, "recv");
    nb_lwait_leave(t);
    if (n < 0)
        return nb_fail(L, "recv", NULL, n);
    lua_pushlstring(L, lua->scratch, (size_t)n);
    return 1;
}

/* sock:recv([max]) -> data | nil, message, code. May wait. */
static int sock_recv(lua_State *L)
{
    return receive(L, sock_recv);
}

/* What send has to send: bytes `first` to `last` - 1 of a string. */
struct range {
    const char *data;
    size_t first;
    size_t last;
};

/* Reads data, i and j as string.sub does. */
static struct range check_range(lua_State *L)
{
    size_t len = 0;
    const char *data = luaL_checklstring(L, 2, &len);

    if (lua_gettop(L) == 2)
        return (struct range){data, 0, len};
    lua_Integer size = (lua_Integer)len;
    lua_Integer i = luaL_optinteger(L, 3, 1);
    lua_Integer j = luaL_optinteger(L, 4, -1);

    if (i < 0)
        i = i < -size ? 1 : size + i + 1;
    if (j < 0)
        j = j < -size ? 0 : size + j + 1;
    if (i < 1)
        i = 1;
    if (j > size)
        j = size;
    if (i > j)
        return (struct range){data, (size_t)j, (size_t)j};
    return (struct range){data, (size_t)i - 1, (size_t)j};
}

/* Sends the rest of the range. 0 when all is sent, else what it wants. */
static inline int send_rest(struct nb_socket *sock, struct nb_lthread *t,
                            const struct range *range)
{
    if (!nb_lsocket_may_try(sock, NB_WRITE, t))
        return NB_WANT_WRITE;
    for (;;) {
        size_t at = range->first + t->call.done;
        int n = nb_socket_send(sock, range->data + at, range->last - at);
        if (n < 0)
            return n;
        t->call.done += (size_t)n;
        if (range->first + t->call.done >= range->last)
            return 0;
    }
}

/* Sends all of the range. 0 or an error; waits. */
static inline int send_all(lua_State *L, struct nb_lthread *t,
                           struct nb_socket *sock, const struct range *range)
{
    int rc = sock->closed ? -EBADF : 0;

    if (rc == 0 && sock->type != SOCK_STREAM && sock->fd < 0)
        rc = -EDESTADDRREQ;
    if (rc == 0 && (range->first < range->last || sock->type != SOCK_STREAM))
        rc = send_rest(sock, t, range);
    if (rc == NB_WANT_WRITE)
        rc = nb_lsocket_wait(L, t, sock, rc, "send");
    nb_lwait_leave(t);
    return rc;
}

/* sock:send(data [, i [, j]]) -> last index sent | nil, message, last, code */
static int sock_send(lua_State *L)
{
    struct nb_socket *sock = nb_lsocket_at(L, 1);
    struct range range = check_range(L);
    struct nb_lthread *t = nb_lwait_enter(L, sock_send);
    int rc = send_all(L, t, sock, &range);
    lua_Integer sent = (lua_Integer)t->call.done;

    if (sock->type == SOCK_STREAM)
        sent += (lua_Integer)range.first;
    if (rc < 0) {
        nb_fail(L, "send", NULL, rc);
        lua_pushinteger(L, sent);
        lua_insert(L, -2);
        return 4;
    }
    lua_pushinteger(L, sent);
    return 1;
}

/* sock:sendall(data) -> true | nil, message, code. May wait. */
static int sock_sendall(lua_State *L)
{
    struct nb_socket *sock = nb_lsocket_at(L, 1);
    struct range range = check_range(L);
    struct nb_lthread *t = nb_lwait_enter(L, sock_sendall);
    int rc = send_all(L, t, sock, &range);

    if (rc < 0)
        return nb_fail(L, "sendall", NULL, rc);
    lua_pushboolean(L, true);
    return 1;
}

/* What a reader reads. */
struct pattern {
    char kind;     /* 'l', 'a' or 'n' */
    bool prefixed; /* argument 3 comes before it */
    size_t len;    /* bytes, for 'n' */
    size_t end;    /* bytes behind it that are taken and not given */
};

/* The letter of "*l" or "l", "*a" or "a"; 0 if the text is neither. */
static char pattern_letter(const char *text)
{
    text += *text == '*';
    return (*text == 'l' || *text == 'a') && text[1] == '\0' ? *text : '\0';
}

/* A numeral is a number; that a name is none is not worth Lua's trying. */
static struct pattern check_pattern(lua_State *L)
{
    int type = lua_type(L, 2);
    const char *text = type <= LUA_TNIL ? "l" : "";

    if (type == LUA_TSTRING)
        text = lua_tostring(L, 2);
    char letter = pattern_letter(text);
    if (letter != '\0')
        return (struct pattern){letter, true, 0, letter == 'l'};
    if (!lua_isnumber(L, 2)) {
        luaL_checkstring(L, 2);
        luaL_argerror(L, 2, "invalid receive pattern");
    }
    int is_integer = 0;
    lua_Integer len = lua_tointegerx(L, 2, &is_integer);
    luaL_argcheck(L, is_integer && len >= 0, 2, "invalid receive pattern");
    return (struct pattern){'n', true, (size_t)len, 0};
}

/* Copies a line without its carriage returns, as LuaSocket does. */
static size_t copy_line(char *place, const char *line, size_t len)
{
    const char *end = line + len;
    size_t copied = 0;

    for (;;) {
        const char *cr = memchr(line, '\r', (size_t)(end - line));
        size_t run = (size_t)((cr == NULL ? end : cr) - line);
        memcpy(place + copied, line, run);
        copied += run;
        if (cr == NULL)
            return copied;
        line = cr + 1;
    }
}

/* Bytes that were read ahead. */
static size_t ahead_of(const struct nb_socket *sock)
{
    return nb_reader_len(&nb_extra_of(sock)->reader);
}

/* Copies the piece, the first `len` bytes, and takes it. Its length. */
static size_t take_piece(struct nb_socket *sock, const struct pattern *pattern,
                         size_t len, char *place)
{
    const struct nb_reader *reader = &nb_extra_of(sock)->reader;
    size_t left = nb_reader_len(reader);
    const char *bytes = nb_reader_bytes(reader);
    size_t taken = len + pattern->end;

    if (pattern->kind == 'l')
        len = copy_line(place, bytes, len);
    else
        memcpy(place, bytes, len);
    if (sock->extra != NULL)
        nb_reader_drop(&sock->extra->reader, taken < left ? taken : left);
    return len;
}

/*
 * Pushes the first `len` bytes of the buffer, behind the prefix at argument 3
 * if the pattern has one, and takes them with what ends the piece. A small
 * piece is taken before it is pushed. For a large one room is made first: that
 * may run a finalizer which closes the socket, and then there is nothing to
 * push and false is returned.
 */
static bool push_piece(lua_State *L, struct nb_socket *sock,
                       const struct pattern *pattern, size_t len)
{
    luaL_Buffer text;
    size_t before = 0;
    const char *prefix =
        pattern->prefixed ? luaL_optlstring(L, 3, "", &before) : "";

    if (before == 0 && len <= NB_SCRATCH) {
        char *scratch = nb_lua_of(L)->scratch;
        len = take_piece(sock, pattern, len, scratch);
        lua_pushlstring(L, scratch, len);
        return true;
    }
    char *place = luaL_buffinitsize(L, &text, before + len);
    if (ahead_of(sock) < len)
        return false;
    memcpy(place, prefix, before);
    before += take_piece(sock, pattern, len, place + before);
    luaL_pushresultsize(&text, before);
    return true;
}

/* Where a reader gets more from; NULL if there is no more now. */
static struct nb_stream *source(struct nb_socket *sock,
                                const struct nb_lthread *t)
{
    return nb_lsocket_is_drained(sock, t) ? NULL : &sock->stream;
}

/* 0 and the reader, if `t` may read pieces now; or what it wants, an error. */
static int make_ready(struct nb_socket *sock, const struct nb_lthread *t,
                      struct nb_reader **reader)
{
    if (sock->closed)
        return -EBADF;
    if (!nb_lsocket_may_try(sock, NB_READ, t))
        return NB_WANT_READ;
    struct nb_extra *extra = nb_extra_need(sock);
    if (extra == NULL)
        return -ENOMEM;
    *reader = &extra->reader;
    return 0;
}

/* Collects what the pattern asks for. 0 and its length, or what it wants. */
static int collect(struct nb_socket *sock, const struct nb_lthread *t,
                   const struct pattern *pattern, size_t *len)
{
    struct nb_reader *reader = NULL;
    struct nb_stream *stream = source(sock, t);
    int ready = make_ready(sock, t, &reader);

    if (ready < 0)
        return ready;
    if (pattern->kind == 'l')
        return nb_reader_find(reader, stream, &newline, len);
    if (pattern->kind == 'n') {
        *len = pattern->len;
        return nb_reader_need(reader, stream,
                              pattern->len > 0 ? pattern->len : 1);
    }
    int rc = nb_reader_all(reader, stream);
    *len = nb_reader_len(reader);
    return rc == 0 && *len == 0 ? NB_EOF : rc;
}

/* nil, message, what was received of the piece, code */
static int push_partial(lua_State *L, struct nb_socket *sock,
                        const struct pattern *pattern, int rc)
{
    nb_fail(L, "receive", NULL, rc);
    if (!push_piece(L, sock, pattern, ahead_of(sock)))
        lua_pushliteral(L, "");
    lua_insert(L, -2);
    return 4;
}

/* One datagram, for the call of `function`: receive([size]) on UDP. */
static int receive_datagram(lua_State *L, lua_CFunction function)
{
    if (nb_lsocket_at(L, 1)->closed)
        lua_settop(L, 1);
    int results = receive(L, function);
    if (results == 1)
        return 1;
    lua_pushliteral(L, "");
    lua_insert(L, -2);
    return 4;
}

/*
 * sock:receive([pattern [, prefix]]) -> data | nil, message, partial, code.
 * May wait.
 */
static int sock_receive(lua_State *L)
{
    struct nb_socket *sock = nb_lsocket_at(L, 1);
    size_t prefix = 0;
    size_t len = 0;

    if (sock->type != SOCK_STREAM)
        return receive_datagram(L, sock_receive);
    struct pattern pattern = check_pattern(L);
    pattern.prefixed = !lua_isnoneornil(L, 3);
    if (pattern.prefixed)
        luaL_checklstring(L, 3, &prefix);
    bool enough = pattern.kind == 'n' && prefix > 0 && prefix >= pattern.len;
    if (enough) {
        lua_settop(L, 3);
        return 1;
    }
    if (pattern.kind == 'n')
        pattern.len -= prefix;
    struct nb_lthread *t = nb_lwait_enter(L, sock_receive);
    int rc = collect(sock, t, &pattern, &len);
    if (nb_err_wants(rc))
        rc = nb_lsocket_wait(L, t, sock, rc, "receive");
    nb_lwait_leave(t);
    if (rc < 0)
        return push_partial(L, sock, &pattern, rc);
    if (!push_piece(L, sock, &pattern, len))
        return push_partial(L, sock, &pattern, -EBADF);
    return 1;
}

/*
 * sock:recvuntil(delimiter [, max]) -> data | nil, message, code. May wait.
 */
static int sock_recvuntil(lua_State *L)
{
    struct nb_socket *sock = nb_lsocket_at(L, 1);
    struct nb_reader_delimiter delimiter = {.max = SIZE_MAX};
    size_t len = 0;

    delimiter.bytes = luaL_checklstring(L, 2, &delimiter.len);
    luaL_argcheck(L, delimiter.len > 0, 2, "delimiter must not be empty");
    if (!lua_isnoneornil(L, 3))
        delimiter.max = nb_lsocket_max(L, 3);
    struct nb_lthread *t = nb_lwait_enter(L, sock_recvuntil);
    struct nb_reader *reader = NULL;
    int rc = make_ready(sock, t, &reader);
    if (rc == 0)
        rc = nb_reader_find(reader, source(sock, t), &delimiter, &len);
    if (nb_err_wants(rc))
        rc = nb_lsocket_wait(L, t, sock, rc, "recvuntil");
    nb_lwait_leave(t);
    if (rc == 0) {
        struct pattern piece = {'n', .end = delimiter.len};
        if (push_piece(L, sock, &piece, len))
            return 1;
        rc = -EBADF;
    }
    nb_fail(L, "recvuntil", NULL, rc);
    if (rc == -EMSGSIZE) {
        lua_pushfstring(L, "delimiter not found within %I bytes",
                        (LUAI_UACINT)delimiter.max);
        lua_replace(L, -3);
    }
    return 3;
}

/* The iterator of lines: the next line, nil at the end, else it raises. */
static int next_line(lua_State *L)
{
    struct nb_socket *sock = nb_lsocket_at(L, 1);
    struct pattern pattern = {'l', .end = 1};
    size_t len = 0;
    struct nb_lthread *t = nb_lwait_enter(L, next_line);
    int rc = collect(sock, t, &pattern, &len);

    if (nb_err_wants(rc))
        rc = nb_lsocket_wait(L, t, sock, rc, "a line");
    nb_lwait_leave(t);
    if (rc == NB_EOF) {
        len = ahead_of(sock);
        if (len == 0)
            return 0;
        rc = 0;
    }
    if (rc == 0 && push_piece(L, sock, &pattern, len))
        return 1;
    if (rc == 0)
        rc = -EBADF;
    nb_fail_note(L, "lines", NULL, rc);
    lua_pushstring(L, nb_fail_message(rc));
    return lua_error(L);
}

/* for line in sock:lines() do */
static int sock_lines(lua_State *L)
{
    nb_lsocket_at(L, 1);
    lua_pushcfunction(L, next_line);
    lua_pushvalue(L, 1);
    return 2;
}

const luaL_Reg nb_lstream_methods[] = {
    {"lines", sock_lines}, {"receive", sock_receive},
    {"recv", sock_recv},   {"recvuntil", sock_recvuntil},
    {"send", sock_send},   {"sendall", sock_sendall},
    {NULL, NULL},
};
