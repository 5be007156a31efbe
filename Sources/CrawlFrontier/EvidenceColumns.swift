import CrawlCore

/// Evidence as columns, the same in `attempt` and in `health`: a failing answer is written and read without a text form.
/// No evidence = all are NULL; else `ev_status` is a number. A column that is zero or NULL takes no byte of its own.
enum EvidenceColumns {
    /// In the order of `bind` and `read`.
    static let names = """
        ev_status, ev_curl_code, ev_os_errno, ev_dns_us, ev_connect_us, ev_tls_us, ev_first_byte_us, ev_total_us, ev_bytes,
        ev_cf_code, ev_retryable, ev_retry_after, ev_via_proxy, ev_connect_status, ev_http_version, ev_remote_ip, ev_cf_ray,
        ev_colo, ev_cf_error_type, ev_server, ev_cf_mitigated, ev_waf_action, ev_body_marker, ev_error_name,
        ev_error_category, ev_connection_end, ev_error
        """

    /// One for each of `names`.
    static let parameters = names.split(separator: ",").map { _ in "?" }.joined(separator: ", ")

    /// Name look-up, connect, TLS, first byte, all.
    private static let moments = 5
    /// Seconds: of a damaged row the wish is kept small enough to be added.
    private static let longestWish: Int64 = 1 << 40

    /// - Parameters:
    ///   - row: with nothing bound to these parameters.
    ///   - first: the parameter of the first column.
    static func bind(_ evidence: Evidence?, _ row: RawStatement, at first: Int32) {
        guard let evidence else { return }
        var next = first
        func bind(_ number: Int64?) {
            row.bind(number, at: next)
            next += 1
        }
        func bind(_ text: String?) {
            row.bind(text, at: next)
            next += 1
        }
        bind(Int64(evidence.status))
        bind(Int64(evidence.curlCode))
        bind(Int64(evidence.osErrno))
        for place in 0..<moments { bind(place < evidence.times.count ? Int64(evidence.times[place]) : nil) }
        bind(evidence.bytes)
        bind(evidence.cfCode.map(Int64.init))
        bind(evidence.retryable.map { $0 ? 1 : 0 })
        bind(evidence.retryAfter)
        bind(evidence.viaProxy ? 1 : 0)
        bind(evidence.connectStatus.map(Int64.init))
        bind(evidence.httpVersion)
        bind(evidence.remoteIP)
        bind(evidence.cfRay)
        bind(evidence.colo)
        bind(evidence.cfErrorType)
        bind(evidence.server)
        bind(evidence.cfMitigated)
        bind(evidence.wafAction)
        bind(evidence.bodyMarker)
        bind(evidence.errorName)
        bind(evidence.errorCategory)
        bind(evidence.connectionEnd)
        bind(evidence.error)
    }

    /// - Parameter first: the column of the first of `names`.
    static func read(_ row: RawStatement, at first: Int32) -> Evidence? {
        guard row.optionalInt(first) != nil else { return nil }
        var last = first - 1
        func next() -> Int32 {
            last += 1
            return last
        }
        var evidence = Evidence()
        evidence.status = Int32(clamping: row.int(next()))
        evidence.curlCode = Int32(clamping: row.int(next()))
        evidence.osErrno = Int32(clamping: row.int(next()))
        for place in 0..<moments {
            let time = row.optionalInt(next())
            if let time, evidence.times.count == place { evidence.times.append(UInt32(clamping: time)) }
        }
        evidence.bytes = row.int(next())
        evidence.cfCode = row.optionalInt(next()).map(Int.init(clamping:))
        evidence.retryable = row.optionalInt(next()).map { $0 != 0 }
        evidence.retryAfter = row.optionalInt(next()).map { min(max($0, -longestWish), longestWish) }
        evidence.viaProxy = row.int(next()) != 0
        evidence.connectStatus = row.optionalInt(next()).map(Int32.init(clamping:))
        evidence.httpVersion = row.optionalText(next())
        evidence.remoteIP = row.optionalText(next())
        evidence.cfRay = row.optionalText(next())
        evidence.colo = row.optionalText(next())
        evidence.cfErrorType = row.optionalText(next())
        evidence.server = row.optionalText(next())
        evidence.cfMitigated = row.optionalText(next())
        evidence.wafAction = row.optionalText(next())
        evidence.bodyMarker = row.optionalText(next())
        evidence.errorName = row.optionalText(next())
        evidence.errorCategory = row.optionalText(next())
        evidence.connectionEnd = row.optionalText(next())
        evidence.error = row.optionalText(next())
        return evidence
    }
}
