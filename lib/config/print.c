/* `show running-config` is the command table, printed: each global row writes its objects. */
#include "config/print.h"

#include "config/printer.h"

void config_print(const struct config *config, void (*line)(void *context, const char *text),
                  void *context)
{
    struct printer printer = {.line = line, .context = context};
    printer_submode(&printer, MODE_GLOBAL, config);
    printer_line(&printer, "end");
}
