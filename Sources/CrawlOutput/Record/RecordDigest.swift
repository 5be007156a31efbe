package import CrawlCore
internal import Crypto

/// The digest of an archive, one for its whole life: a revisit with another digest string is never replayed.
package enum DigestAlgorithm: String, Sendable, Hashable, CaseIterable {
    case sha1
    case sha256
}

/// A digest as records carry it: `sha1:` and upper-case base32 (RFC 4648 §6), or `sha256:` and lower-case hex. Readers know
/// these two forms and fail on others.
package struct RecordDigest: Sendable, Hashable {
    package let algorithm: DigestAlgorithm
    /// Of SHA-1 the first 20 bytes; the others are 0.
    package let value: Digest256

    package init(_ algorithm: DigestAlgorithm, _ value: Digest256) {
        self.algorithm = algorithm
        self.value = value
    }

    /// `sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ`
    package var text: String {
        var bytes: [UInt8] = []
        write(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    func write(to bytes: inout [UInt8]) {
        let words = value.words
        let bigEndian = (words.0.bigEndian, words.1.bigEndian, words.2.bigEndian, words.3.bigEndian)
        withUnsafeBytes(of: bigEndian) { all in
            switch algorithm {
            case .sha1:
                bytes.put("sha1:")
                Self.writeBase32(all.prefix(20), to: &bytes)
            case .sha256:
                bytes.put("sha256:")
                bytes.put(hex: all)
            }
        }
    }

    /// A multiple of five bytes, so that nothing has to be filled up.
    private static func writeBase32(_ all: Slice<UnsafeRawBufferPointer>, to bytes: inout [UInt8]) {
        let digits: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
        var held: UInt64 = 0
        for (i, byte) in all.enumerated() {
            held = held << 8 | UInt64(byte)
            guard i % 5 == 4 else { continue }
            for shift in stride(from: 35 as UInt64, through: 0, by: -5) {
                bytes.append(digits.utf8Start[Int(held >> shift & 31)])
            }
            held = 0
        }
    }
}

/// A digest of bytes that come piece by piece.
package struct RunningDigest {
    // Not an enum: taking its payload out for a change would copy the state at every piece.
    private var sha1: Insecure.SHA1?
    private var sha256: SHA256?

    package init(_ algorithm: DigestAlgorithm) {
        switch algorithm {
        case .sha1: sha1 = Insecure.SHA1()
        case .sha256: sha256 = SHA256()
        }
    }

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        sha1?.update(bufferPointer: bytes)
        sha256?.update(bufferPointer: bytes)
    }

    package func finish() -> RecordDigest {
        if let sha1 { return RecordDigest(.sha1, Self.value(sha1.finalize())) }
        return RecordDigest(.sha256, Self.value((sha256 ?? SHA256()).finalize()))
    }

    private static func value(_ digest: some Digest) -> Digest256 {
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        withUnsafeMutableBytes(of: &words) { words in
            for (i, byte) in digest.enumerated() { words[i] = byte }
        }
        return Digest256(
            words: (
                UInt64(bigEndian: words.0), UInt64(bigEndian: words.1), UInt64(bigEndian: words.2),
                UInt64(bigEndian: words.3)
            ))
    }
}
