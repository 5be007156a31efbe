internal import CZlib

/// A gzip file (RFC 1952), undone piece by piece: however small the input, the output is never more than what was asked
/// for. Members that follow one another are one file (§2.2); other bytes behind the last one are ignored, as gzip does.
final class Gunzip {
    enum Step: Hashable {
        /// So many bytes came out.
        case bytes(Int)
        /// All input is used up.
        case hungry
        case end
        case damaged
    }

    static let magic: [UInt8] = [0x1f, 0x8b]

    /// zlib keeps its address.
    private let stream: UnsafeMutablePointer<z_stream>
    private var input: [UInt8] = []
    private var used = 0
    /// Between two members.
    private var isBetween = false
    private var isDamaged = false

    /// nil if there is no memory.
    init?() {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        guard crawld_inflate_init(stream, 16 + 15) == Z_OK else {
            stream.deallocate()
            return nil
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// Only when it is hungry: what is left of the input before stays in front.
    func provide(_ bytes: [UInt8]) {
        input.removeFirst(used)
        used = 0
        input += bytes
    }

    func read(into output: UnsafeMutableBufferPointer<UInt8>) -> Step {
        if isDamaged { return .damaged }
        if isBetween {
            let rest = input[used...]
            guard rest.count >= Self.magic.count else { return .hungry }
            guard rest.starts(with: Self.magic) else { return .end }
            isBetween = false
            inflateReset(stream)
        }
        guard used < input.count else { return .hungry }
        let (code, made) = input.withUnsafeMutableBufferPointer { bytes in
            stream.pointee.next_in = bytes.baseAddress?.advanced(by: used)
            stream.pointee.avail_in = UInt32(bytes.count - used)
            stream.pointee.next_out = output.baseAddress
            stream.pointee.avail_out = UInt32(output.count)
            let code = inflate(stream, Z_NO_FLUSH)
            used = bytes.count - Int(stream.pointee.avail_in)
            return (code, output.count - Int(stream.pointee.avail_out))
        }
        switch code {
        case Z_STREAM_END: isBetween = true
        case Z_OK, Z_BUF_ERROR: break
        default: isDamaged = true
        }
        if isDamaged, made == 0 { return .damaged }
        return made > 0 || isBetween ? .bytes(made) : .hungry
    }

    /// Whether the input may end here.
    var isWhole: Bool { isBetween }
}
