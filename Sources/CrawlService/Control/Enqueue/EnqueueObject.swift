import ControlAPI
import CrawlCore

/// Why a line was refused.
struct LineFault: Error, Hashable {
    /// A `ProblemCode`.
    var code: String
    var detail: String
}

/// One object of an NDJSON line or a JSON body, read field by field. After a fault, `url` is what was read before it.
struct EnqueueObject {
    static let maxMeta = 4096

    private var scanner: JSONScanner
    /// Given as `url`, or as `sitemap`.
    private(set) var url: JSONScanner.Text?
    private(set) var options = EnqueueOptions()
    /// Some field beside `url` was given: a sitemap has options of its own.
    private(set) var hasOptions = false
    /// One bit for each field.
    private var seen: UInt8 = 0

    private static let targets = Field.url.bit | Field.sitemap.bit

    private enum Field: UInt8 {
        case url, priority, dueAt, recrawl, meta, force, sitemap

        var bit: UInt8 { 1 << rawValue }
    }

    init(_ bytes: UnsafeBufferPointer<UInt8>) { scanner = JSONScanner(bytes) }

    /// Calls `body` with the URL's bytes, if one was read.
    func withURL<R>(_ body: (UnsafeBufferPointer<UInt8>) -> R) -> R? {
        guard let url else { return nil }
        return url.isPlain ? body(scanner.slice(url)) : scanner.decode(url).withUnsafeBufferPointer(body)
    }

    mutating func read() throws(LineFault) {
        do {
            guard try scanner.kind() == .object else {
                try scanner.skip()
                try scanner.end()
                throw LineFault(code: ProblemCode.wrongType, detail: "an object is wanted")
            }
            try scanner.beginObject()
            var first = true
            while let key = try scanner.nextKey(first: first) {
                first = false
                try read(key)
            }
            try scanner.end()
        } catch let fault as JSONScanner.Fault {
            throw LineFault(code: ProblemCode.badJSON, detail: "\(fault.reason), at byte \(fault.offset)")
        } catch let fault as LineFault {
            throw fault
        } catch {
            throw LineFault(code: ProblemCode.badJSON, detail: "unreadable")
        }
        if url == nil { throw LineFault(code: ProblemCode.missingField, detail: "url or sitemap is missing") }
    }

    private mutating func read(_ key: JSONScanner.Text) throws {
        guard let field = field(key) else {
            let name = scanner.decode(key).withUnsafeBufferPointer { UTF8Check.prefix($0, atMost: 64) }
            throw LineFault(code: ProblemCode.unknownField, detail: "unknown field \(name)")
        }
        guard seen & field.bit == 0 else { throw scanner.fault("a key twice") }
        seen |= field.bit
        guard seen & Self.targets != Self.targets else {
            throw LineFault(code: ProblemCode.invalidValue, detail: "either url or sitemap, not both")
        }
        let kind = try scanner.kind()
        if field != .url { hasOptions = true }
        switch (field, kind) {
        case (.url, .string): url = try scanner.string()
        case (.sitemap, .string):
            url = try scanner.string()
            options.isSitemap = true
        case (.priority, .number): options.priority = try priority()
        case (.dueAt, .string): options.dueAt = try dueAt()
        case (.recrawl, .string): options.recrawl = try recrawl()
        case (.meta, .object): options.meta = try meta()
        case (.force, .bool): options.force = try scanner.bool()
        default: throw wrongType(field)
        }
    }

    private func field(_ key: JSONScanner.Text) -> Field? {
        guard key.isPlain else { return scanner.decode(key).withUnsafeBufferPointer { Self.field($0) } }
        return Self.field(scanner.slice(key))
    }

    private static func field(_ key: UnsafeBufferPointer<UInt8>) -> Field? {
        func isKey(_ name: StaticString) -> Bool {
            for i in 0..<key.count where key[i] != name.utf8Start[i] { return false }
            return true
        }
        switch key.count {
        case 3: return isKey("url") ? .url : nil
        case 4: return isKey("meta") ? .meta : nil
        case 5: return isKey("force") ? .force : nil
        case 6: return isKey("due_at") ? .dueAt : nil
        case 7: return isKey("recrawl") ? .recrawl : isKey("sitemap") ? .sitemap : nil
        case 8: return isKey("priority") ? .priority : nil
        default: return nil
        }
    }

    private func wrongType(_ field: Field) -> LineFault {
        let wanted =
            switch field {
            case .url: "url is a string"
            case .priority: "priority is an integer from -100 to 100"
            case .dueAt: "due_at is a string: an RFC 3339 time"
            case .recrawl: "recrawl is a string: \(RecrawlText.allowed)"
            case .meta: "meta is an object"
            case .force: "force is true or false"
            case .sitemap: "sitemap is a string"
            }
        return LineFault(code: ProblemCode.wrongType, detail: wanted)
    }

    private mutating func priority() throws -> Int {
        let number = try scanner.number()
        guard number.isInteger else { throw wrongType(.priority) }
        let digits = scanner.bytes[number.start..<number.end]
        let isNegative = digits.first == UInt8(ascii: "-")
        let value = digits.dropFirst(isNegative ? 1 : 0).prefix(4).reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        guard value <= 100 else {
            throw LineFault(code: ProblemCode.invalidValue, detail: "priority is from -100 to 100")
        }
        return isNegative ? -value : value
    }

    private mutating func dueAt() throws -> Instant {
        let text = try scanner.string()
        guard text.isPlain, let ms = Timestamp.milliseconds(scanner.slice(text)) else {
            throw LineFault(
                code: ProblemCode.invalidValue, detail: "due_at is an RFC 3339 time such as 2026-02-28T23:59:59Z")
        }
        return Instant(ms: ms)
    }

    private mutating func recrawl() throws -> Recrawl {
        let text = try scanner.string()
        guard let recrawl = RecrawlText(scanner.slice(text)) else {
            throw LineFault(code: ProblemCode.invalidValue, detail: "recrawl is \(RecrawlText.allowed)")
        }
        return Recrawl(recrawl)
    }

    private mutating func meta() throws -> String {
        let start = scanner.offset
        try scanner.skip(uniqueKeys: true)
        guard scanner.offset - start <= Self.maxMeta else {
            throw LineFault(code: ProblemCode.tooLong, detail: "meta is longer than \(Self.maxMeta) bytes")
        }
        return String(decoding: scanner.bytes[start..<scanner.offset], as: UTF8.self)
    }
}
