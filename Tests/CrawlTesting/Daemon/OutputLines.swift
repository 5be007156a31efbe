internal import Glibc
internal import Synchronization

/// The lines that a child process wrote, as they come.
package final class OutputLines: Sendable {
    private struct Content {
        var lines: [String] = []
        var rest: [UInt8] = []
        var isComplete = false
    }

    private let content = Mutex(Content())

    /// So far. A last line without a line break is there once the output has ended.
    package var lines: [String] { content.withLock { $0.lines } }

    package var text: String { lines.joined(separator: "\n") }

    /// Nothing more will come.
    package var isComplete: Bool { content.withLock { $0.isComplete } }

    package func contains(_ part: String) -> Bool { lines.contains { $0.contains(part) } }

    /// Takes the descriptor over and reads it to its end on a thread of its own.
    func follow(_ descriptor: CInt) {
        DetachedThread.run { [self] in
            var buffer = [UInt8](repeating: 0, count: 65536)
            while true {
                let count = read(descriptor, &buffer, buffer.count)
                if count > 0 {
                    take(buffer.prefix(count))
                } else if count == 0 || errno != EINTR {
                    break
                }
            }
            close(descriptor)
            content.withLock {
                if !$0.rest.isEmpty { $0.lines.append(String(decoding: $0.rest, as: UTF8.self)) }
                $0.isComplete = true
            }
        }
    }

    private func take(_ bytes: ArraySlice<UInt8>) {
        content.withLock { content in
            content.rest += bytes
            while let end = content.rest.firstIndex(of: UInt8(ascii: "\n")) {
                content.lines.append(String(decoding: content.rest[..<end], as: UTF8.self))
                content.rest.removeSubrange(...end)
            }
        }
    }
}
