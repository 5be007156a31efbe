internal import Dispatch
internal import Foundation
internal import Glibc

/// When the bytes that wait on a socket reached this machine.
struct Arrival {
    /// CLOCK_MONOTONIC, nanoseconds: the kernel's stamp, or without one the moment they were read.
    var at: Int64
    /// How much earlier it may have been: the reader's own lateness. 0 with a stamp.
    var doubt: Int64
    var bytes: [UInt8]

    static func now() -> Int64 { Int64(DispatchTime.now().uptimeNanoseconds) }

    /// Asks the kernel to stamp what comes in over a connection (socket(7), SO_TIMESTAMPNS). The first socket that asks
    /// switches the stamps on for the machine, a moment later.
    static func stamp(_ socket: CInt) {
        var yes: CInt = 1
        setsockopt(socket, SOL_SOCKET, SO_TIMESTAMPNS, &yes, socklen_t(MemoryLayout<CInt>.size))
    }

    /// Reads what is there; no bytes = the other side has closed, nil = nothing is there. `readyAfter`: a moment of
    /// CLOCK_MONOTONIC at which nothing was there yet.
    static func read(_ socket: CInt, readyAfter: Int64) -> Arrival? {
        var buffer = [UInt8](repeating: 0, count: 8192)
        var control = [UInt64](repeating: 0, count: 16)
        let (count, length) = buffer.withUnsafeMutableBytes { bytes in
            control.withUnsafeMutableBytes { control in
                var part = iovec(iov_base: bytes.baseAddress, iov_len: bytes.count)
                return withUnsafeMutablePointer(to: &part) { part in
                    var message = msghdr()
                    message.msg_iov = part
                    message.msg_iovlen = 1
                    message.msg_control = control.baseAddress
                    message.msg_controllen = control.count
                    let count = recvmsg(socket, &message, Int32(MSG_DONTWAIT))
                    return (count, Int(message.msg_controllen))
                }
            }
        }
        guard count >= 0 else { return errno == EAGAIN ? nil : Arrival(at: now(), doubt: 0, bytes: []) }
        let (monotonic, wall) = bothClocks()
        let stamp = control.withUnsafeBytes {
            Self.stamp(in: UnsafeRawBufferPointer(rebasing: $0[..<min(length, $0.count)]))
        }
        let bytes = Array(buffer[..<count])
        guard let stamp else { return Arrival(at: monotonic, doubt: monotonic - readyAfter, bytes: bytes) }
        return Arrival(at: monotonic - max(0, wall - stamp), doubt: 0, bytes: bytes)
    }

    /// The same moment on CLOCK_MONOTONIC and CLOCK_REALTIME. Read again if something came in between, or the one would
    /// be off by as much.
    static func bothClocks() -> (monotonic: Int64, wall: Int64) {
        while true {
            let before = now()
            let wall = Int64(Date().timeIntervalSince1970 * 1e9)
            let after = now()
            if after - before < 20_000 { return (after, wall) }
        }
    }

    /// The stamp among the control messages (cmsg(3)): length, level, type, then the data; all aligned to words.
    private static func stamp(in control: UnsafeRawBufferPointer) -> Int64? {
        var offset = 0
        while offset + 16 <= control.count {
            let length = control.load(fromByteOffset: offset, as: Int.self)
            let level = control.load(fromByteOffset: offset + 8, as: CInt.self)
            let type = control.load(fromByteOffset: offset + 12, as: CInt.self)
            guard length >= 16, length <= control.count - offset else { return nil }
            if level == SOL_SOCKET, type == SO_TIMESTAMPNS, length >= 32 {  // a timespec of two words
                return control.load(fromByteOffset: offset + 16, as: Int64.self) * 1_000_000_000
                    + control.load(fromByteOffset: offset + 24, as: Int64.self)
            }
            offset += (length + 7) / 8 * 8
        }
        return nil
    }
}
