/* A network of the test's own that has nothing but loopback, for tests of addresses elsewhere: even
 * if the product fails to refuse one, no packet leaves the machine. */
#ifndef CZ_TESTS_LOOPBACK_ONLY_H
#define CZ_TESTS_LOOPBACK_ONLY_H

/* Before the first thread is started: threads that are started later are in the same network. Skips
 * the running test where the system does not permit it. */
void loopback_only(void);

#endif
