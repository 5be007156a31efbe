import CrawlCoding

/// What came out of a body.
struct DecoderTrial: Equatable, CustomStringConvertible {
    var text: [UInt8] = []
    var end = CodingEnd.whole
    /// Bytes that were fed before the end was told.
    var fed = 0

    /// `pieces`: how the body comes; the rest of it in one.
    init(
        _ body: [UInt8], limit: Int = 8 << 20, saysDeflate: Bool = false, layers: Int = 2,
        piece: () -> Int = { .max }
    ) {
        self.init(body, limit: limit, bare: saysDeflate ? .likely : .no, layers: layers, piece: piece)
    }

    init(
        _ body: [UInt8], limit: Int = 8 << 20, bare: BareDeflate, layers: Int = 2, piece: () -> Int = { .max }
    ) {
        let decoder = BodyDecoder(limit: limit, layers: layers, bare: bare)
        var rest = body[...]
        while !rest.isEmpty {
            let part = rest.prefix(max(1, piece()))
            rest = rest.dropFirst(part.count)
            fed += part.count
            if let end = part.withUnsafeBytes({ decoder.feed($0) { text += $0 } }) {
                self.end = end
                return
            }
        }
        end = decoder.finish { text += $0 }
    }

    var description: String { "\(text.count) bytes, \(end), after \(fed)" }
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
