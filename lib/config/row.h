/* One row of the command table: everything Hubward knows about one command. The parser, the help,
 * `show running-config` and the error messages all read it, so a command is described once.
 *
 * Syntax: lower-case words are keywords; UPPER-CASE words are placeholders (argument.h), <1-10> a
 * number in that range; [a | b] may be left out, {a | b} may not; "..." repeats what stands
 * before. */
#ifndef HUBWARD_CONFIG_ROW_H
#define HUBWARD_CONFIG_ROW_H

#include "base/rc.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum config_mode {
    MODE_GLOBAL,
    MODE_KEYRING,
    MODE_POLICY,
    MODE_PROFILE,
    MODE_GROUP,
    MODE_TRANSFORM,
    MODE_IDENTITY,
    MODE_ENTRY, /* of a crypto map or a dynamic map */
    MODE_INTERFACE,
    MODE_ACL_STANDARD,
    MODE_ACL_EXTENDED,
    MODE_FOREIGN, /* below a command that has nothing to do with a VPN: no rows */
    MODE_REFUSED, /* below a command that was refused: no rows */
    MODE_COUNT
};

struct apply;
struct printer;
struct row;

/* Put one matched line into the draft. RC_MALFORMED: an error was reported. RC_NO_MEMORY. */
typedef enum rc row_apply(struct apply *apply);
/* Write the lines of this row for one object: struct config for global rows, else the object of the
 * submode. Writes nothing when the object holds the default. */
typedef void row_print(struct printer *printer, const struct row *row, const void *object);

struct row {
    enum config_mode mode;
    const char *syntax; /* NULL ends a table */
    const char *help;
    const char *standard;   /* the default in words; NULL: none */
    row_apply *apply;       /* NULL: the line is listed as ignored */
    row_print *print;       /* NULL: never printed, or printed by another row */
    enum config_mode opens; /* MODE_GLOBAL: stays where it is */
    const char *refuse;     /* apply only says this: why not, and the way out */
    size_t field;           /* for the common functions: offset in the draft's object … */
    size_t shown;           /* … and in the configuration's, where they differ */
    uint32_t initial;       /* number that `no` restores */
    bool fallback;          /* catches what the row above it does not read */
};

/* The tables, each ended by a row without syntax. */
extern const struct row rows_system[];
extern const struct row rows_key[];
extern const struct row rows_isakmp[];
extern const struct row rows_profile[];
extern const struct row rows_group[];
extern const struct row rows_ipsec[];
extern const struct row rows_identity[];
extern const struct row rows_map[];
extern const struct row rows_entry[];
extern const struct row rows_acl[];
extern const struct row rows_interface[];
extern const struct row rows_hubward[];

/* Walk all rows in printing order: start with a zeroed place; NULL at the end. */
struct row_place {
    size_t table;
    size_t index;
};
const struct row *row_next(struct row_place *place);

/* Words up to the last keyword in front of the first bracket: enough to know the command. */
size_t row_head_words(const struct row *row);

#endif
