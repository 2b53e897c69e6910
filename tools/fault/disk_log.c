/* Preloaded into a process, it writes down in what order the process changes and syncs the files of one folder, so
   that a power cut can be played afterwards: what no fsync made durable may be gone. Linux only.

   DISK_LOG names the log, DISK_FOLDER the folder. One record: a letter, the number of bytes that follow the lengths,
   length of the name, offset, then the name and the data. A change and its record are made under one lock: the log has
   the order that the files saw. The shared memory of a WAL (-shm) is no file that lasts, and is left out. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

struct head {
    char kind;
    uint32_t name;
    uint64_t offset;
    uint64_t data;
} __attribute__((packed));

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int log_fd = -1;
static char folder[PATH_MAX];
static size_t folder_length;

__attribute__((constructor)) static void begin(void) {
    const char *log_name = getenv("DISK_LOG"), *named = getenv("DISK_FOLDER");
    if (!log_name || !named || !realpath(named, folder)) return;
    folder_length = strlen(folder);
    log_fd = open(log_name, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
}

static int ours(const char *path) {
    size_t length = strlen(path);
    if (log_fd < 0 || strncmp(path, folder, folder_length) || path[folder_length] != '/') return 0;
    return length < 4 || strcmp(path + length - 4, "-shm");
}

static int path_of(int fd, char *path) {
    char link[64];
    ssize_t length;
    if (log_fd < 0 || fd == log_fd) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    length = readlink(link, path, PATH_MAX - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    return ours(path);
}

static void note(char kind, const char *path, uint64_t offset, const void *data, uint64_t size) {
    struct head head = {kind, (uint32_t)strlen(path), offset, size};
    struct iovec parts[3] = {{&head, sizeof head}, {(void *)path, head.name}, {(void *)data, size}};
    if (syscall(SYS_writev, log_fd, parts, size ? 3 : 2) < 0) abort();
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int fd, const void *data, size_t size) {
    char path[PATH_MAX];
    if (!path_of(fd, path)) return REAL(write)(fd, data, size);
    pthread_mutex_lock(&lock);
    ssize_t done = REAL(write)(fd, data, size);
    if (done > 0) note('w', path, (uint64_t)(lseek(fd, 0, SEEK_CUR) - done), data, (uint64_t)done);
    pthread_mutex_unlock(&lock);
    return done;
}

#define PWRITE(name, offset_type)                                                          \
    ssize_t name(int fd, const void *data, size_t size, offset_type offset) {              \
        char path[PATH_MAX];                                                               \
        if (!path_of(fd, path)) return REAL(name)(fd, data, size, offset);                 \
        pthread_mutex_lock(&lock);                                                         \
        ssize_t done = REAL(name)(fd, data, size, offset);                                 \
        if (done > 0) note('w', path, (uint64_t)offset, data, (uint64_t)done);             \
        pthread_mutex_unlock(&lock);                                                       \
        return done;                                                                       \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

#define CUT(name, offset_type)                                                             \
    int name(int fd, offset_type size) {                                                   \
        char path[PATH_MAX];                                                               \
        if (!path_of(fd, path)) return REAL(name)(fd, size);                               \
        pthread_mutex_lock(&lock);                                                         \
        int failed = REAL(name)(fd, size);                                                 \
        if (!failed) note('t', path, (uint64_t)size, "", 0);                               \
        pthread_mutex_unlock(&lock);                                                       \
        return failed;                                                                     \
    }
CUT(ftruncate, off_t)
CUT(ftruncate64, off64_t)

#define SYNC(name)                                                                         \
    int name(int fd) {                                                                     \
        char path[PATH_MAX];                                                               \
        if (!path_of(fd, path)) return REAL(name)(fd);                                     \
        pthread_mutex_lock(&lock);                                                         \
        int failed = REAL(name)(fd);                                                       \
        if (!failed) note('s', path, 0, "", 0);                                            \
        pthread_mutex_unlock(&lock);                                                       \
        return failed;                                                                     \
    }
SYNC(fsync)
SYNC(fdatasync)

int rename(const char *from, const char *to) {
    char before[PATH_MAX], after[PATH_MAX];
    int seen = realpath(from, before) && ours(before);
    pthread_mutex_lock(&lock);
    int failed = REAL(rename)(from, to);
    if (!failed && seen && realpath(to, after)) note('r', before, 0, after, strlen(after));
    pthread_mutex_unlock(&lock);
    return failed;
}

int unlink(const char *name) {
    char path[PATH_MAX];
    int seen = realpath(name, path) && ours(path);
    pthread_mutex_lock(&lock);
    int failed = REAL(unlink)(name);
    if (!failed && seen) note('u', path, 0, "", 0);
    pthread_mutex_unlock(&lock);
    return failed;
}
