/* Both texts are printed into lists of lines, each with the line that it stands under; equal ends
 * are cut off, and what is left is compared by the greedy algorithm of Myers (1986), which walks
 * the edit graph from both starts along diagonals and is quick where little differs. */
#include "config/diff.h"

#include "config/printer.h"

#include <stdlib.h>
#include <string.h>

/* So many lines may differ before everything between the equal ends counts as another text: it
 * bounds the memory of the walk to a few megabytes. */
enum { EDITS_MAX = 1024 };

struct printed_line {
    const char *section;
    const char *text;
    struct span secret; /* what it hides; borrowed from the configuration */
};
struct lines {
    struct arena *arena;
    struct printed_line *at;
    size_t count;
    const char *section;
    struct span secret; /* of the line that comes next */
    bool bad;
};

static void take_secret(void *context, struct span secret)
{
    struct lines *lines = context;
    lines->secret = secret;
}

static void take_line(void *context, const char *text)
{
    struct lines *lines = context;
    size_t indent = strspn(text, " "), len = strcspn(text + indent, "\n");
    if (!len || text[indent] == '!')
        return;
    struct printed_line *grown =
        arena_grow(lines->arena, lines->at, lines->count, sizeof *lines->at);
    char *copy = arena_strndup(lines->arena, text + indent, len);
    if (!grown || !copy) {
        lines->bad = true;
        return;
    }
    lines->at = grown;
    if (!indent)
        lines->section = copy;
    grown[lines->count++] =
        (struct printed_line){indent ? lines->section : "", copy, lines->secret};
    lines->secret = (struct span){NULL, 0};
}

static enum rc print(const struct config *config, struct lines *out)
{
    struct printer printer = {.line = take_line, .hides = take_secret, .context = out};
    printer_submode(&printer, MODE_GLOBAL, config);
    return out->bad ? RC_NO_MEMORY : RC_OK;
}

static bool same_text(const struct printed_line *a, const struct printed_line *b)
{
    return strcmp(a->text, b->text) == 0 && strcmp(a->section, b->section) == 0;
}

static bool same_line(const struct printed_line *a, const struct printed_line *b)
{
    return same_text(a, b) && span_equal(a->secret, b->secret);
}

static enum rc add(struct config_diff *diff, enum config_change_kind kind,
                   const struct printed_line *line)
{
    struct config_change *grown =
        arena_grow(&diff->arena, (void *)diff->changes, diff->count, sizeof *grown);
    if (!grown)
        return RC_NO_MEMORY;
    diff->changes = grown;
    grown[diff->count++] = (struct config_change){kind, line->section, line->text};
    return RC_OK;
}

/* The lists between their equal ends. */
struct middle {
    const struct printed_line *a, *b;
    size_t n, m;
};

static struct middle cut_ends(const struct lines *before, const struct lines *after)
{
    struct middle mid = {before->at, after->at, before->count, after->count};
    while (mid.n && mid.m && same_line(&mid.a[mid.n - 1], &mid.b[mid.m - 1])) {
        mid.n--;
        mid.m--;
    }
    while (mid.n && mid.m && same_line(mid.a, mid.b)) {
        mid.a++;
        mid.b++;
        mid.n--;
        mid.m--;
    }
    return mid;
}

/* furthest[d][k + d]: how far into `a` diagonal k is reached with d edits. */
struct walk {
    int *rows[EDITS_MAX + 1];
    int edits;
};

static int reached(const int *row, int d, int k)
{
    return k < -d || k > d ? -1 : row[k + d];
}

static int step(const struct walk *walk, int d, int k)
{
    if (d == 0)
        return 0;
    int down = reached(walk->rows[d - 1], d - 1, k + 1);
    int right = reached(walk->rows[d - 1], d - 1, k - 1);
    return k == -d || (k != d && right < down) ? down : right + 1;
}

/* RC_OK: the end is reached with walk->edits. RC_FULL: too much differs. */
static enum rc walk_on(const struct middle *mid, struct walk *walk)
{
    const int n = (int)mid->n, m = (int)mid->m;
    for (int d = 0; d <= EDITS_MAX; d++) {
        int *row = walk->rows[d] = malloc((2 * (size_t)d + 1) * sizeof *row);
        if (!row)
            return RC_NO_MEMORY;
        memset(row, -1, (2 * (size_t)d + 1) * sizeof *row);
        for (int k = -d; k <= d; k += 2) {
            int x = step(walk, d, k), y = x - k;
            while (x < n && y >= 0 && y < m && same_line(&mid->a[x], &mid->b[y])) {
                x++;
                y++;
            }
            row[k + d] = x;
            if (x >= n && y >= m) {
                walk->edits = d;
                return RC_OK;
            }
        }
    }
    return RC_FULL;
}

/* Back along the walk: which lines of a are removed, which of b are added. */
static void mark(const struct middle *mid, const struct walk *walk, uint8_t *gone, uint8_t *come)
{
    int x = (int)mid->n, y = (int)mid->m;
    for (int d = walk->edits; d > 0; d--) {
        int k = x - y;
        int down = reached(walk->rows[d - 1], d - 1, k + 1);
        int right = reached(walk->rows[d - 1], d - 1, k - 1);
        bool added = k == -d || (k != d && right < down);
        int from = added ? down : right, from_k = added ? k + 1 : k - 1;
        if (added)
            come[from - from_k] = 1;
        else
            gone[from] = 1;
        x = from;
        y = from - from_k;
    }
}

/* A line that only hides another secret is one change, where it is the one place. */
static enum rc list(struct config_diff *diff, const struct middle *mid, const uint8_t *gone,
                    const uint8_t *come)
{
    size_t i = 0, j = 0;
    enum rc rc = RC_OK;
    while (rc == RC_OK && (i < mid->n || j < mid->m)) {
        bool removed = i < mid->n && gone[i], added = j < mid->m && come[j];
        if (removed && added && same_text(&mid->a[i], &mid->b[j])) {
            rc = add(diff, CONFIG_SECRET, &mid->b[j++]);
            i++;
        } else if (removed)
            rc = add(diff, CONFIG_REMOVED, &mid->a[i++]);
        else if (added)
            rc = add(diff, CONFIG_ADDED, &mid->b[j++]);
        else {
            i++;
            j++;
        }
    }
    return rc;
}

static enum rc compare(struct config_diff *diff, const struct middle *mid)
{
    struct walk walk = {.edits = 0};
    uint8_t *marks = calloc(1, mid->n + mid->m + 1);
    enum rc rc = marks ? walk_on(mid, &walk) : RC_NO_MEMORY;
    if (rc == RC_OK)
        mark(mid, &walk, marks, marks + mid->n);
    if (rc == RC_FULL) {
        memset(marks, 1, mid->n + mid->m);
        rc = RC_OK;
    }
    if (rc == RC_OK)
        rc = list(diff, mid, marks, marks + mid->n);
    for (size_t d = 0; d <= EDITS_MAX; d++)
        free(walk.rows[d]);
    free(marks);
    return rc;
}

enum rc config_diff(const struct config *before, const struct config *after,
                    struct config_diff *out)
{
    struct config_diff diff = {.count = 0};
    struct lines old = {.arena = &diff.arena, .section = ""};
    struct lines new = {.arena = &diff.arena, .section = ""};
    enum rc rc = print(before, &old);
    if (rc == RC_OK)
        rc = print(after, &new);
    const struct middle mid = cut_ends(&old, &new);
    if (rc == RC_OK && (mid.n || mid.m))
        rc = compare(&diff, &mid);
    if (rc == RC_OK)
        *out = diff;
    else
        arena_wipe(&diff.arena);
    return rc;
}

void config_diff_wipe(struct config_diff *diff)
{
    arena_wipe(&diff->arena);
    *diff = (struct config_diff){.count = 0};
}
