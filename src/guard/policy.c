/* Who may do what: see policy.h. */
#include "guard/policy.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "guard/denial.h"
#include "guard/extent.h"
#include "guard/path.h"
#include "guard/request.h"
#include "util/alloc.h"
#include "util/err.h"
#include "util/list.h"

/* What the person who was asked has answered, for one right. */
struct answers {
    struct nb_rules always;
    struct nb_rules once;
    struct nb_rules never;
};

struct nb_policy {
    struct nb_rules allowed[NB_GRANTS];
    struct nb_rules denied[NB_GRANTS];
    struct answers answers[NB_RIGHTS];
    const struct nb_policy_asker *asker;
    char *folder; /* Lua text may be loaded from there; NULL: from nowhere */
    char refusal[NB_REFUSAL_TEXT];
};

struct nb_policy *nb_policy_new(void)
{
    return nb_calloc(1, sizeof(struct nb_policy));
}

void nb_policy_free(struct nb_policy *policy)
{
    if (policy == NULL)
        return;
    for (int i = 0; i < NB_GRANTS; i++) {
        nb_rules_deinit(&policy->allowed[i]);
        nb_rules_deinit(&policy->denied[i]);
    }
    for (int i = 0; i < NB_RIGHTS; i++) {
        nb_rules_deinit(&policy->answers[i].always);
        nb_rules_deinit(&policy->answers[i].once);
        nb_rules_deinit(&policy->answers[i].never);
    }
    nb_free(policy->folder);
    nb_free(policy);
}

void nb_policy_allow_all(struct nb_policy *policy)
{
    for (int i = 0; i < NB_GRANTS; i++)
        policy->allowed[i].all = policy->allowed[i].all || i != NB_GRANT_NATIVE;
}

/*
 * Cuts the first item off `*rest` and undoes its pairs of commas, in place;
 * addresses have no comma in them, so there two of them hold nothing.
 */
static char *next_item(char **rest, bool pairs)
{
    char *item = *rest;
    char *to = item;

    for (char *from = item; *from != '\0'; from++) {
        if (from[0] == ',' && (!pairs || from[1] != ',')) {
            *rest = from + 1;
            *to = '\0';
            return item;
        }
        if (from[0] == ',')
            from++;
        *to++ = *from;
    }
    *rest = NULL;
    *to = '\0';
    return item;
}

/* Writes the item in front of what is wrong with it. */
static void complain(char wrong[NB_REFUSAL_TEXT], const char *item,
                     const char *why)
{
    snprintf(wrong, NB_REFUSAL_TEXT, "'%.300s' %s", item, why);
}

int nb_policy_take(struct nb_policy *policy, enum nb_grant grant, bool deny,
                   const char *value, char wrong[NB_REFUSAL_TEXT])
{
    struct nb_rules *rules =
        deny ? &policy->denied[grant] : &policy->allowed[grant];
    bool pairs = grant != NB_GRANT_NET && grant != NB_GRANT_LISTEN;
    int rc = 0;

    if (value == NULL) {
        rules->all = true;
        return 0;
    }
    char *copy = nb_strdup(value);
    if (copy == NULL)
        return -ENOMEM;
    for (char *rest = copy; rest != NULL && rc == 0;) {
        const char *why = NULL;
        const char *item = next_item(&rest, pairs);
        rc = nb_rules_read(rules, grant, item, &why);
        if (rc == -EINVAL)
            complain(wrong, item, why);
    }
    nb_free(copy);
    return rc;
}

int nb_policy_set_folder(struct nb_policy *policy, const char *folder)
{
    char real[PATH_MAX];

    nb_free(policy->folder);
    policy->folder = NULL;
    if (!nb_path_resolve(real, folder))
        return 0;
    policy->folder = nb_strdup(real);
    return policy->folder == NULL ? -ENOMEM : 0;
}

const char *nb_policy_folder(const struct nb_policy *policy)
{
    return policy->folder;
}

void nb_policy_set_asker(struct nb_policy *policy,
                         const struct nb_policy_asker *asker)
{
    policy->asker = asker;
}

/* True if a flag denies it; `*grant` is which, `*rule` NULL if all is. */
static bool is_denied(const struct nb_policy *policy,
                      const struct nb_request *request, enum nb_grant *grant,
                      struct nb_rule **rule)
{
    const struct nb_rules *rules = &policy->denied[*grant];

    *rule = rules->all ? NULL : nb_denial_find(rules, *grant, request);
    if (rules->all || *rule != NULL)
        return true;
    /* Whom --deny-net is about may not be listened to either. */
    if (*grant != NB_GRANT_LISTEN)
        return false;
    *grant = NB_GRANT_NET;
    return is_denied(policy, request, grant, rule);
}

/*
 * True if Lua text at that path is beside the script. Where that is in the
 * root folder what is more than files is not; a script in /dev/shm is one.
 */
static bool is_beside(const struct nb_policy *policy,
                      const struct nb_subject *subject)
{
    if (policy->folder == NULL || subject->text == NULL ||
        !nb_path_is_below(subject->text, policy->folder))
        return false;
    return !subject->exact || nb_path_is_below(policy->folder, "/dev/shm");
}

/* What needs no flag. */
static bool is_free(const struct nb_policy *policy,
                    const struct nb_request *request)
{
    switch (request->right) {
    case NB_RIGHT_CONNECT:
    case NB_RIGHT_SEND:
    case NB_RIGHT_LISTEN:
    case NB_RIGHT_ACCEPT:
        return nb_endpoint_is_loopback(&request->subject.end);
    case NB_RIGHT_ECHO:
        return true;
    case NB_RIGHT_MAKE: /* the address is asked for later */
        return policy->asker != NULL ||
               policy->allowed[NB_GRANT_UNIX].count > 0;
    case NB_RIGHT_LOAD:
        return is_beside(policy, &request->subject);
    case NB_RIGHT_GROUP:
    case NB_RIGHT_NAME:
    case NB_RIGHT_UNIX:
    case NB_RIGHT_RAW:
    case NB_RIGHT_READ:
    case NB_RIGHT_WRITE:
    case NB_RIGHT_ENV:
    case NB_RIGHT_RUN:
    case NB_RIGHT_NATIVE:
    case NB_RIGHTS:
        break;
    }
    return false;
}

/* True if everything of its kind is allowed, and it is nothing special. */
static bool has_all(const struct nb_policy *policy,
                    const struct nb_rules *rules,
                    const struct nb_request *request)
{
    return rules->all &&
           (!request->subject.exact || nb_extent_is_whole(policy) ||
            request->grant == NB_GRANT_NATIVE);
}

/* True if it is free, or a rule is about it. */
static bool is_allowed(const struct nb_policy *policy,
                       const struct nb_request *request)
{
    enum nb_grant grant = request->grant;
    const struct nb_rules *rules = &policy->allowed[grant];
    const struct nb_rules *net = &policy->allowed[NB_GRANT_NET];

    if (is_free(policy, request) || has_all(policy, rules, request) ||
        nb_rules_find(rules, grant, &request->subject) != NULL)
        return true;
    /* Where --allow-net lets one connect to it lets one listen, too. */
    return grant == NB_GRANT_LISTEN &&
           (net->all || nb_rules_find(net, grant, &request->subject) != NULL);
}

/* The answers about a right; to listen is one thing with the bind before. */
static struct answers *answers_about(struct nb_policy *policy,
                                     enum nb_right right)
{
    return &policy->answers[right == NB_RIGHT_ACCEPT ? NB_RIGHT_LISTEN : right];
}

static struct nb_rule *find_answer(const struct nb_rules *answers,
                                   const struct nb_request *request)
{
    return nb_rules_find(answers, request->grant, &request->subject);
}

/* True if a person has allowed it, for ever or for a time that is not over. */
static bool is_permitted(struct nb_policy *policy,
                         const struct nb_request *request)
{
    struct answers *answers = answers_about(policy, request->right);
    struct nb_rule *once = find_answer(&answers->once, request);

    if (answers->always.all || find_answer(&answers->always, request) != NULL)
        return true;
    if (once == NULL)
        return false;
    if (!once->spent || request->right == NB_RIGHT_ACCEPT)
        return true;
    nb_rules_drop(&answers->once, once);
    return false;
}

/* Remembers an answer; nothing can be said of what no rule could spell. */
static int remember(struct nb_rules *answers, const struct nb_request *request)
{
    const struct nb_subject *subject = &request->subject;

    if (subject->text != NULL || subject->name != NULL ||
        subject->end.family != AF_UNSPEC)
        return nb_rules_put(answers, subject);
    answers->all = answers->all || !nb_grant_takes_values(request->grant);
    return 0;
}

/* True for what takes more than one call, or has consequences. */
static bool outlasts_call(enum nb_right right)
{
    return right == NB_RIGHT_CONNECT || right == NB_RIGHT_SEND ||
           right == NB_RIGHT_LISTEN || right == NB_RIGHT_ACCEPT;
}

/*
 * True for what a person can be asked for: it can be shown whole, and is no
 * file that is netbox itself.
 */
static bool is_askable(const struct nb_request *request)
{
    return nb_request_is_short(request) && (request->right != NB_RIGHT_WRITE ||
                                            request->grant == NB_GRANT_WRITE);
}

/* Asks the person in front of the terminal, unless that has said no before. */
static int ask_person(struct nb_policy *policy,
                      const struct nb_request *request)
{
    struct answers *answers = answers_about(policy, request->right);
    char what[NB_REQUEST_WHAT];

    if (policy->asker == NULL || !is_askable(request) || answers->never.all ||
        find_answer(&answers->never, request) != NULL)
        return NB_ENOTALLOWED;
    nb_request_question(request, what);
    switch (policy->asker->ask(policy->asker->context, what)) {
    case NB_ANSWER_ALWAYS:
        return remember(&answers->always, request);
    case NB_ANSWER_ONCE:
        return outlasts_call(request->right) ? remember(&answers->once, request)
                                             : 0;
    case NB_ANSWER_DENY:
        break;
    }
    (void)remember(&answers->never, request);
    return NB_ENOTALLOWED;
}

static int decide(struct nb_policy *policy, const struct nb_request *request)
{
    enum nb_grant grant = request->grant;
    struct nb_rule *rule = NULL;

    if (is_denied(policy, request, &grant, &rule)) {
        nb_request_deny(request, grant, rule, policy->refusal);
        return NB_ENOTALLOWED;
    }
    if (is_allowed(policy, request) || is_permitted(policy, request))
        return 0;
    nb_request_refuse(request, policy->refusal);
    return ask_person(policy, request);
}

/* True if no flag denies any address: what is allowed is so at once. */
static bool denies_no_address(const struct nb_policy *policy)
{
    const struct nb_rules *net = &policy->denied[NB_GRANT_NET];
    const struct nb_rules *listen = &policy->denied[NB_GRANT_LISTEN];

    return net->count == 0 && listen->count == 0 && !net->all && !listen->all;
}

/* Most of what is asked: loopback addresses, and any where all are allowed. */
static bool is_plain(const struct nb_policy *policy, const struct nb_addr *addr)
{
    int family = nb_addr_family(addr);
    struct nb_endpoint end;

    if (family == AF_UNIX || !denies_no_address(policy))
        return false;
    /* Every datagram comes here. */
    if (family == AF_INET && *(const uint8_t *)&addr->u.in.sin_addr == 127)
        return true;
    nb_endpoint_from(&end, addr);
    return policy->allowed[NB_GRANT_NET].all || nb_endpoint_is_loopback(&end);
}

int nb_policy_ask_addr(struct nb_policy *policy, enum nb_right right,
                       const struct nb_addr *addr)
{
    struct nb_request request;

    if (policy == NULL)
        return 0;
    if (right <= NB_RIGHT_ACCEPT && is_plain(policy, addr))
        return 0;
    nb_request_addr(&request, right, addr);
    return decide(policy, &request);
}

int nb_policy_ask_text(struct nb_policy *policy, enum nb_right right,
                       const char *text)
{
    struct nb_request request;

    if (policy == NULL)
        return 0;
    nb_request_text(&request, right, text);
    return decide(policy, &request);
}

void nb_policy_spend(struct nb_policy *policy, const struct nb_addr *addr)
{
    static const enum nb_right rights[] = {NB_RIGHT_CONNECT, NB_RIGHT_SEND,
                                           NB_RIGHT_LISTEN};

    if (policy == NULL || policy->asker == NULL)
        return;
    for (size_t i = 0; i < NB_COUNTOF(rights); i++) {
        struct nb_request request;
        nb_request_addr(&request, rights[i], addr);
        struct nb_rule *once =
            find_answer(&policy->answers[rights[i]].once, &request);
        if (once != NULL)
            once->spent = true;
    }
}

/* True if flags or a person have allowed that, for ever or once. */
static bool was_allowed(struct nb_policy *policy, enum nb_right right,
                        const struct nb_addr *addr)
{
    const struct answers *answers = answers_about(policy, right);
    struct nb_request request;

    nb_request_addr(&request, right, addr);
    return is_allowed(policy, &request) ||
           find_answer(&answers->always, &request) != NULL ||
           find_answer(&answers->once, &request) != NULL;
}

bool nb_policy_admits(struct nb_policy *policy, const struct nb_addr *peer,
                      const struct nb_addr *local)
{
    enum nb_grant grant = NB_GRANT_NET;
    struct nb_request request;
    struct nb_rule *rule = NULL;

    if (policy == NULL || is_plain(policy, peer))
        return true;
    nb_request_addr(&request, NB_RIGHT_SEND, peer);
    if (request.subject.end.family == AF_UNSPEC)
        return true;
    if (is_denied(policy, &request, &grant, &rule))
        return false;
    if (was_allowed(policy, NB_RIGHT_SEND, peer) ||
        was_allowed(policy, NB_RIGHT_CONNECT, peer))
        return true;
    return local != NULL && was_allowed(policy, NB_RIGHT_ACCEPT, local);
}

int nb_policy_learn(struct nb_policy *policy, const char *name,
                    const struct nb_addr *addr)
{
    struct nb_endpoint end;
    int rc = 0;

    if (policy == NULL)
        return 0;
    nb_endpoint_from(&end, addr);
    for (int grant = NB_GRANT_NET; grant <= NB_GRANT_LISTEN && rc == 0;
         grant++) {
        rc = nb_rules_learn(&policy->allowed[grant], name, &end);
        if (rc == 0)
            rc = nb_rules_learn(&policy->denied[grant], name, &end);
    }
    return rc;
}

int nb_policy_ask_path(struct nb_policy *policy, enum nb_right right,
                       const char *path, const char *real)
{
    struct nb_request request;

    if (policy == NULL)
        return 0;
    nb_request_path(&request, right, path, real);
    return decide(policy, &request);
}

int nb_policy_ask_move(struct nb_policy *policy, const char *path,
                       const char *real)
{
    static const enum nb_grant grants[] = {NB_GRANT_READ, NB_GRANT_WRITE,
                                           NB_GRANT_UNIX};
    struct nb_request request;

    if (policy == NULL)
        return 0;
    nb_request_path(&request, NB_RIGHT_WRITE, path, real);
    for (size_t i = 0; i < NB_COUNTOF(grants); i++) {
        struct nb_rule *rule =
            nb_denial_find_below(&policy->denied[grants[i]], &request);
        if (rule != NULL) {
            nb_request_deny(&request, grants[i], rule, policy->refusal);
            return NB_ENOTALLOWED;
        }
    }
    return 0;
}

bool nb_policy_allows(const struct nb_policy *policy, enum nb_right right,
                      const char *text)
{
    struct nb_request request;
    struct nb_rule *rule = NULL;

    if (policy == NULL)
        return true;
    nb_request_text(&request, right, text);
    enum nb_grant grant = request.grant;
    return !is_denied(policy, &request, &grant, &rule) &&
           is_allowed(policy, &request);
}

const char *nb_policy_refusal(const struct nb_policy *policy)
{
    return policy == NULL ? "" : policy->refusal;
}

const struct nb_rules *nb_policy_rules(const struct nb_policy *policy,
                                       enum nb_grant grant, bool deny)
{
    return deny ? &policy->denied[grant] : &policy->allowed[grant];
}
