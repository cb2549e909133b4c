/* Durability. On Linux only COMMIT syncs, the whole file system at once. On other systems no such
 * call reports failures, and FUSE servers do not receive it: there each file and each folder's
 * entries are synced separately. */
#include "store/objects/local.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#if defined(__linux__)
#include <sys/vfs.h>
#endif

#if defined(__linux__)

enum { FUSE_MAGIC = 0x65735546 }; /* FUSE_SUPER_MAGIC, missing in older headers */

/* The kernel forwards syncfs() to a FUSE server only on request, which libfuse cannot make: data
 * that the server buffers would not be synced. */
bool local_syncs_each(int root)
{
    struct statfs there;
    return fstatfs(root, &there) == 0 && there.f_type == FUSE_MAGIC;
}

/* Start writing large files to disk, so that the final sync has little to do. */
static void start_writeback(int fd, size_t len)
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

static void start_writeback(int fd, size_t len)
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
        start_writeback(fd, len);
        return 0;
    }
#if defined(F_FULLFSYNC)
    if (fcntl(fd, F_FULLFSYNC) == 0)
        return 0;
#endif
    return fsync(fd);
}

/* The kernel reports a lost write only once. So the first failure is kept, and all later COMMITs of
 * this store fail. */
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

/* ENOENT: another process removed the folder, so it has no entries to sync. */
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
