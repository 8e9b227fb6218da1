/* The page and the API document: their states, and that no text of a stranger is more than text. */
#include "unit/status_fixture.h"
#include "web/api.h"
#include "web/asset.h"
#include "web/html.h"
#include "web/page.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

/* Rows of a test; the snapshot borrows them. */
struct scene {
    struct status_ike ike[3];
    struct status_ipsec ipsec[3];
    struct snapshot snapshot;
    struct view view;
};

static void set_scene(struct scene *scene)
{
    *scene = (struct scene){
        .ike = {fixture_branch(), fixture_client(), fixture_negotiating()},
        .ipsec = {fixture_branch_tunnel(), fixture_client_tunnel(), fixture_v6_tunnel()},
        .snapshot = {.header = fixture_header(),
                     .summary = fixture_summary(),
                     .ike_count = 3,
                     .ipsec_count = 3},
        .view = {.hostname = "configured", .age_ms = 500, .linked = true},
    };
    scene->snapshot.ike = scene->ike;
    scene->snapshot.ipsec = scene->ipsec;
    scene->view.snapshot = &scene->snapshot;
}

static const char *page_of(struct sink *out, const struct view *view)
{
    sink_clear(out);
    page_html(out, view);
    assert_false(out->bad);
    return sink_string(out);
}

static json_t *api_of(struct sink *out, const struct view *view)
{
    sink_clear(out);
    api_sessions(out, view);
    assert_false(out->bad);
    json_error_t error;
    json_t *document = json_loads(sink_string(out), JSON_REJECT_DUPLICATES, &error);
    assert_non_null(document);
    return document;
}

static void has(const char *page, const char *part)
{
    if (!strstr(page, part))
        fail_msg("the page lacks: %s", part);
}

static void lacks(const char *page, const char *part)
{
    if (strstr(page, part))
        fail_msg("the page has: %s", part);
}

static void a_live_page_shows_sessions_tunnels_and_drops(void **state)
{
    (void)state;
    struct sink out = {0};
    struct scene scene;
    set_scene(&scene);
    const char *page = page_of(&out, &scene.view);
    has(page, "<title>Hub - Hubward</title>");
    has(page, "Hubward 0.1.0, up 1w2d");
    has(page, "class=\"badge live\">Live<");
    has(page, "<main class=\"live\">");
    has(page, "<tr data-id=\"4294967298\"><td data-label=\"State\"><span>Up</span>"
              "<small>QM_IDLE</small><em></em></td><td data-label=\"User or peer\">"
              "<span>alice</span><small>key-id testgroup</small><em></em></td>");
    has(page, "<span>10.5.5.1</span>");
    has(page, "<span>10.51.82.100:500</span>");
    has(page, "<span>Cisco VPN Client 4.0.4</span>");
    has(page, "<span>15.5 KiB / 672 B</span>");
    has(page, "<span>3des sha group 2</span><small></small><em>weak</em>");
    has(page, "<span>Connecting</span><small>MM_KEY_EXCH</small>");
    has(page, "<span>203.0.113.9:1500</span><small>through NAT</small><em></em>");
    has(page, "<span>not known yet</span>");
    has(page, "<span>L2L</span><small></small>");
    has(page, "<span>18:28:02</span><small>last sign 00:00:01 ago</small>");
    has(page, "<span>0x7A1AB8F3 / 0xB0C0F4AC</span>");
    has(page, "<span>esp-gcm 256</span><small>in UDP</small><em></em>");
    has(page, "<tr data-drop=\"ike_cookie\"><th scope=\"row\">no ISAKMP SA with these cookies</th>"
              "<td>17</td></tr>");
    has(page, "<tr data-drop=\"ike_short\" hidden>");
    has(page, "<dd id=\"n-drops\">19</dd>");
    has(page, "<dd id=\"n-refused\">19</dd>");
    has(page, "<div id=\"empty\" class=\"note\" hidden>");
    has(page, "answers.</dd>");
    has(page, "<p id=\"no-drops\" hidden>");
    has(page, "<time datetime=\"2004-04-02T15:33:20Z\">");
    sink_free(&out);
}

static void an_empty_hub_says_how_to_connect(void **state)
{
    (void)state;
    struct sink out = {0};
    struct scene scene;
    set_scene(&scene);
    scene.snapshot.ike_count = scene.snapshot.ipsec_count = 0;
    scene.snapshot.summary = (struct status_summary){0};
    const char *page = page_of(&out, &scene.view);
    has(page, "<div id=\"empty\" class=\"note\">");
    has(page, "<strong>No sessions.</strong>");
    has(page, "IPSec gateway ADDRESS");
    has(page, "<p id=\"no-drops\">");
    has(page, "<table id=\"t-drops\" class=\"small\" hidden>");
    has(page, "<table id=\"t-sessions\" hidden>");
    has(page, "<section id=\"s-tunnels\" aria-labelledby=\"h-tunnels\" hidden>");
    sink_free(&out);
}

static void a_stale_page_says_how_old_and_keeps_its_rows(void **state)
{
    (void)state;
    struct sink out = {0};
    struct scene scene;
    set_scene(&scene);
    scene.view.linked = false;
    scene.view.age_ms = 42999;
    const char *page = page_of(&out, &scene.view);
    has(page, "class=\"badge stale\">Stale: data is 42 s old<");
    has(page, "<main class=\"stale\">");
    has(page, "is away; the warden starts it again. What is shown is the last that was known.");
    has(page, "<span>alice</span>");
    scene.view.linked = true; /* there, but silent */
    page = page_of(&out, &scene.view);
    has(page, "badge stale");
    has(page, "is connected but does not answer");
    sink_free(&out);
}

static void freshness_ends_at_ten_seconds_or_with_the_link(void **state)
{
    (void)state;
    struct scene scene;
    set_scene(&scene);
    scene.view.age_ms = VIEW_STALE_MS - 1;
    assert_true(view_is_live(&scene.view));
    scene.view.age_ms = VIEW_STALE_MS;
    assert_false(view_is_live(&scene.view));
    scene.view.age_ms = 0;
    scene.view.linked = false;
    assert_false(view_is_live(&scene.view));
    scene.view.linked = true;
    scene.view.snapshot = NULL;
    assert_false(view_is_live(&scene.view));
}

static void before_the_first_answer_the_page_says_so(void **state)
{
    (void)state;
    struct sink out = {0};
    const struct view view = {.hostname = "configured"};
    const char *page = page_of(&out, &view);
    has(page, "<h1>configured</h1>");
    has(page, "class=\"badge none\">Waiting for the keying process<");
    json_t *document = api_of(&out, &view);
    assert_true(json_is_false(json_object_get(document, "live")));
    assert_true(json_is_null(json_object_get(document, "age_ms")));
    assert_true(json_is_null(json_object_get(document, "summary")));
    assert_int_equal(json_array_size(json_object_get(document, "sessions")), 0);
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(document, "hub"), "hostname")),
        "configured");
    json_decref(document);
    sink_free(&out);
}

static void the_document_has_the_rows_and_the_state(void **state)
{
    (void)state;
    struct sink out = {0};
    struct scene scene;
    set_scene(&scene);
    json_t *document = api_of(&out, &scene.view);
    assert_int_equal(json_integer_value(json_object_get(document, "schema")), 1);
    assert_true(json_is_true(json_object_get(document, "live")));
    assert_int_equal(json_integer_value(json_object_get(document, "age_ms")), 500);
    assert_int_equal(json_array_size(json_object_get(document, "sessions")), 3);
    assert_int_equal(json_array_size(json_object_get(document, "tunnels")), 3);
    json_t *client = json_array_get(json_object_get(document, "sessions"), 1);
    assert_string_equal(json_string_value(json_object_get(client, "user")), "alice");
    json_decref(document);
    sink_free(&out);
}

static void more_sessions_than_shown_is_said(void **state)
{
    (void)state;
    struct sink out = {0};
    struct scene scene;
    set_scene(&scene);
    struct status_ike *many = calloc(SNAPSHOT_SESSIONS, sizeof *many);
    assert_non_null(many);
    scene.snapshot.ike = many;
    scene.snapshot.ike_count = SNAPSHOT_SESSIONS;
    scene.snapshot.summary.ike_sas = SNAPSHOT_SESSIONS - 1; /* and one half-open */
    has(page_of(&out, &scene.view), "<p id=\"more\" hidden>");
    scene.snapshot.summary.ike_sas = SNAPSHOT_SESSIONS;
    has(page_of(&out, &scene.view), "<p id=\"more\">The first 200 sessions are shown");
    free(many);
    sink_free(&out);
}

static void pages_of_rows_add_up_to_the_bound(void **state)
{
    (void)state;
    struct snapshot snapshot = {0};
    struct status_page *page = calloc(1, sizeof *page);
    bool full = false;
    assert_non_null(page);
    page->what = STATUS_IKE;
    page->count = STATUS_PAGE_ROWS;
    for (size_t have = 0; have < SNAPSHOT_SESSIONS; have += STATUS_PAGE_ROWS) {
        assert_false(full);
        assert_int_equal(snapshot_add(&snapshot, page, &full), RC_OK);
    }
    assert_true(full);
    assert_int_equal(snapshot.ike_count, SNAPSHOT_SESSIONS);
    assert_int_equal(snapshot_add(&snapshot, page, &full), RC_OK);
    assert_int_equal(snapshot.ike_count, SNAPSHOT_SESSIONS);
    page->count = 0;
    page->what = STATUS_IPSEC;
    assert_int_equal(snapshot_add(&snapshot, page, &full), RC_OK);
    assert_false(full);
    assert_int_equal(snapshot.ipsec_count, 0);
    page->what = STATUS_WHAT_COUNT;
    assert_int_equal(snapshot_add(&snapshot, page, &full), RC_MALFORMED);
    snapshot_free(&snapshot);
    free(page);
}

static void five_characters_are_references_and_the_rest_is_ascii(void **state)
{
    (void)state;
    struct sink out = {0};
    html_text(&out, "a<b>&\"c\"'d'\n\x1b\xe2\x80\xa8\\x41");
    assert_string_equal(sink_string(&out), "a&lt;b&gt;&amp;&quot;c&quot;&#39;d&#39;\\x0a\\x1b"
                                           "\\xe2\\x80\\xa8\\x41");
    sink_clear(&out);
    html_text(&out, NULL);
    assert_string_equal(sink_string(&out), "");
    sink_free(&out);
}

/* Everything between < and >, so that a page can be compared tag by tag. */
static void tags_of(const char *page, struct sink *out)
{
    sink_clear(out);
    for (const char *at = strchr(page, '<'); at; at = strchr(at, '<')) {
        size_t len = strcspn(at, ">") + 1;
        sink_octets(out, at, len);
        at += len;
    }
}

static void fill_scene_with(struct scene *scene, const char *text)
{
    set_scene(scene);
    scene->ike[1] = fixture_hostile_row(text);
    scene->snapshot.ike_count = 2;
    fixture_text(scene->ipsec[1].interface, sizeof scene->ipsec[1].interface, text);
    fixture_text(scene->ipsec[1].map, sizeof scene->ipsec[1].map, text);
    fixture_text(scene->snapshot.header.hostname, sizeof scene->snapshot.header.hostname, text);
    fixture_text(scene->snapshot.header.version, sizeof scene->snapshot.header.version, text);
}

/* W01: with any text in every field the page has exactly the tags and attributes that it has with
 * a harmless one, and is printable ASCII throughout. */
static void hostile_texts_change_no_tag_of_the_page(void **state)
{
    (void)state;
    struct sink out = {0}, want = {0}, tags = {0};
    struct scene scene;
    fill_scene_with(&scene, "plain");
    tags_of(page_of(&out, &scene.view), &want);
    for (size_t i = 0; i < FIXTURE_HOSTILE; i++) {
        fill_scene_with(&scene, fixture_hostile[i]);
        tags_of(page_of(&out, &scene.view), &tags);
        assert_string_equal(sink_string(&tags), sink_string(&want));
        for (const char *at = sink_string(&out); *at; at++)
            assert_true(*at == '\n' || (*at >= 0x20 && *at < 0x7f));
    }
    sink_free(&out);
    sink_free(&want);
    sink_free(&tags);
}

/* What JSON says is what the terminal says: the same text with \xNN for what is not printable. */
static void hostile_texts_are_plain_strings_in_json(void **state)
{
    (void)state;
    struct sink out = {0}, safe = {0};
    struct scene scene;
    for (size_t i = 0; i < FIXTURE_HOSTILE; i++) {
        fill_scene_with(&scene, fixture_hostile[i]);
        json_t *document = api_of(&out, &scene.view);
        const json_t *row = json_array_get(json_object_get(document, "sessions"), 1);
        static const char *const keys[] = {"identity", "profile", "group", "user", "client"};
        sink_clear(&safe);
        sink_safe(&safe, scene.ike[1].user);
        for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++)
            assert_string_equal(json_string_value(json_object_get(row, keys[k])),
                                sink_string(&safe));
        for (const char *at = sink_string(&out); *at; at++)
            assert_true(*at >= 0x20 && *at < 0x7f);
        json_decref(document);
    }
    sink_free(&out);
    sink_free(&safe);
}

/* The policy forbids inline code and styles, and the script must not need what trusted types
 * forbid. */
static void nothing_is_inline_and_the_script_writes_text_only(void **state)
{
    (void)state;
    struct sink out = {0}, script = {0};
    struct scene scene;
    set_scene(&scene);
    const char *page = page_of(&out, &scene.view);
    struct sink tags = {0};
    tags_of(page, &tags);
    lacks(sink_string(&tags), "style=");
    lacks(sink_string(&tags), "<style");
    lacks(sink_string(&tags), " on"); /* event handlers */
    sink_free(&tags);
    assert_ptr_equal(strstr(page, "<script"), strstr(page, "<script src=\"/app.js\""));
    lacks(strstr(page, "<script") + 1, "<script");
    struct span text = asset_of(ROUTE_SCRIPT);
    sink_octets(&script, (const char *)text.at, text.len);
    static const char *const forbidden[] = {
        "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(",
        "Function(", "srcdoc",    "setAttribute('on",   "javascript:"};
    for (size_t i = 0; i < sizeof forbidden / sizeof forbidden[0]; i++)
        lacks(sink_string(&script), forbidden[i]);
    has(sink_string(&script), "textContent");
    sink_free(&out);
    sink_free(&script);
}

static void every_id_the_script_asks_for_is_on_the_page(void **state)
{
    (void)state;
    struct sink out = {0}, script = {0};
    struct scene scene;
    set_scene(&scene);
    const char *page = page_of(&out, &scene.view);
    struct span text = asset_of(ROUTE_SCRIPT);
    size_t found = 0;
    sink_octets(&script, (const char *)text.at, text.len);
    for (const char *at = strstr(sink_string(&script), "byId('"); at; at = strstr(at, "byId('")) {
        char part[80];
        at += strlen("byId('");
        snprintf(part, sizeof part, "id=\"%.*s\"", (int)strcspn(at, "'"), at);
        has(page, part);
        found++;
    }
    assert_true(found > 10);
    sink_free(&out);
    sink_free(&script);
}

static void assets_are_the_files(void **state)
{
    (void)state;
    const struct {
        enum route route;
        const char *file;
    } rows[] = {{ROUTE_STYLE, "web/app.css"},
                {ROUTE_SCRIPT, "web/app.js"},
                {ROUTE_LISTS, "web/lists.js"},
                {ROUTE_ICON, "web/icon.svg"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char path[512];
        struct span asset = asset_of(rows[i].route);
        snprintf(path, sizeof path, "%s/%s", HUBWARD_SOURCE, rows[i].file);
        FILE *file = fopen(path, "r");
        assert_non_null(file);
        uint8_t *octets = malloc(asset.len + 1);
        assert_non_null(octets);
        assert_int_equal(fread(octets, 1, asset.len + 1, file), asset.len);
        assert_memory_equal(octets, asset.at, asset.len);
        free(octets);
        fclose(file);
    }
    assert_null(asset_of(ROUTE_PAGE).at);
    assert_null(asset_of(ROUTE_SESSIONS).at);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_live_page_shows_sessions_tunnels_and_drops),
        cmocka_unit_test(an_empty_hub_says_how_to_connect),
        cmocka_unit_test(a_stale_page_says_how_old_and_keeps_its_rows),
        cmocka_unit_test(freshness_ends_at_ten_seconds_or_with_the_link),
        cmocka_unit_test(before_the_first_answer_the_page_says_so),
        cmocka_unit_test(the_document_has_the_rows_and_the_state),
        cmocka_unit_test(more_sessions_than_shown_is_said),
        cmocka_unit_test(pages_of_rows_add_up_to_the_bound),
        cmocka_unit_test(five_characters_are_references_and_the_rest_is_ascii),
        cmocka_unit_test(hostile_texts_change_no_tag_of_the_page),
        cmocka_unit_test(hostile_texts_are_plain_strings_in_json),
        cmocka_unit_test(nothing_is_inline_and_the_script_writes_text_only),
        cmocka_unit_test(every_id_the_script_asks_for_is_on_the_page),
        cmocka_unit_test(assets_are_the_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
