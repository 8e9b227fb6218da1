/* Channels: what goes through, what waits, and how each way of breaking the table ends it. The
 * hostile side writes to its socket by hand. */
#include "host/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct side {
    struct channel *channel;
    unsigned messages;
    enum message_kind last;
    uint8_t payload[MESSAGE_MAX];
    size_t payload_len;
    unsigned fds;
    unsigned closed;
    char reason[200];
    bool leave_rest; /* handler reads nothing */
    enum rc answer;
    bool close_in_handler;
};

struct pair {
    uv_loop_t loop;
    struct side key; /* the channel under test: key's end of the channel to path or warden */
    int hostile;     /* the other end */
};

static enum rc on_message(void *context, struct channel *channel, enum message_kind kind,
                          struct cursor *payload, int fd)
{
    struct side *side = context;
    side->messages++;
    side->last = kind;
    if (fd >= 0) {
        side->fds++;
        close(fd);
    }
    if (!side->leave_rest) {
        side->payload_len = cursor_left(payload);
        cursor_copy(payload, side->payload, side->payload_len);
    }
    if (side->close_in_handler) {
        channel_close(channel);
        side->channel = NULL;
    }
    return side->answer;
}

static void on_closed(void *context, struct channel *channel, const char *reason)
{
    struct side *side = context;
    assert_ptr_equal(channel, side->channel);
    side->closed++;
    side->channel = NULL;
    snprintf(side->reason, sizeof side->reason, "%s", reason);
}

static void start(struct pair *pair, enum role other)
{
    int fds[2];
    *pair = (struct pair){.hostile = -1};
    assert_int_equal(uv_loop_init(&pair->loop), 0);
    assert_int_equal(channel_pair(fds), RC_OK);
    pair->hostile = fds[1];
    assert_int_equal(channel_open(&pair->loop, fds[0], ROLE_KEY, other, on_message, on_closed,
                                  &pair->key, &pair->key.channel),
                     RC_OK);
}

static void turn(struct pair *pair)
{
    for (int i = 0; i < 4; i++)
        uv_run(&pair->loop, UV_RUN_NOWAIT);
}

static void stop(struct pair *pair)
{
    channel_close(pair->key.channel);
    turn(pair);
    if (pair->hostile >= 0)
        close(pair->hostile);
    assert_int_equal(uv_loop_close(&pair->loop), 0);
}

static int open_fds(void)
{
    int count = 0;
    for (int fd = 0; fd < 256; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

static void send_raw(int socket, const void *octets, size_t len, int fds)
{
    union {
        struct cmsghdr align;
        char room[CMSG_SPACE(8 * sizeof(int))];
    } control = {0};
    struct iovec iov = {.iov_base = (void *)(uintptr_t)octets, .iov_len = len};
    struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};
    if (fds > 0) {
        size_t size = (size_t)fds * sizeof(int);
        message.msg_control = control.room;
        message.msg_controllen = CMSG_SPACE(size);
        struct cmsghdr *cmsg = CMSG_FIRSTHDR(&message);
        cmsg->cmsg_level = SOL_SOCKET;
        cmsg->cmsg_type = SCM_RIGHTS;
        cmsg->cmsg_len = CMSG_LEN(size);
        for (int i = 0; i < fds; i++)
            memcpy(CMSG_DATA(cmsg) + (size_t)i * sizeof(int), &(int){STDERR_FILENO}, sizeof(int));
    }
    assert_int_equal(sendmsg(socket, &message, MSG_NOSIGNAL), len);
}

static void send_message(int socket, unsigned kind, unsigned said_len, size_t len, int fds)
{
    uint8_t *octets = calloc(1, MESSAGE_HEADER + len);
    assert_non_null(octets);
    struct builder b = builder_of(octets, MESSAGE_HEADER);
    builder_u16(&b, (uint16_t)kind);
    builder_u16(&b, (uint16_t)said_len);
    send_raw(socket, octets, MESSAGE_HEADER + len, fds);
    free(octets);
}

static void assert_breach(struct pair *pair, const char *part)
{
    turn(pair);
    assert_int_equal(pair->key.closed, 1);
    if (!strstr(pair->key.reason, part))
        fail_msg("\"%s\" does not hold \"%s\"", pair->key.reason, part);
    /* The hostile end sees it closed. */
    char octet;
    assert_int_equal(recv(pair->hostile, &octet, 1, MSG_DONTWAIT), 0);
    stop(pair);
}

static void a_message_arrives_with_its_payload(void **state)
{
    (void)state;
    struct pair pair;
    start(&pair, ROLE_PATH);
    uint8_t octets[] = {0, MSG_SA_EVENT, 0, 3, 'a', 'b', 'c'};
    send_raw(pair.hostile, octets, sizeof octets, 0);
    turn(&pair);
    assert_int_equal(pair.key.messages, 1);
    assert_int_equal(pair.key.last, MSG_SA_EVENT);
    assert_int_equal(pair.key.payload_len, 3);
    assert_memory_equal(pair.key.payload, "abc", 3);
    stop(&pair);
}

static void a_sent_message_has_kind_length_and_payload(void **state)
{
    (void)state;
    struct pair pair;
    uint8_t got[64];
    const uint8_t want[] = {0, MSG_SA_DELETE, 0, 2, 9, 8};
    start(&pair, ROLE_PATH);
    assert_int_equal(channel_send(pair.key.channel, MSG_SA_DELETE, (struct span){want + 4, 2}, -1),
                     RC_OK);
    assert_int_equal(recv(pair.hostile, got, sizeof got, 0), sizeof want);
    assert_memory_equal(got, want, sizeof want);
    stop(&pair);
}

static void a_descriptor_is_passed_and_closed_on_exec(void **state)
{
    (void)state;
    struct pair pair;
    int before = open_fds();
    start(&pair, ROLE_WARDEN);
    send_message(pair.hostile, MSG_SOCKET, 5, 5, 1);
    turn(&pair);
    assert_int_equal(pair.key.messages, 1);
    assert_int_equal(pair.key.fds, 1);
    stop(&pair);
    assert_int_equal(open_fds(), before);
}

static void two_channels_talk_in_order(void **state)
{
    (void)state;
    struct pair pair;
    struct side path = {0};
    start(&pair, ROLE_PATH);
    assert_int_equal(channel_open(&pair.loop, pair.hostile, ROLE_PATH, ROLE_KEY, on_message,
                                  on_closed, &path, &path.channel),
                     RC_OK);
    pair.hostile = -1;
    assert_int_equal(channel_other(path.channel), ROLE_KEY);
    for (uint8_t i = 0; i < 200; i++)
        assert_int_equal(channel_send(pair.key.channel, MSG_SA_DELETE, (struct span){&i, 1}, -1),
                         RC_OK);
    while (path.messages < 200)
        turn(&pair);
    assert_int_equal(path.payload[0], 199);
    channel_close(path.channel);
    stop(&pair);
}

static void every_message_short_of_a_header_closes(void **state)
{
    (void)state;
    const uint8_t octets[] = {0, MSG_SA_EVENT, 0};
    for (size_t n = 1; n <= sizeof octets; n++) {
        struct pair pair;
        start(&pair, ROLE_PATH);
        send_raw(pair.hostile, octets, n, 0);
        assert_breach(&pair, "malformed");
        assert_int_equal(pair.key.messages, 0);
    }
}

static void a_length_that_is_not_the_datagrams_closes(void **state)
{
    (void)state;
    const unsigned said[] = {0, 9, 11, UINT16_MAX};
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        struct pair pair;
        start(&pair, ROLE_PATH);
        send_message(pair.hostile, MSG_SA_EVENT, said[i], 10, 0);
        assert_breach(&pair, "malformed");
        assert_int_equal(pair.key.messages, 0);
    }
}

static void more_octets_than_the_kind_allows_close(void **state)
{
    (void)state;
    struct pair pair;
    start(&pair, ROLE_PATH);
    send_message(pair.hostile, MSG_SA_EVENT, 128, 128, 0);
    turn(&pair);
    assert_int_equal(pair.key.messages, 1);
    send_message(pair.hostile, MSG_SA_EVENT, 129, 129, 0);
    assert_breach(&pair, "path sent MSG_SA_EVENT");
    assert_int_equal(pair.key.messages, 1);
}

static void the_largest_message_fits_and_one_octet_more_closes(void **state)
{
    (void)state;
    struct pair pair;
    start(&pair, ROLE_PATH);
    send_message(pair.hostile, MSG_IKE_DATAGRAM, MESSAGE_MAX, MESSAGE_MAX, 0);
    turn(&pair);
    assert_int_equal(pair.key.payload_len, MESSAGE_MAX);
    send_message(pair.hostile, MSG_IKE_DATAGRAM, MESSAGE_MAX + 1, MESSAGE_MAX + 1, 0);
    assert_breach(&pair, "malformed");
}

static void a_datagram_longer_than_the_buffer_closes(void **state)
{
    (void)state;
    struct pair pair;
    start(&pair, ROLE_PATH);
    send_message(pair.hostile, MSG_IKE_DATAGRAM, MESSAGE_MAX, MESSAGE_MAX + 5000, 0);
    assert_breach(&pair, "malformed");
}

static void an_unknown_kind_closes(void **state)
{
    (void)state;
    const unsigned kinds[] = {0, MESSAGE_COUNT, 999, UINT16_MAX};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct pair pair;
        start(&pair, ROLE_PATH);
        send_message(pair.hostile, kinds[i], 0, 0, 0);
        assert_breach(&pair, "not supported");
        assert_int_equal(pair.key.messages, 0);
    }
}

static void a_kind_from_the_wrong_side_closes(void **state)
{
    (void)state;
    const unsigned kinds[] = {MSG_SA_INSTALL, MSG_CLEAR, MSG_VERDICT, MSG_RUN, MSG_LEASE_ROW};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct pair pair;
        start(&pair, ROLE_PATH);
        send_message(pair.hostile, kinds[i], 0, 0, 0);
        assert_breach(&pair, "refused by policy");
        assert_int_equal(pair.key.messages, 0);
    }
}

static void octets_that_the_handler_left_close(void **state)
{
    (void)state;
    struct pair pair;
    start(&pair, ROLE_PATH);
    pair.key.leave_rest = true;
    send_message(pair.hostile, MSG_SA_EVENT, 1, 1, 0);
    assert_breach(&pair, "malformed");
}

static void a_handler_that_refuses_closes(void **state)
{
    (void)state;
    struct pair pair;
    start(&pair, ROLE_PATH);
    pair.key.answer = RC_BAD_STATE;
    send_message(pair.hostile, MSG_SA_EVENT, 1, 1, 0);
    assert_breach(&pair, "not allowed in this state");
}

static void a_surprise_descriptor_closes_and_does_not_leak(void **state)
{
    (void)state;
    for (int fds = 1; fds <= 8; fds++) {
        struct pair pair;
        int before = open_fds();
        start(&pair, ROLE_PATH);
        send_message(pair.hostile, MSG_SA_EVENT, 1, 1, fds);
        assert_breach(&pair, "malformed");
        assert_int_equal(pair.key.messages, 0);
        assert_int_equal(open_fds(), before);
    }
}

static void a_missing_descriptor_and_one_too_many_close(void **state)
{
    (void)state;
    for (int fds = 0; fds <= 5; fds++) {
        struct pair pair;
        int before = open_fds();
        if (fds == 1)
            continue;
        start(&pair, ROLE_WARDEN);
        send_message(pair.hostile, MSG_SOCKET, 5, 5, fds);
        assert_breach(&pair, "malformed");
        assert_int_equal(open_fds(), before);
    }
}

static void an_empty_datagram_ends_the_channel(void **state)
{
    (void)state;
    struct pair pair;
    start(&pair, ROLE_PATH);
    send_raw(pair.hostile, "", 0, 0);
    assert_breach(&pair, "closed by the other side");
}

static void a_descriptor_on_an_empty_datagram_does_not_leak(void **state)
{
    (void)state;
    struct pair pair;
    int before = open_fds();
    start(&pair, ROLE_PATH);
    send_raw(pair.hostile, "", 0, 1);
    assert_breach(&pair, "malformed");
    assert_int_equal(open_fds(), before);
}

static void messages_before_the_end_are_still_heard(void **state)
{
    (void)state;
    struct pair pair;
    start(&pair, ROLE_PATH);
    for (int i = 0; i < 100; i++)
        send_message(pair.hostile, MSG_SA_EVENT, 1, 1, 0);
    close(pair.hostile);
    pair.hostile = -1;
    turn(&pair);
    assert_int_equal(pair.key.messages, 100);
    assert_int_equal(pair.key.closed, 1);
    assert_string_equal(pair.key.reason, "closed by the other side");
    stop(&pair);
}

/* The peer dies with messages of ours unread, which the kernel reports as a reset. */
static void messages_before_a_reset_are_still_heard(void **state)
{
    (void)state;
    struct pair pair;
    start(&pair, ROLE_PATH);
    assert_int_equal(
        channel_send(pair.key.channel, MSG_SA_DELETE, (struct span){(uint8_t *)"x", 1}, -1), RC_OK);
    for (int i = 0; i < 3; i++)
        send_message(pair.hostile, MSG_SA_EVENT, 1, 1, 0);
    close(pair.hostile);
    pair.hostile = -1;
    turn(&pair);
    assert_int_equal(pair.key.messages, 3);
    assert_int_equal(pair.key.closed, 1);
    stop(&pair);
}

static void draining_hears_the_last_words(void **state)
{
    (void)state;
    struct pair pair;
    start(&pair, ROLE_PATH);
    send_message(pair.hostile, MSG_SA_EVENT, 1, 1, 0);
    channel_drain(pair.key.channel);
    assert_int_equal(pair.key.messages, 1);
    assert_int_equal(pair.key.closed, 0);
    channel_drain(NULL);
    stop(&pair);
}

static void a_handler_may_close_its_channel(void **state)
{
    (void)state;
    struct pair pair;
    start(&pair, ROLE_PATH);
    pair.key.close_in_handler = true;
    for (int i = 0; i < 3; i++)
        send_message(pair.hostile, MSG_SA_EVENT, 1, 1, 0);
    turn(&pair);
    assert_int_equal(pair.key.messages, 1);
    assert_int_equal(pair.key.closed, 0);
    stop(&pair);
}

static void what_the_table_forbids_is_not_sent(void **state)
{
    (void)state;
    struct pair pair;
    uint8_t octets[2048] = {0};
    char octet;
    start(&pair, ROLE_PATH);
    struct channel *channel = pair.key.channel;
    assert_int_equal(channel_send(channel, MSG_CLEAR, (struct span){octets, 1}, -1), RC_DENIED);
    assert_int_equal(channel_send(channel, MSG_SA_EVENT, (struct span){octets, 1}, -1), RC_DENIED);
    assert_int_equal(channel_send(channel, (enum message_kind)77, (struct span){octets, 1}, -1),
                     RC_DENIED);
    assert_int_equal(channel_send(channel, MSG_SA_DELETE, (struct span){octets, 33}, -1),
                     RC_MALFORMED);
    assert_int_equal(channel_send(channel, MSG_SA_DELETE, (struct span){octets, 1}, 2),
                     RC_MALFORMED);
    assert_int_equal(recv(pair.hostile, &octet, 1, MSG_DONTWAIT), -1);
    assert_int_equal(errno, EAGAIN);
    stop(&pair);
}

static void a_slow_reader_fills_the_queue_and_then_is_refused(void **state)
{
    (void)state;
    struct pair pair;
    static uint8_t octets[1024];
    unsigned sent = 0, heard = 0;
    enum rc rc;
    start(&pair, ROLE_PATH);
    do {
        octets[0] = (uint8_t)(sent & 0xff);
        rc = channel_send(pair.key.channel, MSG_SA_INSTALL, (struct span){octets, 1024}, -1);
        sent += rc == RC_OK;
    } while (rc == RC_OK);
    assert_int_equal(rc, RC_FULL);
    assert_in_range(channel_queued(pair.key.channel), CHANNEL_QUEUE_MAX - 1028, CHANNEL_QUEUE_MAX);
    /* Nothing of it is lost or out of order when the reader comes back. */
    while (heard < sent) {
        uint8_t got[2048];
        ssize_t n = recv(pair.hostile, got, sizeof got, MSG_DONTWAIT);
        if (n < 0) {
            turn(&pair);
            continue;
        }
        assert_int_equal(n, 1028);
        assert_int_equal(got[4], heard & 0xff);
        heard++;
    }
    assert_int_equal(channel_queued(pair.key.channel), 0);
    assert_int_equal(
        channel_send(pair.key.channel, MSG_SA_INSTALL, (struct span){octets, 1024}, -1), RC_OK);
    stop(&pair);
}

static void a_queued_descriptor_may_be_closed_by_its_owner(void **state)
{
    (void)state;
    struct pair pair;
    struct side child = {0};
    static uint8_t octets[1024];
    int fds[2], before = open_fds();
    enum rc rc = RC_OK;
    pair = (struct pair){.hostile = -1};
    assert_int_equal(uv_loop_init(&pair.loop), 0);
    assert_int_equal(channel_pair(fds), RC_OK);
    assert_int_equal(channel_open(&pair.loop, fds[0], ROLE_WARDEN, ROLE_KEY, on_message, on_closed,
                                  &pair.key, &pair.key.channel),
                     RC_OK);
    while (channel_queued(pair.key.channel) == 0 && rc == RC_OK)
        rc = channel_send(pair.key.channel, MSG_INTERFACE, (struct span){octets, 512}, -1);
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    assert_int_equal(channel_send(pair.key.channel, MSG_SOCKET, (struct span){octets, 4}, fd),
                     RC_OK);
    close(fd);
    assert_int_equal(channel_open(&pair.loop, fds[1], ROLE_KEY, ROLE_WARDEN, on_message, on_closed,
                                  &child, &child.channel),
                     RC_OK);
    while (child.fds == 0)
        turn(&pair);
    assert_int_equal(child.closed, 0);
    channel_close(child.channel);
    stop(&pair);
    assert_int_equal(open_fds(), before);
}

static void sending_to_a_dead_peer_tells_and_closes_from_the_loop(void **state)
{
    (void)state;
    struct pair pair;
    start(&pair, ROLE_PATH);
    close(pair.hostile);
    pair.hostile = -1;
    assert_int_equal(
        channel_send(pair.key.channel, MSG_SA_DELETE, (struct span){(uint8_t *)"x", 1}, -1), RC_IO);
    assert_int_equal(pair.key.closed, 0);
    turn(&pair);
    assert_int_equal(pair.key.closed, 1);
    stop(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_arrives_with_its_payload),
        cmocka_unit_test(a_sent_message_has_kind_length_and_payload),
        cmocka_unit_test(a_descriptor_is_passed_and_closed_on_exec),
        cmocka_unit_test(two_channels_talk_in_order),
        cmocka_unit_test(every_message_short_of_a_header_closes),
        cmocka_unit_test(a_length_that_is_not_the_datagrams_closes),
        cmocka_unit_test(more_octets_than_the_kind_allows_close),
        cmocka_unit_test(the_largest_message_fits_and_one_octet_more_closes),
        cmocka_unit_test(a_datagram_longer_than_the_buffer_closes),
        cmocka_unit_test(an_unknown_kind_closes),
        cmocka_unit_test(a_kind_from_the_wrong_side_closes),
        cmocka_unit_test(octets_that_the_handler_left_close),
        cmocka_unit_test(a_handler_that_refuses_closes),
        cmocka_unit_test(a_surprise_descriptor_closes_and_does_not_leak),
        cmocka_unit_test(a_missing_descriptor_and_one_too_many_close),
        cmocka_unit_test(an_empty_datagram_ends_the_channel),
        cmocka_unit_test(a_descriptor_on_an_empty_datagram_does_not_leak),
        cmocka_unit_test(messages_before_the_end_are_still_heard),
        cmocka_unit_test(messages_before_a_reset_are_still_heard),
        cmocka_unit_test(draining_hears_the_last_words),
        cmocka_unit_test(a_handler_may_close_its_channel),
        cmocka_unit_test(what_the_table_forbids_is_not_sent),
        cmocka_unit_test(a_slow_reader_fills_the_queue_and_then_is_refused),
        cmocka_unit_test(a_queued_descriptor_may_be_closed_by_its_owner),
        cmocka_unit_test(sending_to_a_dead_peer_tells_and_closes_from_the_loop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
