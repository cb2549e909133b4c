/* A network namespace with loopback only, for tests of addresses of other hosts: even if the code
 * under test fails to refuse one, no packet leaves the machine. */
#ifndef CZ_TESTS_LOOPBACK_ONLY_H
#define CZ_TESTS_LOOPBACK_ONLY_H

/* Before the first thread is started: threads that are started later are in the same network. Skips
 * the running test where the system does not permit it. */
void loopback_only(void);

#endif
