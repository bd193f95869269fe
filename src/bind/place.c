/* A line of the script: see place.h. */
#include "bind/place.h"

#include <stdio.h>
#include <string.h>

#include "bind/lcoroutine.h"
#include "bind/state.h"
#include "util/alloc.h"
#include "util/list.h"

/* Frames that are looked at: what is in the way is a pcall or the like. */
enum { DEPTH = 8 };

/* The name of a chunk, as Lua shows it, and how many places are in it. */
struct nb_source {
    struct nb_list link; /* among the state's, the last used first */
    size_t uses;
    char name[LUA_IDSIZE];
};

bool nb_place_is_script(const lua_Debug *frame)
{
    return *frame->what != 'C' && frame->currentline >= 0;
}

/* Finds the innermost frame of the script, from `level` of `co` outwards. */
static bool find_frame(lua_State *co, int level, lua_Debug *frame)
{
    for (; co != NULL; co = nb_lcoroutine_resumer(co), level = 0) {
        for (; level < DEPTH && lua_getstack(co, level, frame); level++) {
            lua_getinfo(co, "Sl", frame);
            if (nb_place_is_script(frame))
                return true;
        }
    }
    return false;
}

static struct nb_source *source_at(struct nb_list *link)
{
    return NB_CONTAINER_OF(link, struct nb_source, link);
}

/* The source of that name, moved to the front; NULL if there is none. */
static struct nb_source *find_source(struct nb_list *sources, const char *name)
{
    for (struct nb_list *link = sources->next; link != sources;
         link = link->next) {
        if (strcmp(source_at(link)->name, name) != 0)
            continue;
        if (link != sources->next) {
            nb_list_remove(link);
            nb_list_push(sources->next, link);
        }
        return source_at(link);
    }
    return NULL;
}

/*
 * Frees those without a place. They are kept till a new one comes: a script
 * that spawns and ends thread by thread would make its only one each time.
 */
static void free_unused(struct nb_list *sources)
{
    struct nb_list *link = sources->next;

    while (link != sources) {
        struct nb_source *source = source_at(link);
        link = link->next;
        if (source->uses > 0)
            continue;
        nb_list_remove(&source->link);
        nb_free(source);
    }
}

/* Makes a source; NULL where there is no memory. */
static struct nb_source *new_source(struct nb_list *sources, const char *name)
{
    free_unused(sources);
    struct nb_source *source = nb_malloc(sizeof *source);
    if (source == NULL)
        return NULL;
    source->uses = 0;
    memcpy(source->name, name, strlen(name) + 1);
    nb_list_init(&source->link);
    nb_list_push(sources->next, &source->link);
    return source;
}

bool nb_place_find(lua_State *L, lua_Debug *frame)
{
    return find_frame(L, 0, frame);
}

struct nb_place nb_place_here(lua_State *L, struct nb_lua *lua)
{
    lua_Debug frame;

    if (!find_frame(L, 1, &frame))
        return (struct nb_place){.line = 0};
    struct nb_source *source = find_source(&lua->sources, frame.short_src);
    if (source == NULL)
        source = new_source(&lua->sources, frame.short_src);
    if (source != NULL)
        source->uses++;
    return (struct nb_place){.source = source, .line = frame.currentline};
}

struct nb_place nb_place_copy(const struct nb_place *place)
{
    if (place->source != NULL)
        place->source->uses++;
    return *place;
}

void nb_place_drop(struct nb_place *place)
{
    if (place->source != NULL)
        place->source->uses--;
    place->source = NULL;
}

void nb_place_deinit(struct nb_lua *lua)
{
    free_unused(&lua->sources);
}

void nb_place_format(const struct nb_place *place, char text[NB_PLACE_TEXT])
{
    *text = '\0';
    if (place->source != NULL)
        snprintf(text, NB_PLACE_TEXT, "%s:%d", place->source->name,
                 place->line);
}
