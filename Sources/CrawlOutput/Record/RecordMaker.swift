package import CrawlCore

/// Makes the records of exchanges. Not for more than one thread at a time; each thread that compresses has its own.
///
/// A body in memory is copied once, into the record, which libdeflate takes whole. A body in a file is read piece by piece and goes
/// through zlib into another file: 16 MiB of it cost no more memory than 64 KiB. Without compression it stays where it is.
package final class RecordMaker {
    package struct Settings: Sendable {
        package var coding: RecordCoding
        package var digest: DigestAlgorithm
        package var secrets: SecretsRule

        package init(
            coding: RecordCoding = .gzip(level: 6), digest: DigestAlgorithm = .sha1, secrets: SecretsRule = .redact
        ) {
            self.coding = coding
            self.digest = digest
            self.secrets = secrets
        }
    }

    let settings: Settings
    let spool: Spool
    private let makeID: () -> RecordID
    private let member: GzipMember?
    /// The head of the answer at hand.
    private var head: [UInt8] = []
    private var block: [UInt8] = []
    private var record: [UInt8] = []

    /// A large record's room is given back.
    private static let keptBytes = 1 << 20

    /// `spool`: where members of large bodies go. nil if there is no memory for the compressor.
    package init?(_ settings: Settings, spool: Spool, makeID: @escaping () -> RecordID) {
        self.settings = settings
        self.spool = spool
        self.makeID = makeID
        switch settings.coding {
        case .plain: member = nil
        case .gzip(let level):
            guard let made = GzipMember(level: level) else { return nil }
            member = made
        }
    }

    /// Over the bytes as they came. A digest of what the content coding hides would fail in every checker.
    package func payloadDigest(of exchange: Exchange) throws(SpoolFailure) -> RecordDigest {
        if let known = exchange.payloadDigest, known.algorithm == settings.digest { return known }
        var digest = RunningDigest(settings.digest)
        try update(&digest, with: exchange.body)
        return digest.finish()
    }

    /// `form`: decided by the caller, see `RevisitRule`. Throws if the body's file cannot be read, or a member's be written.
    package func make(_ exchange: Exchange, as form: RecordForm) throws(SpoolFailure) -> RecordGroup {
        defer {
            if record.capacity > Self.keptBytes { record = [] }
            if block.capacity > Self.keptBytes { block = [] }
            if head.capacity > Self.keptBytes { head = [] }
        }
        let id = makeID()
        let payloadDigest: RecordDigest =
            switch form {
            case .response: try self.payloadDigest(of: exchange)
            case .identicalPayload(let original), .notModified(let original): original.payloadDigest
            }
        var group = RecordGroup(
            bytes: [], mainStart: 0,
            main: MainRecord(
                id: id, isResponse: false, date: exchange.date, targetURI: exchange.targetURI,
                payloadDigest: payloadDigest, payloadBytes: 0, isWhole: exchange.end == .whole, ticket: exchange.ticket)
        )
        head.removeAll(keepingCapacity: true)
        let notes = ResponseHead.write(exchange, to: &head)
        writeMetadata(exchange, notes, concurrentTo: id, to: &group.bytes)
        writeRequest(exchange, concurrentTo: id, to: &group.bytes)
        group.mainStart = group.bytes.count
        switch form {
        case .response:
            group.main.isResponse = true
            group.main.payloadBytes = exchange.body.count
            try writeResponse(exchange, id, payloadDigest, to: &group)
        case .identicalPayload(let original):
            group.main.payloadBytes = exchange.body.count
            writeRevisit(
                exchange, "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest", of: original, id,
                to: &group.bytes)
        case .notModified(let original):
            writeRevisit(
                exchange, "http://netpreserve.org/warc/1.1/revisit/server-not-modified", of: original, id,
                to: &group.bytes)
        }
        return group
    }

    // MARK: Records

    /// The first record of a file. `fields`: what its block says, a line each.
    package func makeInfo(
        fileName: String, fields: [(name: String, value: String)], at date: Instant
    ) -> (id: RecordID, bytes: [UInt8]) {
        block.removeAll(keepingCapacity: true)
        for (name, value) in fields {
            block.put(value: name.utf8)
            block.put(": ")
            block.put(value: value.utf8)
            block.put("\r\n")
        }
        let id = makeID()
        var bytes: [UInt8] = []
        begin(.warcinfo, id, date)
        record.put("WARC-Filename: ")
        record.put(value: fileName.utf8)
        record.put("\r\n")
        finish(.warcinfo, to: &bytes)
        return (id, bytes)
    }

    private func writeMetadata(
        _ exchange: Exchange, _ notes: HeadNotes, concurrentTo main: RecordID, to bytes: inout [UInt8]
    ) {
        block.removeAll(keepingCapacity: true)
        MetadataFields.write(exchange, notes, to: &block)
        guard !block.isEmpty else { return }
        begin(.metadata, makeID(), exchange.date)
        RecordHeader.put("WARC-Target-URI", uri: exchange.targetURI, to: &record)
        RecordHeader.put("WARC-Concurrent-To", main, to: &record)
        finish(.metadata, to: &bytes)
    }

    private func writeRequest(_ exchange: Exchange, concurrentTo main: RecordID, to bytes: inout [UInt8]) {
        block.removeAll(keepingCapacity: true)
        RequestHead.write(exchange, secrets: settings.secrets, to: &block)
        begin(.request, makeID(), exchange.date)
        RecordHeader.put("WARC-Target-URI", uri: exchange.targetURI, to: &record)
        RecordHeader.put("WARC-Concurrent-To", main, to: &record)
        RecordHeader.putWire(exchange, to: &record)
        finish(.request, to: &bytes)
    }

    private func writeRevisit(
        _ exchange: Exchange, _ profile: StaticString, of original: Original, _ id: RecordID,
        to bytes: inout [UInt8]
    ) {
        block.removeAll(keepingCapacity: true)
        block += head
        begin(.revisit, id, exchange.date)
        RecordHeader.put("WARC-Target-URI", uri: exchange.targetURI, to: &record)
        RecordHeader.putWire(exchange, to: &record)
        RecordHeader.putRevisit(profile, of: original, to: &record)
        // Of what is referred to (ISO 28500:2017 §5.9); readers look the original up by it.
        RecordHeader.put("WARC-Payload-Digest", original.payloadDigest, to: &record)
        finish(.revisit, to: &bytes)
    }

    private func writeResponse(
        _ exchange: Exchange, _ id: RecordID, _ payloadDigest: RecordDigest, to group: inout RecordGroup
    ) throws(SpoolFailure) {
        var blockDigest = RunningDigest(settings.digest)
        head.withUnsafeBytes { blockDigest.update($0) }
        try update(&blockDigest, with: exchange.body)
        begin(.response, id, exchange.date)
        RecordHeader.put("WARC-Target-URI", uri: exchange.targetURI, to: &record)
        RecordHeader.putWire(exchange, to: &record)
        switch exchange.end {
        case .whole: break
        case .length: RecordHeader.put("WARC-Truncated", "length", to: &record)
        case .time: RecordHeader.put("WARC-Truncated", "time", to: &record)
        case .disconnect: RecordHeader.put("WARC-Truncated", "disconnect", to: &record)
        }
        RecordHeader.put("WARC-Payload-Digest", payloadDigest, to: &record)
        RecordHeader.put("WARC-Block-Digest", blockDigest.finish(), to: &record)
        RecordHeader.end(.response, length: Int64(head.count) + exchange.body.count, to: &record)
        record += head
        switch exchange.body {
        case .memory(let body):
            record += body
            record.put(RecordHeader.closing)
            store(to: &group.bytes)
        case .file(let file): try store(file, in: &group)
        }
    }

    // MARK: One record

    private func begin(_ kind: RecordHeader.Kind, _ id: RecordID, _ date: Instant) {
        record.removeAll(keepingCapacity: true)
        RecordHeader.begin(kind, id, date, to: &record)
    }

    /// With `block`.
    private func finish(_ kind: RecordHeader.Kind, to bytes: inout [UInt8]) {
        var digest = RunningDigest(settings.digest)
        block.withUnsafeBytes { digest.update($0) }
        RecordHeader.put("WARC-Block-Digest", digest.finish(), to: &record)
        RecordHeader.end(kind, length: Int64(block.count), to: &record)
        record += block
        record.put(RecordHeader.closing)
        store(to: &bytes)
    }

    private func store(to bytes: inout [UInt8]) {
        if let member {
            record.withUnsafeBytes { member.compress($0, to: &bytes) }
        } else {
            bytes += record
        }
    }

    /// `record`, the bytes of `body`, and the closing.
    private func store(_ body: SpoolFile, in group: inout RecordGroup) throws(SpoolFailure) {
        guard case .gzip(let level) = settings.coding else {
            group.bytes += record
            group.file = body
            group.closing.put(RecordHeader.closing)
            return
        }
        guard let stream = GzipStream(level: level) else { throw SpoolFailure(.noMemory, body.path, errno: 12) }
        let file = spool.makeFile(.member)
        func write(_ bytes: UnsafeRawBufferPointer) throws(SpoolFailure) { try file.append(bytes) }
        try feed(stream, record, write)
        try body.read { bytes throws(SpoolFailure) in try stream.feed(bytes, write) }
        var closing: [UInt8] = []
        closing.put(RecordHeader.closing)
        try feed(stream, closing, isLast: true, write)
        group.file = file
    }

    private func feed(
        _ stream: GzipStream, _ bytes: [UInt8], isLast: Bool = false,
        _ take: (UnsafeRawBufferPointer) throws(SpoolFailure) -> Void
    ) throws(SpoolFailure) {
        let result = bytes.withUnsafeBytes { bytes in
            Result { () throws(SpoolFailure) in try stream.feed(bytes, isLast: isLast, take) }
        }
        try result.get()
    }

    private func update(_ digest: inout RunningDigest, with body: BodySource) throws(SpoolFailure) {
        switch body {
        case .memory(let bytes): bytes.withUnsafeBytes { digest.update($0) }
        case .file(let file): try file.read { bytes throws(SpoolFailure) in digest.update(bytes) }
        }
    }
}
