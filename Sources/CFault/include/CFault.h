#pragma once
#include <stdbool.h>
#include <stdint.h>

/// The process is over so long after one of the signals below, however long the handler that was there before takes.
enum { CFAULT_SECONDS = 10 };

/// Handlers for SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP and SIGABRT that hand on to the handler that was there before, and
/// then end the process by the signal, whoever sent it: a runtime's handler that prints a backtrace returns, and what was only
/// sent would not come again. Only the first call does anything.
void cfault_install(void);

/// Installs the handlers; from now on they note an end by a fault of our own.
///
/// The first fault writes the wall clock's milliseconds to `ended_at`, what its thread worked on to `work`, and then the
/// signal's number to `signal_number`, which has to be 0 until then. All are to outlive the process: a shared mapping of a
/// file. They stay in use until `cfault_disarm`.
///
/// An overflow of the stack is noted only on a thread that has an alternate stack. Dispatch's threads, on which all lanes
/// run, have none: there the kernel ends the process by SIGSEGV without calling the handler, as by SIGKILL.
void cfault_arm(int32_t *signal_number, int64_t *ended_at, int64_t *work);

/// What the calling thread works on from now on; 0 = nothing of its own. A fault is noted with what the thread that it
/// happens on works on: signals of the kernel's, `abort` and `raise` are handled there.
void cfault_work(int64_t work);

/// Nothing is noted any more.
void cfault_disarm(void);

/// Whether a signal shows a fault of the process `own` itself. `code` and `sender` are `si_code` and `si_pid`.
///
/// The kernel's own signals have a code above 0, see sigaction(2); `abort` and `raise` send SI_TKILL to their own
/// process. What another process sent counts for nothing. A SIGBUS with BUS_ADRERR counts for nothing either: on Linux it
/// is what a page of a mapped file gives that cannot be had, because the file was cut, its disk is full or fails to read.
/// BUS_MCEERR_AR and BUS_MCEERR_AO are defects of the machine's memory.
bool cfault_is_own(int signal, int code, int32_t sender, int32_t own);
