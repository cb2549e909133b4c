#include "tests/unit/support/loopback_only.h"

#include <criterion/criterion.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

void loopback_only(void)
{
    struct ifreq lo = {.ifr_name = "lo"};
    if (unshare(CLONE_NEWNET) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
        cr_assert_fail(
            "no network namespace may be made here, and without one the test must not run");
    const int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    cr_assert_geq(s, 0);
    cr_assert_eq(ioctl(s, SIOCGIFFLAGS, &lo), 0);
    lo.ifr_flags |= IFF_UP | IFF_RUNNING;
    cr_assert_eq(ioctl(s, SIOCSIFFLAGS, &lo), 0);
    cr_assert_eq(close(s), 0);
}
