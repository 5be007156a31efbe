internal import Glibc

/// A terminal without a screen.
enum Pseudoterminal {
    struct Failure: Error { var code: Int32 }

    /// POSIX_SPAWN_SETSID, which glibc shows under _GNU_SOURCE only.
    static let newSession: Int32 = 0x80

    // ioctl_tty(2): Swift does not read the macros.
    private static let lock: UInt = 0x4004_5431
    private static let number: UInt = 0x8004_5430

    /// The side of the screen and the keyboard.
    static func open(columns: UInt16) throws -> CInt {
        let descriptor = Glibc.open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        var isLocked: CInt = 0
        var size = winsize()
        (size.ws_row, size.ws_col) = (40, columns)
        guard descriptor >= 0, ioctl(descriptor, lock, &isLocked) == 0,
            ioctl(descriptor, UInt(TIOCSWINSZ), &size) == 0
        else { throw Failure(code: errno) }
        return descriptor
    }

    /// Of the side that programs see.
    static func name(_ descriptor: CInt) -> String? {
        var index: CUnsignedInt = 0
        return ioctl(descriptor, number, &index) == 0 ? "/dev/pts/\(index)" : nil
    }
}
