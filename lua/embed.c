/*
 * Turns Lua files into one C file, when netbox is built:
 *
 *     embed embed.c roles.lua repr.lua ...
 *
 * For each an array, of the chunk as Lua has compiled it, and the table of them
 * that src/bind/embed.h declares. A module has its file's name. A start of
 * netbox would spend more on compiling them than on all else. Names and lines
 * are stripped, so that no error that a script meets shows one of netbox's.
 */
#include <lauxlib.h>
#include <lua.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct input {
    FILE *file;
    char piece[4096];
};

static const char *read_piece(lua_State *L, void *context, size_t *len)
{
    struct input *input = context;

    (void)L;
    *len = fread(input->piece, 1, sizeof input->piece, input->file);
    return input->piece;
}

static int write_piece(lua_State *L, const void *piece, size_t len,
                       void *context)
{
    const unsigned char *bytes = piece;

    (void)L;
    for (size_t i = 0; i < len; i++)
        fprintf(context, "%u,%s", bytes[i], i % 16 == 15 ? "\n" : "");
    return 0;
}

/* Writes the array of the file; false, with a message, where that fails. */
static bool embed(lua_State *L, FILE *out, const char *path, int number)
{
    struct input input = {.file = fopen(path, "r")};

    if (input.file == NULL) {
        perror(path);
        return false;
    }
    int status = lua_load(L, read_piece, &input, path, "t");
    fclose(input.file);
    if (status != LUA_OK) {
        fprintf(stderr, "%s: %s\n", path, lua_tostring(L, -1));
        return false;
    }
    fprintf(out, "static const unsigned char module_%d[] = {\n", number);
    lua_dump(L, write_piece, out, 1);
    fputs("};\n", out);
    lua_pop(L, 1);
    return true;
}

/* Writes the line of the table for the file. */
static void list(FILE *out, const char *path, int number)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;

    fprintf(out, "    {\"%.*s\", (const char *)module_%d, sizeof module_%d},\n",
            (int)strcspn(name, "."), name, number, number);
}

int main(int argc, char **argv)
{
    lua_State *L = luaL_newstate();
    FILE *out = argc > 2 ? fopen(argv[1], "w") : NULL;
    bool good = L != NULL && out != NULL;

    if (!good)
        perror(argv[0]);
    else
        fputs("/* Made by lua/embed.c. */\n#include \"bind/embed.h\"\n\n", out);
    for (int i = 2; good && i < argc; i++)
        good = embed(L, out, argv[i], i);
    if (good)
        fputs("\nconst struct nb_embed nb_embed_modules[] = {\n", out);
    for (int i = 2; good && i < argc; i++)
        list(out, argv[i], i);
    if (good)
        fprintf(out, "};\nconst size_t nb_embed_count = %d;\n", argc - 2);
    if (out != NULL && fclose(out) != 0)
        good = false;
    if (L != NULL)
        lua_close(L);
    return good ? 0 : 1;
}
