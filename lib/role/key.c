/* The key role from start to end: takes over configuration, sockets and channels, waits for the
 * stored leases, then reads packets. When it is told to stop it says goodbye to its peers first. */
#include "role/key.h"

#include "config/load.h"
#include "config/weak.h"
#include "crypto/random.h"
#include "host/clock.h"
#include "host/memfd.h"
#include "role/key_state.h"

#include <stdio.h>
#include <unistd.h>

enum { STORE_PATIENCE_MS = 3000 };

static enum rc take_config(void *context, struct child *child, const char *name, int take_fd)
{
    struct key *key = context;
    struct span text;
    struct config_report report = {0};
    key->child = child;
    enum rc rc = memfd_read(take_fd, &text);
    close(take_fd);
    if (rc != RC_OK)
        return rc;
    /* The warden has checked it: findings were printed there. */
    rc = config_load(text, name, NULL, 0, &key->config, &report);
    if (rc == RC_OK)
        config_set_day(key->config, clock_day());
    config_report_wipe(&report);
    memfd_free(text);
    return rc;
}

static enum rc take_socket(void *context, struct child *child, enum socket_kind kind,
                           uint32_t number, const char *name, int take_fd)
{
    struct key *key = context;
    (void)child;
    (void)number;
    (void)name;
    if (kind == SOCKET_IKE_500 || kind == SOCKET_IKE_4500)
        return key_udp_add(key, kind, take_fd);
    if (kind == SOCKET_CONTROL || kind == SOCKET_STATUS)
        return key_control_add(key, kind == SOCKET_STATUS, take_fd);
    close(take_fd);
    return RC_DENIED;
}

static enum rc make_engine(struct key *key)
{
    const struct engine_options options = {.leases_to_come = key->kind->has_store};
    if (key->engine)
        return RC_OK;
    if (!key->config)
        return RC_BAD_STATE;
    key->rng = random_rng();
    return engine_new(key->config, &options, &key->rng, &key->engine);
}

static enum rc take_interface(void *context, struct child *child,
                              const struct child_interface *interface)
{
    struct key *key = context;
    struct command command = {.kind = COMMAND_INTERFACE, .addr = interface->addr};
    (void)child;
    enum rc rc = make_engine(key);
    if (rc != RC_OK)
        return rc;
    snprintf(command.interface, sizeof command.interface, "%s", interface->ios_name);
    struct io io = key_turn(key);
    engine_command(key->engine, &command, &io);
    if (key->listening) {
        dial_address_changed(&key->dial, clock_now_ms());
        key_turn_end(key);
    }
    return RC_OK;
}

static enum rc take_process(void *context, struct child *child, const struct status_process *row)
{
    (void)child;
    key_process_told(context, row);
    return RC_OK;
}

void key_start_listening(struct key *key)
{
    if (key->listening)
        return;
    uv_timer_stop(&key->start_limit);
    key->listening = true;
    if (key_udp_listen(key) != RC_OK || key_control_listen(key) != RC_OK) {
        child_log(key->child, LEVEL_ERROR, "sockets cannot be watched");
        child_finish(key->child, 1);
        return;
    }
    child_log(key->child, LEVEL_INFO, "ready for peers");
    key_turn_end(key);
}

static void store_is_late(uv_timer_t *timer)
{
    struct key *key = timer->data;
    child_log(key->child, LEVEL_WARNING,
              "no answer of the store: there are no new addresses until it tells its leases");
    key_start_listening(key);
}

static enum rc before_run(void *context, struct child *child, struct sandbox_options *options)
{
    struct key *key = context;
    (void)options;
    key->child = child;
    key->loop = child_loop(child);
    key->started_ms = clock_now_ms();
    key->started_unix_ms = clock_unix_ms();
    enum rc rc = make_engine(key);
    if (rc != RC_OK)
        return rc;
    key_deadline_start(key);
    uv_timer_init(key->loop, &key->start_limit);
    key->start_limit.data = key;
    /* A spoke has no store: its first look at the clock is the start. */
    uv_timer_start(&key->start_limit, store_is_late, STORE_PATIENCE_MS, 0);
    dial_start(&key->dial, key->config, key->started_ms);
    return key_crypto_warm_up(key);
}

static enum rc take_channel(void *context, struct child *child, enum role other, int take_fd)
{
    struct key *key = context;
    (void)child;
    enum rc rc = key_peer_open(key, other, take_fd);
    if (rc == RC_OK && other == ROLE_PATH && !key->kind->has_store)
        key_start_listening(key);
    return rc;
}

static void stop(void *context, struct child *child)
{
    struct key *key = context;
    key->stopping = true;
    if (key->engine) {
        struct io io = key_turn(key);
        engine_command(key->engine, &(struct command){.kind = COMMAND_SHUTDOWN}, &io);
        key_turn_end(key);
    }
    child_finish(child, 0);
}

static void users_read(void *context, struct child *child, const struct control_result *result)
{
    (void)child;
    key_users_done(context, result);
}

static void config_new(void *context, struct child *child, const struct reload_text *text,
                       int take_fd)
{
    (void)child;
    key_config_new(context, text, take_fd);
}

static void log_text(void *context, struct child *child, const struct log_piece *piece)
{
    (void)child;
    key_log_text(context, piece);
}

static void after_run(void *context, struct child *child)
{
    struct key *key = context;
    (void)child;
    for (unsigned role = 0; role < ROLE_COUNT; role++) {
        channel_close(key->peers[role]);
        key->peers[role] = NULL;
    }
    key_control_close(key);
    key_udp_close(key);
    uv_close((uv_handle_t *)&key->deadline, NULL);
    uv_close((uv_handle_t *)&key->start_limit, NULL);
    engine_free(key->engine);
    key->engine = NULL;
    config_free(key->config);
    effects_wipe(&key->effects);
}

int key_main(const struct key_kind *kind)
{
    static const struct child_ops ops = {.sandbox = SANDBOX_KEY,
                                         .on_socket = take_socket,
                                         .on_config = take_config,
                                         .on_channel = take_channel,
                                         .on_interface = take_interface,
                                         .on_process = take_process,
                                         .on_users = users_read,
                                         .on_reload = config_new,
                                         .on_log_text = log_text,
                                         .before_run = before_run,
                                         .on_stop = stop,
                                         .after_run = after_run};
    struct key key = {.kind = kind};
    return child_main(ROLE_KEY, &ops, &key);
}
