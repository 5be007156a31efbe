internal import Dispatch

/// Nanoseconds that only go forward, for timers within one request; the answer's own times come from the `Clock`.
package enum MonotonicTime {
    package static var now: UInt64 { DispatchTime.now().uptimeNanoseconds }
}
