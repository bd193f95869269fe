/*
 * Several datagrams in one call on the network in memory: see lan.h. What
 * goes wrong after the first of them is told by the next call.
 */
#include "support/lanlink.h"

int lan_sendmmsg(struct nb_net *net, int fd, const struct nb_packet *packets,
                 size_t count)
{
    struct lan *lan = NB_CONTAINER_OF(net, struct lan, base);
    struct lan_end *end = lan_end_of(lan, fd);
    int most = lan_begin(lan, LAN_SENDMMSG, fd);
    int sent = 0;

    while (most >= 0 && sent < most && (size_t)sent < count) {
        struct script_text data = {packets[sent].data, packets[sent].len};
        int rc = lan_send_packet(lan, fd, &data, &packets[sent].addr);
        if (rc < 0)
            return lan_done(lan, fd, sent > 0 ? sent : rc);
        end->taken += (uint64_t)rc;
        sent++;
    }
    return lan_done(lan, fd, most < 0 ? most : sent);
}

int lan_recvmmsg(struct nb_net *net, int fd, struct nb_packet *packets,
                 size_t count)
{
    struct lan *lan = NB_CONTAINER_OF(net, struct lan, base);
    struct lan_end *end = lan_end_of(lan, fd);
    int most = lan_begin(lan, LAN_RECVMMSG, fd);
    int got = 0;

    end->roused = false;
    while (most >= 0 && got < most && (size_t)got < count) {
        struct nb_received info = {.from = end->peer};
        int rc = lan_receive(end, packets[got].data, packets[got].len, &info);
        if (rc < 0)
            return lan_done(lan, fd, got > 0 ? got : rc);
        packets[got].len = (size_t)rc;
        packets[got].addr = info.from;
        end->given += (uint64_t)rc;
        got++;
    }
    return lan_done(lan, fd, most < 0 ? most : got);
}
