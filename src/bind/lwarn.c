/* Warnings: see lwarn.h. */
#include "bind/lwarn.h"

#include <stdio.h>
#include <string.h>

#include "bind/lsocket.h"
#include "bind/place.h"
#include "bind/report.h"
#include "bind/state.h"

static const char prefix[] = "netbox: warning: ";

/* How Lua begins those of errors in finalizers. */
static const char of_finalizer[] = "error in __gc";

/* Takes warn("@on") and warn("@off"); all else behind @ is for others. */
static void control(struct nb_lwarn *warn, const char *what)
{
    if (strcmp(what, "on") == 0)
        warn->level = NB_LWARN_ALL;
    else if (strcmp(what, "off") == 0)
        warn->level = NB_LWARN_NONE;
}

/* True if a warning is to be shown: what it says is behind the prefix. */
static bool is_wanted(const struct nb_lwarn *warn, const char *text)
{
    switch (warn->level) {
    case NB_LWARN_FINALIZERS:
        return strncmp(text, of_finalizer, sizeof of_finalizer - 1) == 0;
    case NB_LWARN_ALL:
        return true;
    case NB_LWARN_NONE:
        break;
    }
    return false;
}

/* Adds a part; what there is no memory for is left out. */
static void add(struct nb_buf *text, const char *part, size_t len)
{
    (void)nb_buf_append(text, part, len);
}

/* One of Lua's, or a part of it. Called by the collector: Lua must rest. */
static void on_warning(void *context, const char *part, int goes_on)
{
    struct nb_lua *lua = context;
    struct nb_lwarn *warn = &lua->warn;

    if (!warn->goes_on && !goes_on && *part == '@') {
        control(warn, part + 1);
        return;
    }
    if (!warn->goes_on)
        add(&warn->text, prefix, sizeof prefix - 1);
    add(&warn->text, part, strlen(part));
    warn->goes_on = goes_on != 0;
    if (goes_on)
        return;
    add(&warn->text, "", 1);
    const char *text = nb_buf_bytes(&warn->text);
    if (warn->text.len >= sizeof prefix &&
        is_wanted(warn, text + sizeof prefix - 1))
        nb_report_print(lua, text);
    nb_buf_deinit(&warn->text);
}

void nb_lwarn_open(lua_State *L, struct nb_lua *lua)
{
    nb_buf_init(&lua->warn.text);
    lua_setwarnf(L, on_warning, lua);
}

void nb_lwarn_all(struct nb_lua *lua)
{
    lua->warn.level = NB_LWARN_ALL;
    lua->warn.sockets = true;
}

void nb_lwarn_note_socket(lua_State *L, struct nb_lua *lua)
{
    char text[NB_PLACE_TEXT];

    if (!lua->warn.sockets)
        return;
    struct nb_place place = nb_place_here(L, lua);
    nb_place_format(&place, text);
    nb_place_drop(&place);
    lua_pushstring(L, text);
    lua_setiuservalue(L, -2, 1);
}

void nb_lwarn_forgotten(lua_State *L, struct nb_lua *lua,
                        struct nb_socket *sock)
{
    char text[NB_LSOCKET_TEXT];
    char line[NB_PLACE_TEXT + NB_LSOCKET_TEXT + 64];

    if (!lua->warn.sockets || sock->fd < 0)
        return;
    lua_getiuservalue(L, 1, 1);
    const char *place = lua_tostring(L, -1);
    bool known = place != NULL && *place != '\0';
    nb_lsocketinfo_format(sock, text);
    snprintf(line, sizeof line, "netbox: %s%sthis socket was never closed (%s)",
             known ? place : "", known ? ": " : "", text);
    nb_report_print(lua, line);
    lua_pop(L, 1);
}

void nb_lwarn_deinit(struct nb_lwarn *warn)
{
    nb_buf_deinit(&warn->text);
}
