/* How writes become durable. Linux: nothing waits until a COMMIT, which syncs the file system once.
 * Elsewhere no such call reports failures, and FUSE file systems aren't told of one: there every
 * file and every folder's entry is synced by itself. */
#include "store/objects/local.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#if defined(__linux__)
#include <sys/vfs.h>
#endif

#if defined(__linux__)

enum { FUSE_MAGIC = 0x65735546 }; /* FUSE_SUPER_MAGIC, which older headers lack */

/* The kernel hands syncfs() on to a FUSE server only if that has asked for it, which libfuse can't:
 * what the server has been sent, and holds back, stays there. */
bool local_syncs_each(int root)
{
    struct statfs there;
    return fstatfs(root, &there) == 0 && there.f_type == FUSE_MAGIC;
}

/* Large files: let the disk begin now, so that the sync at the end finds little to do. */
static void begin_writing(int fd, size_t len)
{
    enum { LARGE = 1 << 20 };
    if (len >= LARGE)
        (void)sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
}

static int sync_root(const local *l)
{
    return syncfs(l->root);
}

#else

bool local_syncs_each(int root)
{
    (void)root;
    return true;
}

static void begin_writing(int fd, size_t len)
{
    (void)fd;
    (void)len;
}

static int sync_root(const local *l)
{
    (void)l;
    return 0;
}

#endif

int local_sync_file(const local *l, int fd, size_t len)
{
    if (!l->syncs_each) {
        begin_writing(fd, len);
        return 0;
    }
#if defined(F_FULLFSYNC)
    if (fcntl(fd, F_FULLFSYNC) == 0)
        return 0;
#endif
    return fsync(fd);
}

/* The kernel reports a lost write to one call only, whoever makes it; so the first failure stays,
 * and no later COMMIT of this store may pass. */
int local_sync_all(local *l)
{
    pthread_mutex_lock(&l->sync);
    if (!l->lost && sync_root(l) < 0)
        l->lost = errno;
    const int lost = l->lost;
    pthread_mutex_unlock(&l->sync);
    errno = lost;
    return lost ? -1 : 0;
}

/* A folder that is gone has no entries: another process removed what was in it. */
int local_sync_folder(int dir)
{
    const int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? 0 : -1;
    const int rc = fsync(fd);
    const int why = errno;
    (void)close(fd);
    errno = why;
    return rc;
}
