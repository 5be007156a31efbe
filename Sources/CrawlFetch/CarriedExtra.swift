internal import CrawlCore

/// What a request that is not plain puts on its handle.
struct CarriedExtra {
    /// Whole header lines.
    let lines: [String]
    /// Validators are among them.
    let isConditional: Bool
    /// nil = the body is digested only.
    let kept: KeptBody?

    /// `room`: bytes that the header lines may take. Validators that do not fit are left out: the answer is then a
    /// whole one, and the URL can still be asked. So are cookies, for whose sake it would be redirected once more.
    init(_ extra: FetchExtra, room: Int) {
        let cookies = extra.cookies.map { ["Cookie: \($0)"] } ?? []
        let carried = Self.size(cookies) <= room ? cookies : []
        let validators = ConditionalLines.of(extra)
        isConditional = !validators.isEmpty && Self.size(carried + validators) <= room
        let chosen = isConditional ? carried + validators : carried
        kept = KeptBody(extra.body)
        lines = kept == nil ? chosen : chosen + [KeptBody.acceptEncoding]
    }

    private static func size(_ lines: [String]) -> Int { lines.reduce(0) { $0 + RequestSize.of(line: $1) } }
}
