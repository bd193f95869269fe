/*
 * A name server in a world of its own: see nameserver.h. Messages are those of
 * RFC 1035 section 4.
 */
#include "support/nameserver.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/fixture.h"
#include "util/list.h"

enum {
    HEADER = 12,
    TYPE_A = 1,
    TYPE_CNAME = 5,
    TYPE_PTR = 12,
    TYPE_AAAA = 28,
    SERVER_FAILURE = 2,
    NAME_ERROR = 3,
    FLAG_RESPONSE = 0x80,
    FLAG_TRUNCATED = 0x02,
};

static bool write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    size_t len = strlen(text);

    if (fd < 0)
        return false;
    bool written = write(fd, text, len) == (ssize_t)len;
    close(fd);
    return written;
}

/* Becomes the root of a namespace of users, which may make the others. */
static bool become_root(void)
{
    char users[40];
    char groups[40];

    snprintf(users, sizeof users, "0 %u 1", (unsigned)geteuid());
    snprintf(groups, sizeof groups, "0 %u 1", (unsigned)getegid());
    return unshare(CLONE_NEWUSER) == 0 &&
           write_file("/proc/self/setgroups", "deny") &&
           write_file("/proc/self/uid_map", users) &&
           write_file("/proc/self/gid_map", groups);
}

static bool raise_loopback(void)
{
    struct ifreq request = {.ifr_name = "lo"};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    request.ifr_flags = IFF_UP;
    int rc = ioctl(fd, SIOCSIFFLAGS, &request);
    close(fd);
    return rc == 0;
}

bool nameserver_unshare(void)
{
    int flags = CLONE_NEWNET | CLONE_NEWNS;

    if (unshare(flags) < 0 && (!become_root() || unshare(flags) < 0))
        return false;
    return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("tmpfs", "/etc", "tmpfs", 0, NULL) == 0 && raise_loopback();
}

void nameserver_etc(const char *path, const char *text)
{
    if (text == NULL)
        unlink(path);
    else
        assert_true(write_file(path, text));
}

static bool is_label(const struct nameserver_message *question,
                     const char *label)
{
    size_t len = strlen(label);

    return question->bytes[HEADER] == len &&
           memcmp(question->bytes + HEADER + 1, label, len) == 0;
}

static int question_type(const struct nameserver_message *question)
{
    const unsigned char *type = question->bytes + question->len - 4;

    return type[0] << 8 | type[1];
}

static void add_bytes(struct nameserver_message *answer, const void *data,
                      size_t len)
{
    memcpy(answer->bytes + answer->len, data, len);
    answer->len += len;
}

/* Writes a name as labels; returns how many bytes. */
static size_t spell(unsigned char *bytes, const char *name)
{
    size_t len = strlen(name);
    size_t dot = 0;

    memcpy(bytes + 1, name, len + 1);
    for (size_t i = 0; i <= len; i++) {
        if (i < len && name[i] != '.')
            continue;
        bytes[dot] = (unsigned char)(i - dot);
        dot = i + 1;
    }
    bytes[dot] = 0;
    return len + 2;
}

/* Adds a record for a name, or for that of the question (NULL). */
static void add(struct nameserver_message *answer, const char *owner, int type,
                const void *data, size_t len)
{
    const unsigned char question[] = {0xc0, HEADER};
    const unsigned char fixed[] = {
        0, (unsigned char)type, 0, 1, 0, 0, 0, 60, 0, (unsigned char)len,
    };
    unsigned char name[256];

    if (owner == NULL)
        add_bytes(answer, question, sizeof question);
    else
        add_bytes(answer, name, spell(name, owner));
    add_bytes(answer, fixed, sizeof fixed);
    add_bytes(answer, data, len);
    answer->bytes[7]++;
}

static void add_address(struct nameserver_message *answer, const char *owner,
                        int type, const char *ip)
{
    unsigned char bytes[16];

    assert_int_equal(inet_pton(type == TYPE_A ? AF_INET : AF_INET6, ip, bytes),
                     1);
    add(answer, owner, type, bytes, type == TYPE_A ? 4 : 16);
}

static void add_record(struct nameserver_message *answer, int type,
                       const char *ip)
{
    add_address(answer, NULL, type, ip);
}

/* Adds a record that leads to another name. */
static void add_name(struct nameserver_message *answer, const char *owner,
                     int type, const char *name)
{
    unsigned char bytes[256];

    add(answer, owner, type, bytes, spell(bytes, name));
}

static void add_many(struct nameserver_message *answer)
{
    char ip[20];

    for (int i = 0; i < 100; i++) {
        snprintf(ip, sizeof ip, "10.0.0.%d", i);
        add_record(answer, TYPE_A, ip);
    }
}

/* True if the question was for a name that is an alias. */
static bool fill_in_alias(struct nameserver_message *answer,
                          const struct nameserver_message *question)
{
    int type = question_type(question);

    if (is_label(question, "chain")) {
        add_name(answer, NULL, TYPE_CNAME, "middle.test");
        add_name(answer, "middle.test", TYPE_CNAME, "end.test");
        add_address(answer, "end.test", type,
                    type == TYPE_A ? "192.0.2.1" : "2001:db8::1");
    } else if (is_label(question, "dangling")) {
        add_name(answer, NULL, TYPE_CNAME, "nowhere.test");
    } else if (is_label(question, "loop")) {
        add_name(answer, NULL, TYPE_CNAME, "other.test");
        add_name(answer, "other.test", TYPE_CNAME, "loop.test");
    } else {
        return false;
    }
    return true;
}

static void fill_in_names(struct nameserver_message *answer,
                          const struct nameserver_message *question)
{
    const char *owner = NULL;

    if (is_label(question, "2")) {
        owner = "2.somebody.test";
        add_name(answer, NULL, TYPE_CNAME, owner);
    }
    if (is_label(question, "1") || owner != NULL) {
        add_name(answer, owner, TYPE_PTR, "one.test");
        add_name(answer, owner, TYPE_PTR, "uno.test");
    } else if (is_label(question, "4")) {
        answer->bytes[3] |= SERVER_FAILURE;
    } else if (is_label(question, "6")) {
        add_name(answer, NULL, TYPE_PTR, "no host.test");
    } else if (!is_label(question, "5")) {
        answer->bytes[3] |= NAME_ERROR;
    }
}

static void fill_in(struct nameserver_message *answer,
                    const struct nameserver_message *question, bool by_tcp)
{
    bool in = question_type(question) == TYPE_A;
    bool four = is_label(question, "four") || is_label(question, "lossy");
    bool both = is_label(question, "both") || is_label(question, "swapped");
    bool many = is_label(question, "many");

    if (in && (four || both)) {
        add_record(answer, TYPE_A, "192.0.2.1");
        add_record(answer, TYPE_A, "192.0.2.2");
    } else if (!in && both) {
        add_record(answer, TYPE_AAAA, "2001:db8::1");
    } else if (in && many && by_tcp) {
        add_many(answer);
    } else if (in && many) {
        answer->bytes[2] |= FLAG_TRUNCATED;
    } else if (is_label(question, "failing")) {
        answer->bytes[3] |= SERVER_FAILURE;
    } else if (is_label(question, "odd")) {
        answer->bytes[7] = 1;
    } else if (!four && !both && !many) {
        answer->bytes[3] |= NAME_ERROR;
    }
}

/* Makes the answer to a question; false if there shall be none. */
static bool make_answer(struct nameserver *server,
                        struct nameserver_message *answer,
                        const struct nameserver_message *question, bool by_tcp)
{
    int asked = server->questions++;

    if (is_label(question, "silent") || is_label(question, "3") ||
        (is_label(question, "lossy") && asked == 0))
        return false;
    *answer = *question;
    answer->bytes[2] |= FLAG_RESPONSE;
    if (question_type(question) == TYPE_PTR)
        fill_in_names(answer, question);
    else if (!fill_in_alias(answer, question))
        fill_in(answer, question, by_tcp);
    return true;
}

/* The answer for IPv4 to `swapped` waits until that for IPv6 has left. */
static void answer_by_udp(struct nameserver *server,
                          const struct nameserver_message *question,
                          const struct sockaddr *client, socklen_t client_len)
{
    struct nameserver_message answer;

    if (!make_answer(server, &answer, question, false))
        return;
    if (is_label(question, "swapped") && question_type(question) == TYPE_A) {
        server->held = answer;
        return;
    }
    sendto(server->udp, answer.bytes, answer.len, 0, client, client_len);
    if (server->held.len > 0)
        sendto(server->udp, server->held.bytes, server->held.len, 0, client,
               client_len);
    server->held.len = 0;
}

static void on_question(struct nb_watch *watch)
{
    struct nameserver *server =
        NB_CONTAINER_OF(watch, struct nameserver, udp_watch);
    struct sockaddr_storage client;
    socklen_t client_len = sizeof client;
    struct nameserver_message question;
    ssize_t len = recvfrom(server->udp, question.bytes, sizeof question.bytes,
                           0, (struct sockaddr *)&client, &client_len);

    assert_true(len > HEADER);
    question.len = (size_t)len;
    answer_by_udp(server, &question, (struct sockaddr *)&client, client_len);
}

static void hang_up(struct nameserver *server)
{
    if (server->tcp < 0)
        return;
    nb_watch_stop(server->loop, &server->tcp_watch);
    close(server->tcp);
    server->tcp = -1;
}

/* A question of TCP has its length, two bytes, before it. */
static void on_bytes(struct nb_watch *watch)
{
    struct nameserver *server =
        NB_CONTAINER_OF(watch, struct nameserver, tcp_watch);
    struct nameserver_message question;
    unsigned char framed[2 + sizeof question.bytes];
    struct nameserver_message answer;
    ssize_t len = recv(server->tcp, framed, sizeof framed, 0);

    if (len <= 2) {
        hang_up(server);
        return;
    }
    question.len = (size_t)len - 2;
    memcpy(question.bytes, framed + 2, question.len);
    if (!make_answer(server, &answer, &question, true))
        return;
    framed[0] = (unsigned char)(answer.len >> 8);
    framed[1] = (unsigned char)answer.len;
    memcpy(framed + 2, answer.bytes, answer.len);
    send(server->tcp, framed, 2 + answer.len, MSG_NOSIGNAL);
}

static void watch(struct nameserver *server, struct nb_watch *watch, int fd,
                  nb_watch_fn ready)
{
    nb_watch_init(server->loop, watch, fd, NB_READ);
    watch->ready = ready;
    assert_int_equal(nb_watch_start(server->loop, watch), 0);
}

static void on_client(struct nb_watch *listener_watch)
{
    struct nameserver *server =
        NB_CONTAINER_OF(listener_watch, struct nameserver, listener_watch);

    hang_up(server);
    server->tcp = accept(server->listener, NULL, NULL);
    assert_true(server->tcp >= 0);
    watch(server, &server->tcp_watch, server->tcp, on_bytes);
}

static int bound(int type)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons(53)};
    int fd = socket(AF_INET, type, 0);
    int on = 1;

    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_true(fd >= 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on),
                     0);
    assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof addr), 0);
    return fd;
}

void nameserver_start(struct nameserver *server, struct nb_loop *loop)
{
    *server = (struct nameserver){.loop = loop, .tcp = -1};
    server->udp = bound(SOCK_DGRAM);
    server->listener = bound(SOCK_STREAM);
    assert_int_equal(listen(server->listener, 8), 0);
    watch(server, &server->udp_watch, server->udp, on_question);
    watch(server, &server->listener_watch, server->listener, on_client);
}

void nameserver_stop(struct nameserver *server)
{
    hang_up(server);
    nb_watch_stop(server->loop, &server->udp_watch);
    nb_watch_stop(server->loop, &server->listener_watch);
    close(server->udp);
    close(server->listener);
}
