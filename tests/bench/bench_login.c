/* Logins a second through the real login service: eight at a time, each from another source, for
 * some seconds; alone, then beside a module that hangs and holds all its places. Started by
 * bench_login.sh, which makes the PAM services. */
#include "../unit/xauth/mini_warden.h"
#include "crypto/password.h"
#include "crypto/random.h"
#include "host/memfd.h"
#include "host/message_login.h"
#include "host/users.h"

enum { IN_FLIGHT = 8, SECONDS = 5, HUNG_FIRST = 1u << 30 };

struct bench {
    struct mini mini;
    const char *list, *user;
    unsigned next;
    unsigned let_in, other, hung_told;
    bool over;
};

static bool ask(struct bench *bench, unsigned n, const char *list, const char *user,
                const char *group)
{
    uint8_t octets[LOGIN_ASK_MAX];
    struct builder b = builder_of(octets, sizeof octets);
    struct effect_ask_password wanted = {.source = addr_v4(0x0a000000 + (n & 0xffffff))};
    memcpy(wanted.ticket.id, &n, sizeof n);
    wanted.ticket.id[15] = 1;
    snprintf(wanted.list, sizeof wanted.list, "%s", list);
    snprintf(wanted.group, sizeof wanted.group, "%s", group);
    snprintf(wanted.user, sizeof wanted.user, "%s", user);
    wanted.password_len = 6;
    memcpy(wanted.password, "sesame", 6);
    login_ask_put(&b, &wanted);
    return !b.bad && channel_send(bench->mini.key, MSG_LOGIN, builder_span(&b), -1) == RC_OK;
}

/* Users of one name have four places at a time, so eight logins take several names. */
static void ask_next(struct bench *bench)
{
    char user[32];
    unsigned n = ++bench->next;
    snprintf(user, sizeof user, "%s%u", bench->user, n % IN_FLIGHT);
    if (!ask(bench, n, bench->list, user, "group"))
        bench->other++;
}

static enum rc on_key(void *context, struct channel *channel, enum message_kind kind,
                      struct cursor *payload, int fd)
{
    struct bench *bench = context;
    struct login_verdict verdict;
    unsigned n;
    (void)channel;
    (void)fd;
    if (kind != MSG_VERDICT)
        return RC_UNSUPPORTED;
    enum rc rc = login_verdict_get(payload, &verdict);
    memcpy(&n, verdict.ticket.id, sizeof n);
    if (n >= HUNG_FIRST) {
        bench->hung_told++;
        return rc;
    }
    bench->let_in += verdict.rc == RC_OK;
    bench->other += verdict.rc != RC_OK;
    if (!bench->over)
        ask_next(bench);
    return rc;
}

static void measure(struct bench *bench, const char *what, const char *list, const char *user)
{
    bool never = false;
    bench->list = list;
    bench->user = user;
    bench->let_in = bench->other = 0;
    bench->over = false;
    uint64_t from = uv_hrtime();
    for (int i = 0; i < IN_FLIGHT; i++)
        ask_next(bench);
    mini_wait(&bench->mini, &never, SECONDS * 1000);
    double seconds = (double)(uv_hrtime() - from) / 1e9;
    printf("  %-34s %6.0f logins/s", what, bench->let_in / seconds);
    printf(bench->other ? ", %u not let in\n" : "\n", bench->other);
    bench->over = true;
    mini_wait(&bench->mini, &never, 1000); /* what is under way */
}

static void measure_all(struct bench *bench, bool pam)
{
    measure(bench, "local, password in clear (type 0)", "here", "clear");
    measure(bench, "local, scrypt (type 9)", "here", "scrypt");
    if (pam)
        measure(bench, "PAM, pam_permit", "permit", "any");
}

/* So many hung logins of so many groups; what has no place is told at once. */
static void hang(struct bench *bench, unsigned from, unsigned count, const char *group)
{
    char user[32];
    bool never = false;
    for (unsigned i = from; i < from + count; i++) {
        snprintf(user, sizeof user, "hung%u", i);
        if (!ask(bench, HUNG_FIRST + i, "hang", user, group))
            exit(1);
    }
    mini_wait(&bench->mini, &never, 1000);
}

static int make_users(void)
{
    static char names[2 * IN_FLIGHT][16], hash[PASSWORD_STORED_MAX];
    static struct config_user users[2 * IN_FLIGHT];
    static const struct aaa_list lists[] = {
        {.name = "here", .steps = {{.method = AAA_LOCAL, .pam_service = ""}}, .step_count = 1},
        {.name = "permit",
         .steps = {{.method = AAA_PAM, .pam_service = "hw-permit"}},
         .step_count = 1},
        {.name = "hang", .steps = {{.method = AAA_PAM, .pam_service = "hw-hang"}}, .step_count = 1},
    };
    static uint8_t octets[8192];
    struct rng rng = random_rng();
    int fd;
    if (password_make_type9(&rng, (struct span){(const uint8_t *)"sesame", 6}, hash) != RC_OK)
        return -1;
    for (int i = 0; i < 2 * IN_FLIGHT; i++) {
        bool clear = i < IN_FLIGHT;
        snprintf(names[i], sizeof names[i], "%s%d", clear ? "clear" : "scrypt", i % IN_FLIGHT);
        users[i] = (struct config_user){
            .name = names[i], .type = clear ? 0 : 9, .stored = clear ? "sesame" : hash};
    }
    const struct config config = {
        .aaa_lists = lists, .aaa_list_count = 3, .users = users, .user_count = 2 * IN_FLIGHT};
    struct builder b = builder_of(octets, sizeof octets);
    users_put(&b, &config, NULL);
    return !b.bad && memfd_make("users", builder_span(&b), &fd) == RC_OK ? fd : -1;
}

int main(void)
{
    static struct bench bench;
    int users = make_users();
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (users < 0 ||
        !mini_start(&bench.mini, ROLE_XAUTH, "hubward-xauth", on_key, SPAWN_NO_GROUP) ||
        !mini_give_config(&bench.mini, "users", users) || !mini_run(&bench.mini)) {
        fprintf(stderr, "bench_login: the login service does not start; root, and a build?\n");
        return 1;
    }
    printf("no module hangs:\n");
    measure_all(&bench, true);
    hang(&bench, 0, 20, "hung");
    printf("one group's module hangs in all of its 16 places (%u of 20 were turned away):\n",
           bench.hung_told);
    measure_all(&bench, true);
    hang(&bench, 20, 12, "also-hung");
    printf("modules hang in all of the 24 places that PAM has (%u of 32 were turned away):\n",
           bench.hung_told);
    measure_all(&bench, false);
    return mini_stop(&bench.mini) == 0 ? 0 : 1;
}
