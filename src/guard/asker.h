/* Who is asked, in front of a terminal, before a policy refuses something. */
#ifndef NB_GUARD_ASKER_H
#define NB_GUARD_ASKER_H

enum nb_answer { NB_ANSWER_DENY, NB_ANSWER_ONCE, NB_ANSWER_ALWAYS };

/* Asked for what is allowed by no rule and denied by none. */
struct nb_policy_asker {
    /* `what` is "connect to 192.0.2.1:80": fit to be shown on a terminal. */
    enum nb_answer (*ask)(void *context, const char *what);
    void *context;
};

#endif
