import Foundation
import Glibc

/// Processors of the machine that threads may run on.
struct Processors {
    /// `sched_setaffinity` and `sched_getaffinity`, which the C library has and its module does not show.
    private typealias Call = @convention(c) (pid_t, Int, UnsafeMutableRawPointer) -> Int32

    private var set = cpu_set_t()

    /// nil = it cannot be told.
    static var ofThisThread: Processors? {
        var all = Processors()
        return call("sched_getaffinity", 0, &all.set) ? all : nil
    }

    private static func call(_ name: String, _ thread: pid_t, _ set: UnsafeMutableRawPointer) -> Bool {
        guard let symbol = dlsym(nil, name) else { return false }
        return unsafeBitCast(symbol, to: Call.self)(thread, MemoryLayout<cpu_set_t>.size, set) == 0
    }

    /// `count` of them, or as many as there are.
    static func first(_ count: Int, of all: Processors) -> Processors {
        var first = Processors()
        var left = count
        withUnsafeBytes(of: all.set) { from in
            withUnsafeMutableBytes(of: &first.set) { into in
                for index in from.indices {
                    for bit in 0..<8 where left > 0 && from[index] & 1 << bit != 0 {
                        into[index] |= 1 << bit
                        left -= 1
                    }
                }
            }
        }
        return first
    }

    /// All threads of this process run on these only.
    func confineAllThreads() {
        var set = set
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? []
        // One that has ended meanwhile needs none.
        for thread in threads.compactMap({ pid_t($0) }) {
            _ = Self.call("sched_setaffinity", thread, &set)
        }
    }
}
