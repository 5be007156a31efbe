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
    /// whole one, and the URL can still be asked.
    init(_ extra: FetchExtra, room: Int) {
        let wanted = ConditionalLines.of(extra)
        let validators = wanted.reduce(0) { $0 + RequestSize.of(line: $1) } <= room ? wanted : []
        isConditional = !validators.isEmpty
        kept = KeptBody(extra.body)
        lines = kept == nil ? validators : validators + [KeptBody.acceptEncoding]
    }
}
