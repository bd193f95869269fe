/* Requests and their words: see request.h. */
#include "guard/request.h"

#include <stdio.h>
#include <string.h>

#include "guard/path.h"

enum {
    SHOWN = 160, /* bytes of a path or name that a sentence shows */
    VALUE = 2 * SHOWN + sizeof "...",
};

/* What stands for a line that is not one plain command. */
static const char shell[] = "sh";

static enum nb_grant grant_of(enum nb_right right)
{
    static const enum nb_grant grants[] = {
        [NB_RIGHT_CONNECT] = NB_GRANT_NET,
        [NB_RIGHT_SEND] = NB_GRANT_NET,
        [NB_RIGHT_LISTEN] = NB_GRANT_LISTEN,
        [NB_RIGHT_ACCEPT] = NB_GRANT_LISTEN,
        [NB_RIGHT_GROUP] = NB_GRANT_NET,
        [NB_RIGHT_NAME] = NB_GRANT_NET,
        [NB_RIGHT_UNIX] = NB_GRANT_UNIX,
        [NB_RIGHT_MAKE] = NB_GRANT_UNIX,
        [NB_RIGHT_RAW] = NB_GRANT_RAW,
        [NB_RIGHT_ECHO] = NB_GRANT_RAW,
        [NB_RIGHT_LOAD] = NB_GRANT_READ,
        [NB_RIGHT_READ] = NB_GRANT_READ,
        [NB_RIGHT_WRITE] = NB_GRANT_WRITE,
        [NB_RIGHT_ENV] = NB_GRANT_ENV,
        [NB_RIGHT_RUN] = NB_GRANT_RUN,
        [NB_RIGHT_NATIVE] = NB_GRANT_NATIVE,
    };
    return grants[right];
}

/* The words round what is asked for. */
static const char *words_of(enum nb_right right)
{
    static const char *const words[] = {
        [NB_RIGHT_CONNECT] = "connect to ",
        [NB_RIGHT_SEND] = "send to ",
        [NB_RIGHT_LISTEN] = "listen on ",
        [NB_RIGHT_ACCEPT] = "listen on ",
        [NB_RIGHT_GROUP] = "join of ",
        [NB_RIGHT_NAME] = "look-up of ",
        [NB_RIGHT_UNIX] = "unix socket ",
        [NB_RIGHT_MAKE] = "",
        [NB_RIGHT_RAW] = "",
        [NB_RIGHT_ECHO] = "",
        [NB_RIGHT_LOAD] = "read of ",
        [NB_RIGHT_READ] = "read of ",
        [NB_RIGHT_WRITE] = "write of ",
        [NB_RIGHT_ENV] = "environment variable ",
        [NB_RIGHT_RUN] = "run of ",
        [NB_RIGHT_NATIVE] = "C module ",
    };
    return words[right];
}

/*
 * Copies at most SHOWN bytes, those that a terminal could take for commands
 * as '?'; a comma twice where it would part two values of a flag.
 */
static void neutralize(char *to, const char *from, size_t len, bool as_value)
{
    size_t shown = len < SHOWN ? len : SHOWN;

    for (size_t i = 0; i < shown; i++) {
        *to++ = from[i] >= ' ' && from[i] <= '~' ? from[i] : '?';
        if (as_value && from[i] == ',')
            *to++ = ',';
    }
    memcpy(to, len > shown ? "..." : "", len > shown ? 4 : 1);
}

/*
 * The text of a unix address, "@" in front of an abstract name; returns its
 * length, for there may be zero bytes in it.
 */
static size_t unix_text(char text[NB_ADDR_TEXT], const struct nb_addr *addr)
{
    size_t len = 0;
    const char *path = nb_addr_path(addr, &len);

    memcpy(text, path, len);
    if (len == 0)
        len = 1;
    if (path[0] == '\0')
        text[0] = '@';
    text[len] = '\0';
    return len;
}

/* A path is judged by where it leads, an abstract name to the letter. */
static void take_unix(struct nb_request *request, const struct nb_addr *addr)
{
    size_t path_len = 0;
    char text[NB_ADDR_TEXT];
    bool abstract = *nb_addr_path(addr, &path_len) == '\0';
    size_t len = unix_text(text, addr);

    if (abstract)
        memcpy(request->text, text, len + 1);
    /* A name with a zero byte in it is none that a flag could spell. */
    if (abstract ? strlen(text) == len : nb_path_resolve(request->text, text))
        request->subject.text = request->text;
}

/* Such a text says itself what is asked for: "raw sockets". */
static bool is_said(enum nb_right right)
{
    return right == NB_RIGHT_RAW || right == NB_RIGHT_ECHO ||
           right == NB_RIGHT_MAKE;
}

static enum nb_portwise wise_of(enum nb_right right)
{
    if (right == NB_RIGHT_GROUP || right == NB_RIGHT_NAME)
        return NB_PORT_SOME;
    return right == NB_RIGHT_ACCEPT ? NB_PORT_CHOSEN : NB_PORT_EXACT;
}

void nb_request_addr(struct nb_request *request, enum nb_right right,
                     const struct nb_addr *addr)
{
    request->right = right;
    request->grant = grant_of(right);
    request->subject = (struct nb_subject){.wise = wise_of(right)};
    request->addr = addr;
    request->asked = NULL;
    if (right == NB_RIGHT_UNIX)
        take_unix(request, addr);
    else
        nb_endpoint_from(&request->subject.end, addr);
    if (request->subject.wise == NB_PORT_SOME)
        request->subject.end.port = 0;
}

/*
 * The program that a line for the shell runs: its first word, if there is
 * nothing in the line that the shell would not pass on as it is.
 */
static const char *program_of(char word[PATH_MAX], const char *line)
{
    static const char plain[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "abcdefghijklmnopqrstuvwxyz_-+./:,@%^ ";
    const char *start = line + strspn(line, " ");
    size_t len = strcspn(start, " ");

    if (len == 0 || len >= PATH_MAX || line[strspn(line, plain)] != '\0')
        return shell;
    memcpy(word, start, len);
    word[len] = '\0';
    return word;
}

/* Writing there changes the system, or netbox itself, not a file. */
static bool is_of_system(const char *real)
{
    return nb_path_is_below(real, "/proc") || nb_path_is_below(real, "/sys");
}

/* What is there is more than a file: memory, descriptors, devices. */
static bool is_special(const char *real)
{
    return is_of_system(real) || nb_path_is_below(real, "/dev");
}

void nb_request_path(struct nb_request *request, enum nb_right right,
                     const char *path, const char *real)
{
    request->right = right;
    request->grant = grant_of(right);
    request->subject = (struct nb_subject){.text = real};
    request->addr = NULL;
    request->asked = path;
    if (real == NULL)
        return;
    request->subject.exact = is_special(real);
    if (right == NB_RIGHT_WRITE && is_of_system(real))
        request->grant = NB_GRANT_NATIVE;
}

static void take_path(struct nb_request *request, const char *path)
{
    bool known = nb_path_resolve(request->text, path);

    nb_request_path(request, request->right, path,
                    known ? request->text : NULL);
}

void nb_request_text(struct nb_request *request, enum nb_right right,
                     const char *text)
{
    request->right = right;
    request->grant = grant_of(right);
    request->subject = (struct nb_subject){.wise = wise_of(right)};
    request->addr = NULL;
    request->asked = text;
    if (right == NB_RIGHT_NAME)
        request->subject.name = text;
    else if (right == NB_RIGHT_RUN)
        request->subject.text = program_of(request->text, text);
    else if (right == NB_RIGHT_ENV)
        request->subject.text = text;
    else if (right != NB_RIGHT_NATIVE && !is_said(right))
        take_path(request, text);
}

/* Writes "192.0.2.1:80", "[::1]:80" or "192.0.2.1". */
static void say_endpoint(const struct nb_request *request,
                         char text[NB_NETRULE_TEXT])
{
    const struct nb_endpoint *end = &request->subject.end;
    struct nb_netrule rule;

    nb_netrule_for(&rule, end);
    rule.any_port = end->port == 0 && request->grant != NB_GRANT_LISTEN;
    nb_netrule_format(&rule, text);
}

bool nb_request_is_short(const struct nb_request *request)
{
    return request->addr != NULL || strlen(request->asked) <= SHOWN;
}

/* Writes what is asked for. */
static void say(const struct nb_request *request, char what[NB_REQUEST_WHAT])
{
    char shown[NB_NETRULE_TEXT];
    char path[NB_ADDR_TEXT];
    bool quoted = true;

    if (request->right == NB_RIGHT_UNIX) {
        neutralize(shown, path, unix_text(path, request->addr), false);
    } else if (request->addr != NULL) {
        say_endpoint(request, shown);
        quoted = false;
    } else {
        neutralize(shown, request->asked, strlen(request->asked), false);
        quoted = !is_said(request->right);
    }
    snprintf(what, NB_REQUEST_WHAT, quoted ? "%s'%s'" : "%s%s",
             words_of(request->right), shown);
}

void nb_request_question(const struct nb_request *request,
                         char what[NB_REQUEST_WHAT])
{
    char program[SHOWN + sizeof "..."];

    say(request, what);
    if (request->right != NB_RIGHT_RUN)
        return;
    size_t len = strlen(what);
    const char *text = request->subject.text;
    neutralize(program, text, strlen(text), false);
    snprintf(what + len, NB_REQUEST_WHAT - len,
             " (always: whatever '%s' is run with)", program);
}

/* Writes the value that the flag would take; "" for none. */
static void say_value(const struct nb_request *request, char value[VALUE])
{
    char path[NB_ADDR_TEXT];
    const char *text = request->asked;

    value[0] = '\0';
    if (!nb_grant_takes_values(request->grant) || is_said(request->right))
        return;
    if (request->right == NB_RIGHT_UNIX) {
        neutralize(value, path, unix_text(path, request->addr), true);
    } else if (request->addr != NULL) {
        say_endpoint(request, value);
    } else {
        if (request->right == NB_RIGHT_RUN)
            text = request->subject.text;
        neutralize(value, text, strlen(text), true);
    }
}

static const char *verb(const struct nb_request *request)
{
    return is_said(request->right) ? "are" : "is";
}

void nb_request_refuse(const struct nb_request *request,
                       char sentence[NB_REFUSAL_TEXT])
{
    char what[NB_REQUEST_WHAT];
    char value[VALUE];

    say(request, what);
    say_value(request, value);
    snprintf(sentence, NB_REFUSAL_TEXT,
             "%s %s not allowed (run again with --allow-%s%s%s)", what,
             verb(request), nb_grant_name(request->grant),
             value[0] == '\0' ? "" : "=", value);
}

void nb_request_deny(const struct nb_request *request, enum nb_grant grant,
                     const struct nb_rule *rule, char sentence[NB_REFUSAL_TEXT])
{
    char what[NB_REQUEST_WHAT];
    char value[VALUE] = "";

    say(request, what);
    if (rule != NULL && rule->text != NULL)
        neutralize(value, rule->text, strlen(rule->text), true);
    else if (rule != NULL)
        nb_netrule_format(&rule->net, value);
    snprintf(sentence, NB_REFUSAL_TEXT, "%s %s not allowed (--deny-%s%s%s)",
             what, verb(request), nb_grant_name(grant),
             value[0] == '\0' ? "" : "=", value);
}
