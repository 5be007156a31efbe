#define _GNU_SOURCE
#include "CFault.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

// Only async-signal-safe calls and lock-free atomics from here on: see signal-safety(7).

static const int kinds[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT};
enum { kind_count = sizeof kinds / sizeof *kinds };

static struct sigaction before[kind_count];
static int32_t *noted_signal;
static int64_t *noted_time;
static int64_t *noted_work;
static timer_t patience;
static bool has_patience;
// Of the model whose storage is there from a thread's first moment: a handler may not have to allocate it.
static _Thread_local volatile int64_t thread_work __attribute__((tls_model("initial-exec")));

bool cfault_is_own(int signal, int code, int32_t sender, int32_t own) {
    bool is_known = false;
    for (size_t i = 0; i < kind_count; i++) is_known |= kinds[i] == signal;
    if (!is_known) return false;
    if (code == SI_TKILL) return sender == own;
    if (code <= 0) return false;
    if (signal != SIGBUS) return true;
    return code != BUS_ADRERR && code != BUS_MCEERR_AR && code != BUS_MCEERR_AO;
}

static void note(int signal, const siginfo_t *info) {
    int32_t *number = __atomic_load_n(&noted_signal, __ATOMIC_ACQUIRE);
    if (number == NULL || __atomic_load_n(number, __ATOMIC_ACQUIRE) != 0) return;
    // si_pid lies where a fault has its address: it means something only with SI_TKILL.
    int32_t sender = info->si_code == SI_TKILL ? info->si_pid : 0;
    if (!cfault_is_own(signal, info->si_code, sender, getpid())) return;
    struct timespec now = {0};
    clock_gettime(CLOCK_REALTIME, &now);
    __atomic_store_n(noted_time, (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000, __ATOMIC_RELAXED);
    __atomic_store_n(noted_work, thread_work, __ATOMIC_RELAXED);
    __atomic_store_n(number, signal, __ATOMIC_RELEASE);
}

// Somebody has cut a file that is mapped into memory, such as the database's -shm: nothing else is at an address that has
// no page behind it. Who finds "bus error" in a log would look for a defect.
static void tell_cut(void) {
    static const char text[] =
        "crawld: a file in the state directory was cut while crawld had it mapped into memory (frontier.sqlite-shm, or "
        "in-flight); crawld ends by SIGBUS. Nothing that was acknowledged is lost: start it again\n";
    if (write(STDERR_FILENO, text, sizeof text - 1) < 0) return;
}

// Whatever was here before us, such as what prints a backtrace, may take so long and no longer.
static void lose_patience_later(void) {
    if (!has_patience) return;
    struct itimerspec end = {.it_value = {.tv_sec = CFAULT_SECONDS}};
    timer_settime(patience, 0, &end, NULL);
}

static void on_fault(int signal_number, siginfo_t *info, void *context) {
    int saved = errno;
    note(signal_number, info);
    if (signal_number == SIGBUS && info->si_code == BUS_ADRERR) tell_cut();
    size_t kind = 0;
    while (kind < kind_count && kinds[kind] != signal_number) kind++;
    if (kind == kind_count) return;
    const struct sigaction *old = &before[kind];
    bool is_ours = info->si_code > 0;
    bool was_ignored = !(old->sa_flags & SA_SIGINFO) && old->sa_handler == SIG_IGN;
    if (was_ignored && !is_ours) {
        errno = saved;
        return;
    }
    bool had_handler = old->sa_flags & SA_SIGINFO || (old->sa_handler != SIG_DFL && old->sa_handler != SIG_IGN);
    if (had_handler) {
        lose_patience_later();
        // It may look at its own registration, and it must not find this handler behind itself.
        sigaction(signal_number, old, NULL);
        errno = saved;
        if (old->sa_flags & SA_SIGINFO) {
            old->sa_sigaction(signal_number, info, context);
        } else {
            old->sa_handler(signal_number);
        }
    }
    signal(signal_number, SIG_DFL);
    // A fault happens again as soon as this returns, with its own address in the core file. What was sent, or does not
    // repeat (a trap leaves the instruction behind), is sent once more: it is blocked until this returns.
    if (!is_ours || signal_number == SIGTRAP || signal_number == SIGABRT) raise(signal_number);
    errno = saved;
}

void cfault_work(int64_t work) { thread_work = work; }

void cfault_install(void) {
    static bool is_installed;
    if (__atomic_exchange_n(&is_installed, true, __ATOMIC_ACQ_REL)) return;
    // By a signal that nobody can block or handle, not even those that a backtrace has stopped.
    struct sigevent end = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGKILL};
    has_patience = timer_create(CLOCK_MONOTONIC, &end, &patience) == 0;
    for (size_t i = 0; i < kind_count; i++) {
        struct sigaction action = {0};
        sigaction(kinds[i], NULL, &before[i]);
        action.sa_sigaction = on_fault;
        // On the alternate stack where the thread has one, so that an overflow of the stack can be noted.
        action.sa_flags = SA_SIGINFO | SA_ONSTACK;
        action.sa_mask = before[i].sa_mask;
        sigaction(kinds[i], &action, NULL);
    }
}

void cfault_arm(int32_t *signal_number, int64_t *ended_at, int64_t *work) {
    cfault_install();
    __atomic_store_n(&noted_time, ended_at, __ATOMIC_RELEASE);
    __atomic_store_n(&noted_work, work, __ATOMIC_RELEASE);
    __atomic_store_n(&noted_signal, signal_number, __ATOMIC_RELEASE);
}

void cfault_disarm(void) { __atomic_store_n(&noted_signal, NULL, __ATOMIC_RELEASE); }
