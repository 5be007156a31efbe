import Glibc

/// Where results and remarks go. Text for people is cleaned of everything that could move a cursor.
struct Terminal {
    /// Columns of standard output; nil when it is no terminal, and then nothing is shortened.
    var width: Int?

    /// Standard error is a terminal: progress may be drawn there.
    var showsProgress: Bool

    /// States are shown in colours: standard output is a terminal, and `NO_COLOR` (no-color.org) is not set.
    var hasColours = false

    /// Somebody can be asked: standard input and standard error are terminals.
    var canAsk = false

    var out: ([UInt8]) -> Void
    var err: ([UInt8]) -> Void

    /// Why standard output no longer takes anything, an errno; nil = it has taken all.
    var outFault: () -> Int32? = { nil }

    /// The next line of standard input, without its end; nil = there is none.
    var answer: () -> String? = { nil }

    private final class OutFault {
        var code: Int32?
    }

    static func standard() -> Terminal {
        let fault = OutFault()
        var size = winsize()
        let isTerminal = isatty(STDOUT_FILENO) == 1
        let known = isTerminal && ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
        return Terminal(
            width: isTerminal ? (known ? Int(size.ws_col) : 80) : nil,
            showsProgress: isatty(STDERR_FILENO) == 1,
            hasColours: isTerminal && (variable("NO_COLOR") ?? "").isEmpty && variable("TERM") != "dumb",
            canAsk: isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1,
            out: { fault.code = fault.code ?? write($0, to: STDOUT_FILENO) },
            err: { _ = write($0, to: STDERR_FILENO) }, outFault: { fault.code }, answer: { readLine() })
    }

    /// One line on standard output.
    func line(_ text: String) { out(Array((text + "\n").utf8)) }

    /// One line on standard error.
    func remark(_ text: String) { err(Array((text + "\n").utf8)) }

    /// A remark while a line of progress may stand there.
    func note(_ text: String) { remark((showsProgress ? Self.wipe : "") + text) }

    /// Takes away what stands in the line.
    static let wipe = "\r\u{1B}[K"

    /// Yes or no; only if `canAsk`. Anything but a yes is a no.
    func asks(_ question: String) -> Bool {
        err(Array((question + " [y/N] ").utf8))
        let answer = answer()?.lowercased().filter { !$0.isWhitespace } ?? ""
        return ["y", "yes"].contains(answer)
    }

    /// As `raw`, on standard error.
    func rawRemark(_ bytes: [UInt8]) {
        guard let last = bytes.last else { return }
        err(last == UInt8(ascii: "\n") ? bytes : bytes + [UInt8(ascii: "\n")])
    }

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

    private static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    /// nil, or the errno that it ended with.
    private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Int32? {
        bytes.withUnsafeBytes { buffer in
            var rest = buffer
            while !rest.isEmpty {
                let written = Glibc.write(descriptor, rest.baseAddress, rest.count)
                if written > 0 {
                    rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(written))
                } else if errno != EINTR {
                    return errno
                }
            }
            return nil
        }
    }
}
