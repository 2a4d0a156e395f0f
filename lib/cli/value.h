/* value - parses the value of an option
 *
 * Each returns whether VALUE is valid, and stores it in *RET. */
#ifndef VALUE_H
#define VALUE_H

#include <stdbool.h>
#include <stdint.h>

/* A decimal number from MIN to MAX. */
bool value_number(const char *value, uint64_t min, uint64_t max, uint64_t *ret);

/* Octets, with K, M or G for 1024 and its powers. */
bool value_size(const char *value, uint64_t *ret);

enum { VALUE_COMMAND_MAX = 4096 }; /* octets of a command line, with NUL */

/* A command line: at least one word, within VALUE_COMMAND_MAX octets. */
bool value_command(const char *value, const char **ret);

/* The name of a host. */
bool value_name(const char *value, const char **ret);

#endif
