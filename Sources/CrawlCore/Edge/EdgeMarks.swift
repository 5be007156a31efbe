/// Signs in an answer that Cloudflare's edge, not the origin, wrote it.
struct EdgeMarks {
    /// Only if it matches `^[0-9a-f]{16}(-[A-Z]{3})?$`.
    let ray: String?
    let isServerCloudflare: Bool
    let hasErrorType: Bool
    /// It is not what was asked for, but a challenge, or a part of it (206) that nobody asked for.
    let isTurnedAway: Bool
    /// `error code: 520` or `| 520:`, as the body has it for its own status.
    let bodyMarker: String?
    /// The edge's own words on this answer; nil = it has none, or they are not signed.
    let document: EdgeDocument?
    /// The edge's own code, of its document or a 1xxx page; nil = there is none.
    let code: Int?

    /// The edge answered: it names itself and the request.
    var isCloudflare: Bool { isServerCloudflare && ray != nil }

    /// The suffix of `ray`.
    var colo: String? { ray.flatMap { $0.utf8.count == 20 ? String($0.suffix(3)) : nil } }

    /// How sure a status of 520 is.
    var grade: Grade {
        if hasErrorType || document != nil || isCloudflare && bodyMarker != nil { return .genuine }
        return isServerCloudflare || ray != nil ? .probable : .unattributed
    }

    init(_ result: FetchResult) {
        let details = result.details
        ray = details?.cfRay.flatMap { Self.isRay($0) ? $0 : nil }
        isServerCloudflare = details?.server?.lowercased() == "cloudflare"
        hasErrorType = details?.cfErrorType?.isEmpty == false
        isTurnedAway = Challenge.isOne(result) || result.status == 206
        bodyMarker = Self.marker(in: details?.bodyHead ?? [], status: result.status)
        // Who is not behind the edge may write what they want.
        guard let body = details?.bodyHead, !body.isEmpty, isServerCloudflare || ray != nil else {
            document = nil
            code = nil
            return
        }
        let status = result.status
        document = isServerCloudflare ? ray.flatMap { EdgeDocument(body, status: status, ray: $0) } : nil
        code = document == nil ? EdgeCode.find(in: body, status: status) : document?.code
    }

    private static func isRay(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.count == 16 || bytes.count == 20, bytes.prefix(16).allSatisfy(isLowerHex) else { return false }
        return bytes.count == 16
            || bytes[16] == UInt8(ascii: "-")
                && bytes.suffix(3).allSatisfy { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
    }

    private static func isLowerHex(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }

    private static func marker(in body: [UInt8], status: Int32) -> String? {
        guard !body.isEmpty, (520...599).contains(status) else { return nil }
        return ["error code: \(status)", "| \(status):"].first { body.end(of: Array($0.utf8)) != nil }
    }
}
