/// URLs that a part works on, made up the same way each time: `count` of them, dealt out to `origins`, each with a path
/// of 60 bytes.
struct URLList {
    let count: Int
    let origins: [[UInt8]]

    /// Origins 127.x.y.z that a server on the loopback answers for, without the `first` ones of them.
    init(count: Int, loopbackOrigins: Int, after first: Int = 0, port: Int) {
        self.count = count
        origins = (first..<first + loopbackOrigins).map { number in
            let host = number + 256  // 127.0.1.0 is the first
            return Array("http://127.\(host >> 16).\(host >> 8 & 255).\(host & 255):\(port)".utf8)
        }
    }

    /// Origins with names, which are not to be fetched.
    init(count: Int, namedOrigins: Int) {
        self.count = count
        origins = (0..<namedOrigins).map { Array("https://www.site-\($0).example".utf8) }
    }

    /// Origins whose names a `NameServer` knows, each with an address of its own; no two have a registrable domain in common.
    init(count: Int, resolvedOrigins: Int, port: Int) {
        self.count = count
        origins = (0..<resolvedOrigins).map { Array("http://\(NameServer.name($0)):\(port)".utf8) }
    }

    /// Neighbours have different origins.
    func origin(_ index: Int) -> [UInt8] { origins[index % origins.count] }

    func path(_ index: Int) -> [UInt8] {
        let number = String(index)
        let digits = String(repeating: "0", count: 10 - number.count) + number
        return Array("/articles/with-a-length-that-is-quite-common/\(digits).html".utf8)
    }

    /// Of a path that was made so; nil = it was not.
    static func index(of path: UnsafeBufferPointer<UInt8>) -> Int? {
        let digits = path.dropLast(5).suffix(10)
        guard digits.count == 10, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }

    func text(_ index: Int) -> String { String(decoding: origin(index) + path(index), as: UTF8.self) }

    enum Order {
        /// One origin after the other.
        case clustered
        case random
    }

    enum Form {
        case text
        case ndjson
        /// Due again a second after each fetch.
        case recrawled
        /// NDJSON; not due in this run.
        case later
    }

    /// The body of a request that enqueues them all.
    func body(_ order: Order, as form: Form = .text) -> [UInt8] { body(of: indices(order), as: form) }

    /// Of some of them, by their indices.
    func body(of indices: some Collection<Int>, as form: Form = .text) -> [UInt8] {
        var body: [UInt8] = []
        body.reserveCapacity(indices.count * (origins[0].count + 60 + 16))
        for index in indices {
            if form != .text { body += "{\"url\":\"".utf8 }
            body += origin(index)
            body += path(index)
            switch form {
            case .text: break
            case .ndjson: body += "\"}".utf8
            case .recrawled: body += "\",\"recrawl\":\"1s\"}".utf8
            case .later: body += "\",\"due_at\":\"2100-01-01T00:00:00Z\"}".utf8
            }
            body.append(UInt8(ascii: "\n"))
        }
        return body
    }

    func indices(_ order: Order) -> [Int] {
        switch order {
        case .clustered:
            return origins.indices.flatMap { Array(stride(from: $0, to: count, by: origins.count)) }
        case .random:
            var random = SplitMix64()
            return Array(0..<count).shuffled(using: &random)
        }
    }
}

/// The same numbers in every run (Steele, Lea and Flood).
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64 = 0x6372_776c

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
