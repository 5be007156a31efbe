import Glibc

/// Ends the process if its end does not come: whoever would bring it may hang too, behind the worker that is stuck or
/// beside it. Needs nobody but the kernel.
enum EndBackstop {
    /// In time before a service manager that waits 30 s loses its patience.
    static let seconds: UInt32 = 25
    /// EX_SOFTWARE, as of every fault of our own.
    private static let exitCode: Int32 = 70

    /// From now on. What was acknowledged is in the store, which the next start finds as after a kill.
    static func arm() {
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { _ in
                var left = EndBackstop.seconds
                while left > 0 { left = sleep(left) }
                _exit(EndBackstop.exitCode)
            }, nil)
        if code == 0 { pthread_detach(thread) }
    }
}
