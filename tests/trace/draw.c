/*
 * Draws a trace that was made by hand (support/story):
 *
 *     draw NAME FILE [stable]
 */
#include <string.h>

#include "support/story.h"

int main(int argc, char **argv)
{
    if (argc < 3)
        return 2;
    return story_draw(argv[1], argv[2], argc > 3) ? 0 : 1;
}
