/* The skeleton of the page. Nothing in it is a secret and nothing can be changed from it. */
#include "web/page.h"

#include "host/status_text.h"
#include "web/html.h"
#include "web/page_lists.h"
#include "web/page_rows.h"

#include <inttypes.h>
#include <time.h>

static const struct snapshot nothing;

static const char *freshness(const struct view *view)
{
    if (!view->snapshot)
        return "none";
    return view_is_live(view) ? "live" : "stale";
}

static void badge(struct sink *out, const struct view *view)
{
    sink_format(out, "<p id=\"badge\" class=\"badge %s\">", freshness(view));
    if (view_is_live(view))
        sink_text(out, "Live");
    else if (view->snapshot)
        sink_format(out, "Stale: data is %" PRIu64 " s old", view->age_ms / 1000);
    else
        sink_text(out, "Waiting for the keying process");
    sink_text(out, "</p>\n");
}

static void top(struct sink *out, const struct view *view, const struct snapshot *snapshot)
{
    const char *name = view->snapshot ? snapshot->header.hostname : view->hostname;
    char up[STATUS_WORD];
    sink_text(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                   "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                   "<title>");
    html_text(out, name);
    sink_text(out, " - Hubward</title>\n<link rel=\"stylesheet\" href=\"/app.css\">\n"
                   "<link rel=\"icon\" href=\"/icon.svg\" type=\"image/svg+xml\">\n"
                   "<script src=\"/app.js\" type=\"module\"></script>\n</head>\n<body>\n"
                   "<a class=\"skip\" href=\"#sessions\">Skip to the sessions</a>\n"
                   "<header>\n<h1>");
    html_text(out, name);
    sink_text(out, "</h1>\n<p id=\"about\">");
    if (view->snapshot) {
        sink_text(out, "Hubward ");
        html_text(out, snapshot->header.version);
        sink_format(out, ", up %s", status_duration_format(snapshot->header.uptime_ms, up));
    } else {
        sink_text(out, "Hubward");
    }
    sink_text(out, "</p>\n<button id=\"pause\" type=\"button\" hidden>Pause</button>\n");
    badge(out, view);
    sink_text(out, "</header>\n<p id=\"status\" role=\"status\" class=\"unseen\"></p>\n"
                   "<noscript><p class=\"note\">Without script the page shows the moment it was "
                   "loaded. <a href=\"/\">Reload</a></p></noscript>\n");
}

static void tile(struct sink *out, const char *label, const char *id, uint64_t value)
{
    sink_format(out, "<div><dt>%s</dt><dd id=\"%s\">%" PRIu64 "</dd></div>\n", label, id, value);
}

static uint64_t drops_total(const struct drop_counters *drops)
{
    uint64_t total = 0;
    for (size_t i = DROP_NONE + 1; i < DROP_COUNT; i++)
        total += drops->by_reason[i];
    return total;
}

static void summary(struct sink *out, const struct status_summary *totals)
{
    sink_text(out, "<section aria-labelledby=\"h-summary\">\n<h2 id=\"h-summary\">Summary</h2>\n"
                   "<dl class=\"tiles\">\n");
    tile(out, "ISAKMP SAs", "n-sas", totals->ike_sas);
    tile(out, "Half-open", "n-half", totals->ike_half_open);
    tile(out, "IPsec tunnels", "n-tunnels", totals->tunnels);
    tile(out, "Established since start", "n-established", totals->established_total);
    tile(out, "Refused since start", "n-refused", totals->refused_total);
    tile(out, "Packets dropped", "n-drops", drops_total(&totals->drops));
    sink_text(out, "</dl>\n</section>\n");
}

static void onboarding(struct sink *out, bool hidden)
{
    sink_format(out,
                "<div id=\"empty\" class=\"note\"%s>\n<p><strong>No sessions.</strong> "
                "The hub listens on UDP 500 and 4500.</p>\n",
                hidden ? " hidden" : "");
    sink_text(
        out, "<p>How to connect: a branch comes up when its traffic matches its access list. A VPN "
             "client needs the hub's outside address, the group name and group key of "
             "<code>crypto isakmp client configuration group</code>, and a user; for "
             "<code>vpnc</code>:</p>\n"
             "<pre>IPSec gateway ADDRESS\nIPSec ID GROUP\nIPSec secret GROUP-KEY\n"
             "Xauth username USER</pre>\n"
             "<p>If an attempt does not appear here, <code>hubctl debug crypto isakmp</code> on "
             "the hub shows where it ends.</p>\n</div>\n");
}

static void sessions(struct sink *out, const struct snapshot *snapshot)
{
    bool any = snapshot->ike_count > 0;
    sink_text(out, "<section id=\"sessions\" aria-labelledby=\"h-sessions\" tabindex=\"-1\">\n"
                   "<h2 id=\"h-sessions\">Sessions</h2>\n");
    onboarding(out, any);
    sink_format(out,
                "<p id=\"more\"%s>The first %zu sessions are shown; "
                "<code>hubctl show crypto session</code> lists all.</p>\n",
                (size_t)snapshot->summary.ike_sas + snapshot->summary.ike_half_open >
                            snapshot->ike_count &&
                        snapshot->ike_count == SNAPSHOT_SESSIONS
                    ? ""
                    : " hidden",
                (size_t)SNAPSHOT_SESSIONS);
    sink_format(out,
                "<div class=\"scroll\"><table id=\"t-sessions\"%s>\n<caption class=\"unseen\">"
                "ISAKMP sessions</caption>\n",
                any ? "" : " hidden");
    page_session_head(out);
    sink_text(out, "<tbody>\n");
    for (size_t i = 0; i < snapshot->ike_count; i++)
        page_session_row(out, &snapshot->ike[i]);
    sink_text(out, "</tbody>\n</table></div>\n</section>\n");
}

static void tunnels(struct sink *out, const struct snapshot *snapshot)
{
    bool any = snapshot->ipsec_count > 0;
    sink_format(out,
                "<section id=\"s-tunnels\" aria-labelledby=\"h-tunnels\"%s>\n"
                "<h2 id=\"h-tunnels\">Tunnels</h2>\n<div class=\"scroll\">"
                "<table id=\"t-tunnels\">\n<caption class=\"unseen\">IPsec SA pairs</caption>\n",
                any ? "" : " hidden");
    page_tunnel_head(out);
    sink_text(out, "<tbody>\n");
    for (size_t i = 0; i < snapshot->ipsec_count; i++)
        page_tunnel_row(out, &snapshot->ipsec[i]);
    sink_text(out, "</tbody>\n</table></div>\n</section>\n");
}

static void started(struct sink *out, uint64_t seconds)
{
    char text[48] = "";
    struct tm tm;
    time_t at = (time_t)seconds;
    if (!seconds || !gmtime_r(&at, &tm) || !strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm))
        return;
    sink_format(out, "<div><dt>Running since</dt><dd><time datetime=\"%s\">%s</time></dd></div>\n",
                text, text);
}

static const char *keying_state(const struct view *view)
{
    if (view_is_live(view))
        return "answers.";
    return view->linked ? "is connected but does not answer."
                        : "is away; the warden starts it again.";
}

static void health(struct sink *out, const struct view *view, const struct snapshot *snapshot)
{
    bool dropped = drops_total(&snapshot->summary.drops) > 0;
    sink_text(out, "<section aria-labelledby=\"h-health\">\n<h2 id=\"h-health\">Health</h2>\n"
                   "<dl class=\"facts\">\n<div><dt>Keying process</dt><dd id=\"keying\">");
    sink_text(out, keying_state(view));
    if (view->snapshot && !view_is_live(view))
        sink_text(out, " What is shown is the last that was known.");
    sink_format(out,
                "</dd></div>\n<div><dt>Negotiations begun</dt><dd id=\"n-started\">%" PRIu64
                "</dd></div>\n",
                snapshot->summary.started_total);
    started(out, snapshot->header.started_s);
    sink_format(out,
                "</dl>\n<p id=\"no-drops\"%s>No packet was dropped.</p>\n"
                "<table id=\"t-drops\" class=\"small\"%s>\n",
                dropped ? " hidden" : "", dropped ? "" : " hidden");
    sink_text(out, "<caption>Packets dropped, by reason</caption>\n<thead><tr>"
                   "<th scope=\"col\">Reason</th><th scope=\"col\">Packets</th></tr></thead>\n"
                   "<tbody>\n");
    page_drop_rows(out, &snapshot->summary.drops);
    sink_text(out, "</tbody>\n</table>\n</section>\n");
}

void page_html(struct sink *out, const struct view *view)
{
    const struct snapshot *snapshot = view->snapshot ? view->snapshot : &nothing;
    top(out, view, snapshot);
    sink_format(out, "<main class=\"%s\">\n", freshness(view));
    summary(out, &snapshot->summary);
    sessions(out, snapshot);
    tunnels(out, snapshot);
    static const enum status_what lists[] = {STATUS_PROBLEMS, STATUS_POOLS, STATUS_LEASES,
                                             STATUS_HISTORY,  STATUS_PEERS, STATUS_PROCESSES};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        page_list(out, snapshot, lists[i]);
    health(out, view, snapshot);
    sink_text(out, "</main>\n</body>\n</html>\n");
}
