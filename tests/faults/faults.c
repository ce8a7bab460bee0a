/* Counts the operations on files below a folder, and lets one of them go wrong.
 *
 * Preloaded, it stands before the C library's functions, so that it sees what native code writes,
 * too. The environment says what it does, and is read at each operation, since a fork of a server
 * takes its environment over late:
 *
 * _MNISTKIT_FAULT_ROOT     the folder; without it nothing is counted
 * _MNISTKIT_FAULT_COUNTER  a file of 16 bytes that all processes share: the count, and whether the
 *                          clock of the first one runs
 * _MNISTKIT_FAULT_LOG      a file that gets a line for each operation: the process, the milliseconds
 *                          of CPU that it has taken, the operation's name and path
 * _MNISTKIT_FAULT_STOP     if set, the process stops before each operation and in the middle of each
 *                          write until it is continued; what a kill would leave can be looked at
 * _MNISTKIT_FAULT_AT       the number of the operation that goes wrong, counted from 1
 * _MNISTKIT_FAULT_DO       `kill` before it, or the number of an error
 * _MNISTKIT_FAULT_LASTS    if `room`, all later ones that need room fail as well; if `all`, all
 * _MNISTKIT_FAULT_CPU      milliseconds of CPU after which the process is killed
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
/* Operations that a full disk refuses. */
#define NEEDS_ROOM 1

static long *shared(void) {
    static long *place;
    if (place == NULL) {
        int file = syscall(SYS_openat, AT_FDCWD, getenv("_MNISTKIT_FAULT_COUNTER"), O_RDWR, 0);
        place = mmap(NULL, 2 * sizeof *place, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        syscall(SYS_close, file);
        if (place == MAP_FAILED) abort();
    }
    return place;
}

static struct timespec began;

static long milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (now.tv_sec - began.tv_sec) * 1000 + (now.tv_nsec - began.tv_nsec) / 1000000;
}

/* Starts the clock; it kills the first process alone, not its children. */
static void start_clock(void) {
    static int started;
    if (started) return;
    started = 1;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &began);
    const char *limit = getenv("_MNISTKIT_FAULT_CPU");
    if (limit == NULL || __atomic_exchange_n(&shared()[1], 1, __ATOMIC_SEQ_CST)) return;
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGKILL};
    long left = atol(limit);
    struct itimerspec until = {.it_value = {left / 1000, left % 1000 * 1000000 + 1}};
    timer_t timer;
    if (timer_create(CLOCK_PROCESS_CPUTIME_ID, &event, &timer) != 0) abort();
    if (timer_settime(timer, 0, &until, NULL) != 0) abort();
}

static void tell(const char *name, const char *path) {
    const char *log = getenv("_MNISTKIT_FAULT_LOG");
    if (log == NULL) return;
    char line[PATH_MAX + 64];
    int length =
        snprintf(line, sizeof line, "%d %ld %s %s\n", getpid(), milliseconds(), name, path);
    int file = syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_APPEND | O_CREAT, 0666);
    syscall(SYS_write, file, line, length);
    syscall(SYS_close, file);
}

/* One line, one stop: other threads wait for their turn. */
static void tell_and_stop(const char *name, const char *path) {
    static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
    if (getenv("_MNISTKIT_FAULT_STOP") == NULL) {
        tell(name, path);
        return;
    }
    pthread_mutex_lock(&turn);
    tell(name, path);
    syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), SIGSTOP);
    pthread_mutex_unlock(&turn);
}

/* What becomes of an operation: 0 as usual, else the error. */
static int fault(const char *name, const char *path, int needs) {
    const char *root = getenv("_MNISTKIT_FAULT_ROOT");
    size_t length = root == NULL ? 0 : strlen(root);
    if (length == 0 || strncmp(path, root, length) != 0 || path[length] != '/') return 0;
    int kept = errno;
    long number = __atomic_add_fetch(&shared()[0], 1, __ATOMIC_SEQ_CST);
    tell_and_stop(name, path + length + 1);
    errno = kept;
    const char *at = getenv("_MNISTKIT_FAULT_AT"), *how = getenv("_MNISTKIT_FAULT_DO");
    if (at == NULL || how == NULL) return 0;
    long wanted = atol(at);
    const char *lasts = getenv("_MNISTKIT_FAULT_LASTS");
    int later = lasts != NULL && number > wanted && (needs || strcmp(lasts, "all") == 0);
    if (number != wanted && !later) return 0;
    if (strcmp(how, "kill") == 0) {
        syscall(SYS_kill, getpid(), SIGKILL);
        for (;;) pause();
    }
    return atoi(how);
}

static int fault_at(const char *name, int folder, const char *path, int needs) {
    if (getenv("_MNISTKIT_FAULT_ROOT") == NULL || path == NULL) return 0;
    start_clock();
    char whole[2 * PATH_MAX];
    if (path[0] == '/') {
        snprintf(whole, sizeof whole, "%s", path);
    } else {
        char link[64], base[PATH_MAX];
        if (folder == AT_FDCWD) strcpy(link, "/proc/self/cwd");
        else snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
        ssize_t length = syscall(SYS_readlinkat, AT_FDCWD, link, base, sizeof base - 1);
        if (length < 0) return 0;
        base[length] = 0;
        snprintf(whole, sizeof whole, "%s/%s", base, path);
    }
    return fault(name, whole, needs);
}

static int fault_in(const char *name, int file, int needs) {
    if (getenv("_MNISTKIT_FAULT_ROOT") == NULL) return 0;
    start_clock();
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    int kept = errno;
    ssize_t length = syscall(SYS_readlinkat, AT_FDCWD, link, path, sizeof path - 1);
    errno = kept;
    if (length < 0) return 0;
    path[length] = 0;
    return fault(name, path, needs);
}

/* Whether an open file lies below the folder. */
static int counts(int file) {
    const char *root = getenv("_MNISTKIT_FAULT_ROOT");
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = syscall(SYS_readlinkat, AT_FDCWD, link, path, sizeof path - 1);
    return root != NULL && length > 0 && strncmp(path, root, strlen(root)) == 0;
}

#define CHECK(found, failed)                                                                       \
    int wrong = (found);                                                                           \
    if (wrong != 0) {                                                                              \
        errno = wrong;                                                                             \
        return failed;                                                                             \
    }

#define WRITES(flags) (((flags) & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC)) != 0)

/* The mode, which a call has behind the flags if it may make a file. */
#define MODE(flags)                                                                                \
    mode_t mode = 0;                                                                               \
    if (flags & (O_CREAT | __O_TMPFILE)) {                                                         \
        va_list rest;                                                                              \
        va_start(rest, flags);                                                                     \
        mode = va_arg(rest, mode_t);                                                               \
        va_end(rest);                                                                              \
    }

#define OPEN(name)                                                                                 \
    int name(const char *path, int flags, ...) {                                                   \
        MODE(flags)                                                                                \
        if (WRITES(flags)) {                                                                       \
            CHECK(fault_at("open", AT_FDCWD, path, flags & O_CREAT), -1)                           \
        }                                                                                          \
        return REAL(name)(path, flags, mode);                                                      \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                                                               \
    int name(int folder, const char *path, int flags, ...) {                                       \
        MODE(flags)                                                                                \
        if (WRITES(flags)) {                                                                       \
            CHECK(fault_at("open", folder, path, flags & O_CREAT), -1)                             \
        }                                                                                          \
        return REAL(name)(folder, path, flags, mode);                                              \
    }
OPENAT(openat)
OPENAT(openat64)

#define FOPEN(name)                                                                                \
    FILE *name(const char *path, const char *mode) {                                               \
        if (strpbrk(mode, "wa+") != NULL) {                                                        \
            CHECK(fault_at("open", AT_FDCWD, path, NEEDS_ROOM), NULL)                              \
        }                                                                                          \
        return REAL(name)(path, mode);                                                             \
    }
FOPEN(fopen)
FOPEN(fopen64)

ssize_t write(int file, const void *bytes, size_t size) {
    CHECK(fault_in("write", file, NEEDS_ROOM), -1)
    if (size < 2 || getenv("_MNISTKIT_FAULT_STOP") == NULL || !counts(file))
        return REAL(write)(file, bytes, size);
    ssize_t half = REAL(write)(file, bytes, size / 2);
    fault_in("half", file, NEEDS_ROOM);
    return half < 0 ? half : half + REAL(write)(file, (const char *)bytes + half, size - half);
}

#define PWRITE(name, place)                                                                        \
    ssize_t name(int file, const void *bytes, size_t size, place offset) {                         \
        CHECK(fault_in("write", file, NEEDS_ROOM), -1)                                         \
        return REAL(name)(file, bytes, size, offset);                                              \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

ssize_t writev(int file, const struct iovec *parts, int number) {
    CHECK(fault_in("write", file, NEEDS_ROOM), -1)
    return REAL(writev)(file, parts, number);
}

size_t fwrite(const void *bytes, size_t size, size_t number, FILE *stream) {
    CHECK(fault_in("write", fileno(stream), NEEDS_ROOM), 0)
    return REAL(fwrite)(bytes, size, number, stream);
}

#define SENDFILE(name, place)                                                                      \
    ssize_t name(int file, int from, place *offset, size_t size) {                                 \
        CHECK(fault_in("write", file, NEEDS_ROOM), -1)                                         \
        return REAL(name)(file, from, offset, size);                                               \
    }
SENDFILE(sendfile, off_t)
SENDFILE(sendfile64, off64_t)

#define ON_FILE(name, told, needs, parameters, ...)                                                \
    int name parameters {                                                                          \
        CHECK(fault_in(told, file, needs), -1)                                                     \
        return REAL(name)(__VA_ARGS__);                                                            \
    }
ON_FILE(fsync, "flush", NEEDS_ROOM, (int file), file)
ON_FILE(fdatasync, "flush", NEEDS_ROOM, (int file), file)
ON_FILE(ftruncate, "truncate", NEEDS_ROOM, (int file, off_t size), file, size)
ON_FILE(ftruncate64, "truncate", NEEDS_ROOM, (int file, off64_t size), file, size)

#define ON_PATH(name, told, needs, folder, path, parameters, ...)                                  \
    int name parameters {                                                                          \
        CHECK(fault_at(told, folder, path, needs), -1)                                             \
        return REAL(name)(__VA_ARGS__);                                                            \
    }
ON_PATH(mkdir, "mkdir", NEEDS_ROOM, AT_FDCWD, path, (const char *path, mode_t mode), path, mode)
ON_PATH(mkdirat, "mkdir", NEEDS_ROOM, folder, path, (int folder, const char *path, mode_t mode),
        folder, path, mode)
ON_PATH(rename, "rename", 0, AT_FDCWD, to, (const char *from, const char *to), from, to)
ON_PATH(renameat, "rename", 0, there, to, (int here, const char *from, int there, const char *to),
        here, from, there, to)
ON_PATH(link, "link", NEEDS_ROOM, AT_FDCWD, to, (const char *from, const char *to), from, to)
ON_PATH(linkat, "link", NEEDS_ROOM, there, to,
        (int here, const char *from, int there, const char *to, int flags), here, from, there, to,
        flags)
ON_PATH(unlink, "unlink", 0, AT_FDCWD, path, (const char *path), path)
ON_PATH(unlinkat, "unlink", 0, folder, path, (int folder, const char *path, int flags), folder,
        path, flags)
ON_PATH(rmdir, "rmdir", 0, AT_FDCWD, path, (const char *path), path)
