import Glibc

/// Where results and remarks go. Text for people is cleaned of everything that could move a cursor.
struct Terminal {
    /// Columns of standard output; nil when it is no terminal, and then nothing is shortened.
    var width: Int?

    /// Standard error is a terminal: progress may be drawn there.
    var showsProgress: Bool

    var out: ([UInt8]) -> Void
    var err: ([UInt8]) -> Void

    static func standard() -> Terminal {
        var size = winsize()
        let isTerminal = isatty(STDOUT_FILENO) == 1
        let known = isTerminal && ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
        return Terminal(
            width: isTerminal ? (known ? Int(size.ws_col) : 80) : nil,
            showsProgress: isatty(STDERR_FILENO) == 1,
            out: { write($0, to: STDOUT_FILENO) }, err: { write($0, to: STDERR_FILENO) })
    }

    /// One line on standard output.
    func line(_ text: String) { out(Array((text + "\n").utf8)) }

    /// One line on standard error.
    func remark(_ text: String) { err(Array((text + "\n").utf8)) }

    /// Exactly what the API answered; a line break is added if it ends without one.
    func raw(_ bytes: [UInt8]) {
        guard let last = bytes.last else { return }
        out(last == UInt8(ascii: "\n") ? bytes : bytes + [UInt8(ascii: "\n")])
    }

    /// Control and formatting characters as `?`: details may quote strangers.
    static func clean(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { scalar in
                    switch scalar.properties.generalCategory {
                    case .control, .format, .lineSeparator, .paragraphSeparator, .unassigned, .privateUse: "?"
                    default: scalar
                    }
                }))
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) {
        bytes.withUnsafeBytes { buffer in
            var rest = buffer
            while !rest.isEmpty {
                let written = Glibc.write(descriptor, rest.baseAddress, rest.count)
                if written > 0 {
                    rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(written))
                } else if errno != EINTR {
                    return
                }
            }
        }
    }
}
