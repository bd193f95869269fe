/*
 * For tests of many runs in one process, each of which takes no time: one that
 * does not come to an end is named, and ends the test.
 */
#ifndef NB_SUPPORT_WATCHDOG_H
#define NB_SUPPORT_WATCHDOG_H

/*
 * From now on there are some seconds for the run that the words describe, as
 * printf writes them.
 */
void watchdog_set(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* The run is over. */
void watchdog_clear(void);

#endif
